import assert from 'node:assert/strict';
import { test } from 'node:test';
import { us } from '@ballast/base';
import { SYSTEMS } from '@ballast/rack';
import { KeySpace, ZipfKeys } from '@ballast/workload';
import { boundOf, type BoundOptions } from './bounds.ts';
import { balanced, type RackLoad, sharesOfSystem } from './system-shares.ts';

const SERVERS = 8;
const N = 10_000;
const LOAD: RackLoad = {
  servers: SERVERS,
  keys: new ZipfKeys({ n: N, theta: 1.2 }),
  keySpace: new KeySpace({ n: N, scrambleSeed: 1 }),
  homeOf: (key) => (key * 7) % SERVERS,
  writeRatio: 0,
  hotKeys: 64,
  replicas: SERVERS,
};
const OPTIONS: BoundOptions = {
  servers: SERVERS,
  service: { kind: 'constant', meanNs: us(5) },
  sloUs: 50,
  networkUs: 4,
};
const CAPACITY = SERVERS * 200_000;

const bound = (system: (typeof SYSTEMS)[number], more: Partial<RackLoad> = {}): number =>
  boundOf(system, sharesOfSystem(system, { ...LOAD, ...more }), OPTIONS);
const sumOf = (shares: Float64Array): number => shares.reduce((a, b) => a + b, 0);

test('system shares: every operation is somewhere, but for the reads that the switch answers', () => {
  for (const writeRatio of [0, 0.3, 1]) {
    for (const system of SYSTEMS) {
      for (const replicas of [1, 3, SERVERS]) {
        const { shares, replicatedShare } = sharesOfSystem(system, { ...LOAD, writeRatio, replicas });
        const hits = system === 'netcache' ? LOAD.keys.headShare(64) * (1 - writeRatio) : 0;
        const total = sumOf(shares) + replicatedShare + hits;
        assert.ok(Math.abs(total - 1) < 1e-9, `${system}, ${replicas} replicas: ${total}`);
      }
    }
  }
});

test('system shares: a cache is far above hashing for reads, and is hashing for writes', () => {
  assert.ok(bound('netcache') > 4 * bound('hashing'));
  assert.ok(bound('netcache') > 1.5 * CAPACITY, 'hits cost no server anything');
  assert.ok(Math.abs(bound('netcache', { writeRatio: 1 }) / bound('hashing') - 1) < 1e-9);
  const ratios = [0, 0.1, 0.3, 0.6, 1].map((writeRatio) => bound('netcache', { writeRatio }));
  assert.deepEqual(
    ratios.toSorted((a, b) => b - a),
    ratios,
  );
});

test('system shares: with everything cached nothing bounds the reads', () => {
  assert.equal(bound('netcache', { hotKeys: N }), Infinity);
});

test('system shares: one replica is hashing; more spread the load, two choices better than chance', () => {
  assert.ok(Math.abs(bound('static', { replicas: 1 }) / bound('hashing') - 1) < 1e-9);
  let before = 0;
  for (const replicas of [1, 2, 4, SERVERS]) {
    const fixed = bound('static', { replicas });
    assert.ok(fixed > before, `${replicas} replicas`);
    assert.ok(bound('twoChoices', { replicas }) >= fixed);
    before = fixed;
  }
  assert.ok(Math.abs(bound('twoChoices') / CAPACITY - 1) < 1e-9);
});

test('system shares: writes of replicated keys stay at home', () => {
  assert.ok(Math.abs(bound('static', { writeRatio: 1 }) / bound('hashing') - 1) < 1e-9);
  const two = Math.max(...sharesOfSystem('twoChoices', { ...LOAD, writeRatio: 1 }).shares);
  assert.ok(Math.abs(two - Math.max(...sharesOfSystem('hashing', LOAD).shares)) < 1e-9);
});

test('balanced: work with nowhere else to go decides, whatever its order', () => {
  // Servers 1 and 2 share 0.6 that nobody else can take; server 1 has 0.2 of its own.
  const fixed = Float64Array.of(0.1, 0.2, 0, 0.1);
  const shares = balanced(fixed, [{ share: 0.6, mask: 0b0110 }]);
  assert.deepEqual(
    [...shares].map((s) => Number(s.toFixed(9))),
    [0.1, 0.4, 0.4, 0.1],
  );
  // A share that reaches out of them goes where there is room.
  const more = balanced(fixed, [
    { share: 0.2, mask: 0b1100 },
    { share: 0.6, mask: 0b0110 },
  ]);
  assert.deepEqual(
    [...more].map((s) => Number(s.toFixed(9))),
    [0.1, 0.4, 0.4, 0.3],
  );
});

test('balanced: never above any other division, here of random loads on arcs of two', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const at = (i: number): number => ((seed * 7919 + i * 104_729) % 997) / 997;
    const fixed = Float64Array.from({ length: 6 }, (_, i) => at(i) * 0.3);
    const movable = Array.from({ length: 6 }, (_, i) => ({
      share: at(10 + i),
      mask: (1 << i) | (1 << ((i + 1) % 6)),
    }));
    const best = Math.max(...balanced(fixed, movable));
    const total = sumOf(fixed) + movable.reduce((sum, { share }) => sum + share, 0);
    assert.ok(Math.abs(sumOf(balanced(fixed, movable)) - total) < 1e-9, 'nothing is lost');
    for (let split = 0; split <= 10; split++) {
      const loads = fixed.slice();
      for (const [i, { share }] of movable.entries()) {
        loads[i] = loads[i]! + (share * split) / 10;
        loads[(i + 1) % 6] = loads[(i + 1) % 6]! + (share * (10 - split)) / 10;
      }
      assert.ok(best <= Math.max(...loads) + 1e-9);
    }
  }
});
