import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { interpretTarget, jsTarget, type Target } from '@ballast/pipeline';
import { PegasusOp } from '@ballast/wire';
import { DirectoryRig, EPOCH } from '../test/directory-rig.ts';
import { SKETCH_COLUMNS, SKETCH_ROWS } from './heavy-keeper.ts';

interface Held {
  readonly keyHash: bigint;
  readonly requests: number;
  readonly writes: number;
}

function makeRig(target: Target): DirectoryRig {
  return new DirectoryRig(target, { estimator: 'sketch' });
}

/** Every record of a bank that is somebody's. */
function heldIn(rig: DirectoryRig, bank: number, row: number): Held[] {
  const held: Held[] = [];
  for (let place = bank * SKETCH_COLUMNS; place < (bank + 1) * SKETCH_COLUMNS; place++) {
    const [fingerprint, requests, writes] = rig.get(`sketch${row}`, place);
    if (fingerprint === 0n) continue;
    const [keyHash] = rig.get(`sketch${row}_keys`, place);
    held.push({ keyHash: keyHash!, requests: Number(requests), writes: Number(writes) });
  }
  return held;
}

const EVERY_ROW = Array.from({ length: SKETCH_ROWS }, (_, row) => row);
const KEY = 0x0123_4567_89ab_cdefn;
const OTHER_KEY = 0xfedc_ba98_7654_3210n;

for (const target of [interpretTarget, jsTarget]) {
  test(`heavy keeper on ${target.name}: a key alone in its places is counted exactly, its writes apart`, () => {
    const rig = makeRig(target);
    for (let i = 0; i < 20; i++) {
      const op = i % 4 === 0 ? (i === 0 ? PegasusOp.Delete : PegasusOp.Put) : PegasusOp.Get;
      assert.equal(rig.request({ op, keyHash: KEY }).outcome, 'forward 0');
    }
    for (const row of EVERY_ROW)
      assert.deepEqual(heldIn(rig, 0, row), [{ keyHash: KEY, requests: 20, writes: 5 }]);
  });

  test(`heavy keeper on ${target.name}: packets count in the bank that the control plane names`, () => {
    const rig = makeRig(target);
    rig.request({ op: PegasusOp.Get, keyHash: KEY });
    rig.set('sketch_bank', 0, [1]);
    rig.request({ op: PegasusOp.Get, keyHash: OTHER_KEY });
    for (const row of EVERY_ROW) {
      assert.deepEqual(heldIn(rig, 0, row), [{ keyHash: KEY, requests: 1, writes: 0 }]);
      assert.deepEqual(heldIn(rig, 1, row), [{ keyHash: OTHER_KEY, requests: 1, writes: 0 }]);
    }
  });

  test(`heavy keeper on ${target.name}: hot keys, refused requests and replies are not counted`, () => {
    const rig = makeRig(target);
    rig.install({ keyHash: KEY, replicas: 0b1111 });
    rig.request({ op: PegasusOp.Get, keyHash: KEY });
    rig.request({ op: PegasusOp.Get, keyHash: OTHER_KEY, epoch: EPOCH + 1 });
    rig.reply(0, { op: PegasusOp.GetReply, keyHash: OTHER_KEY });
    for (const row of EVERY_ROW) assert.deepEqual(heldIn(rig, 0, row), []);
  });

  test(`heavy keeper on ${target.name}: who is asked for more takes the place of who is asked for no more`, () => {
    const rig = makeRig(target);
    // Same places in every row, other fingerprints.
    const other = KEY ^ 0xf0n;
    for (let i = 0; i < 12; i++) rig.request({ op: PegasusOp.Get, keyHash: KEY });
    for (let i = 0; i < 100; i++) rig.request({ op: PegasusOp.Put, keyHash: other });
    for (const row of EVERY_ROW) {
      const [held, ...more] = heldIn(rig, 0, row);
      assert.deepEqual(more, []);
      assert.equal(held?.keyHash, other);
      assert.ok(held.requests > 40 && held.requests <= 100, `${held.requests} of 100`);
      assert.equal(held.writes, held.requests);
    }
  });

  test(`heavy keeper on ${target.name}: a frequent key is hardly worn down by rare ones of its place`, () => {
    const rig = makeRig(target);
    const prng = new Prng(5);
    for (let i = 0; i < 100; i++) rig.request({ op: PegasusOp.Get, keyHash: KEY });
    // A chance of 2^-12.5 for each to take one away.
    for (let i = 0; i < 500; i++)
      rig.request({ op: PegasusOp.Get, keyHash: (KEY & ~0xffff_fff0n) | BigInt(prng.below(2 ** 28) * 16) });
    for (const row of EVERY_ROW) {
      const [held] = heldIn(rig, 0, row);
      assert.equal(held?.keyHash, KEY);
      assert.ok(held.requests >= 98, `${held.requests}`);
    }
  });

  test(`heavy keeper on ${target.name}: a count stays at its largest value instead of starting again`, () => {
    const rig = makeRig(target);
    rig.request({ op: PegasusOp.Put, keyHash: KEY });
    for (const row of EVERY_ROW) {
      for (let place = 0; place < SKETCH_COLUMNS; place++) {
        const [fingerprint] = rig.get(`sketch${row}`, place);
        if (fingerprint !== 0n) rig.set(`sketch${row}`, place, [fingerprint!, 0xfffe, 0xfffe]);
      }
    }
    for (let i = 0; i < 3; i++) rig.request({ op: PegasusOp.Put, keyHash: KEY });
    for (const row of EVERY_ROW)
      assert.deepEqual(heldIn(rig, 0, row), [{ keyHash: KEY, requests: 0xffff, writes: 0xffff }]);
  });
}

test('heavy keeper: of a skewed stream over many keys it names the most frequent, and none too often', () => {
  const rig = makeRig(jsTarget);
  const prng = new Prng(11);
  const keys = 50_000;
  const counts = new Map<bigint, number>();
  for (let i = 0; i < 40_000; i++) {
    // Rank r with a share of about 1 / r: Zipf with exponent 1.
    const rank = Math.floor(keys ** prng.unit());
    const keyHash = BigInt.asUintN(64, BigInt(rank) * 0x9e37_79b9_7f4a_7c15n) ^ 0x5bf0_3635n;
    counts.set(keyHash, (counts.get(keyHash) ?? 0) + 1);
    rig.request({ op: PegasusOp.Get, keyHash });
  }
  const estimates = new Map<bigint, number>();
  for (const row of EVERY_ROW) {
    for (const { keyHash, requests } of heldIn(rig, 0, row)) {
      estimates.set(keyHash, Math.max(requests, estimates.get(keyHash) ?? 0));
      assert.ok(requests <= counts.get(keyHash)!, `${requests} of ${counts.get(keyHash)}`);
    }
  }
  const hottest = (of: ReadonlyMap<bigint, number>): bigint[] =>
    [...of]
      .sort(([, a], [, b]) => b - a)
      .slice(0, 64)
      .map(([keyHash]) => keyHash);
  const named = new Set(hottest(estimates));
  const found = hottest(counts).filter((keyHash) => named.has(keyHash)).length;
  assert.ok(found >= 60, `${found} of the 64 most frequent keys`);
});
