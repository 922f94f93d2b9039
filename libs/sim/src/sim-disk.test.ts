import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEVER, Prng, us } from '@ballast/base';
import { constant, exponential } from './distribution.ts';
import { SimDisk } from './sim-disk.ts';

const SYNC_NS = us(100);
const SEEDS = 300;

function disk(): SimDisk {
  return new SimDisk({ syncNs: constant(SYNC_NS), prng: new Prng(1) });
}

/** Bytes none of which is 0: what was never written shows. */
function someBytes(prng: Prng, lengthMax: number): Uint8Array {
  return Uint8Array.from({ length: 1 + prng.below(lengthMax) }, () => 1 + prng.below(255));
}

test('disk: one sync covers all that was written before it, and nothing that came during it', () => {
  const d = disk();
  d.append(0, new Uint8Array(10));
  assert.equal(d.deadlineNs, SYNC_NS);
  d.append(us(1), new Uint8Array(20));
  d.append(us(2), new Uint8Array(30));
  d.timeout(SYNC_NS - 1);
  assert.equal(d.durablePosition, 0);

  d.timeout(SYNC_NS);
  assert.equal(d.durablePosition, 10);
  assert.equal(d.deadlineNs, 2 * SYNC_NS);
  d.timeout(2 * SYNC_NS);
  assert.equal(d.durablePosition, 60);
  assert.equal(d.deadlineNs, NEVER);
  assert.equal(d.syncs, 2);
});

/** A disk in the midst of its work, and all that was ever written to it. */
function busyDisk(prng: Prng): { disk: SimDisk; written: Uint8Array } {
  const d = new SimDisk({ syncNs: exponential(SYNC_NS), prng: prng.fork('disk') });
  const written: number[] = [];
  let now = 0;
  for (let n = prng.below(30); n > 0; n--) {
    const bytes = someBytes(prng, 700);
    written.push(...bytes);
    d.append(now, bytes);
    now += prng.exponential(SYNC_NS);
    while (d.deadlineNs <= now) d.timeout(d.deadlineNs);
  }
  return { disk: d, written: Uint8Array.from(written) };
}

test('disk: a process crash keeps everything that was written', () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const prng = new Prng(seed);
    const { disk: d, written } = busyDisk(prng);
    d.crash('process', prng);
    assert.deepEqual(d.contents(), written, `seed ${seed}`);
    assert.equal(d.deadlineNs, NEVER);
  }
});

test('disk: a power failure keeps what was synced and a part of the rest, then nothing or zeros', () => {
  const seen = { all: 0, none: 0, part: 0, zeros: 0 };
  for (let seed = 0; seed < SEEDS; seed++) {
    const prng = new Prng(seed);
    const { disk: d, written } = busyDisk(prng);
    const { durablePosition } = d;
    d.crash('power', prng);
    const found = d.contents();
    const firstZero = found.indexOf(0);
    const kept = firstZero < 0 ? found.length : firstZero;
    assert.ok(kept >= durablePosition, `seed ${seed} loses nothing that was synced`);
    assert.deepEqual(found.subarray(0, kept), written.subarray(0, kept), `seed ${seed}`);
    assert.ok(found.subarray(kept).every((byte) => byte === 0));
    if (kept < found.length) {
      assert.equal(found.length, written.length);
      assert.equal(kept % 512, 0);
      seen.zeros++;
    } else if (kept === written.length) seen.all++;
    else if (kept === durablePosition) seen.none++;
    else seen.part++;
  }
  for (const [outcome, count] of Object.entries(seen)) assert.ok(count > 0, `some seed had ${outcome}`);
});

test('disk: goes on behind what was valid when it is opened again', () => {
  const d = disk();
  d.append(0, Uint8Array.of(1, 2, 3, 4));
  d.crash('process', new Prng(1));
  d.reopen(3);
  assert.equal(d.durablePosition, 3);
  d.append(us(500), Uint8Array.of(9));
  assert.deepEqual(d.contents(), Uint8Array.of(1, 2, 3, 9));
  assert.equal(d.deadlineNs, us(500) + SYNC_NS);
});
