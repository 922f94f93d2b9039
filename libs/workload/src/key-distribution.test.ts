import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { assertFits } from '../test/goodness-of-fit.ts';
import { HotspotKeys, type PopularityDistribution, UniformKeys } from './key-distribution.ts';
import { WorkloadError } from './workload-error.ts';

function countDraws(keys: PopularityDistribution, draws: number): number[] {
  const counts = new Array<number>(keys.n).fill(0);
  const prng = new Prng(11);
  for (let i = 0; i < draws; i++) counts[keys.next(prng)]!++;
  return counts;
}

for (const { name, keys } of [
  { name: 'uniform', keys: new UniformKeys(100) },
  { name: 'uniform over one key', keys: new UniformKeys(1) },
  { name: 'hotspot', keys: new HotspotKeys({ n: 100, hotKeys: 20, hotShare: 0.8 }) },
  { name: 'hotspot that takes everything', keys: new HotspotKeys({ n: 10, hotKeys: 3, hotShare: 1 }) },
]) {
  test(`key distribution: ${name} draws what it says, and its probabilities add up`, () => {
    const counts = countDraws(keys, 100_000);
    const probabilities = counts.map((_, rank) => keys.probability(rank));
    assertFits(counts, probabilities);
    let sum = 0;
    for (let rank = 0; rank < keys.n; rank++) {
      assert.ok(Math.abs(keys.headShare(rank) - sum) < 1e-12, `head share of ${rank}`);
      sum += keys.probability(rank);
    }
    assert.ok(Math.abs(keys.headShare(keys.n) - 1) < 1e-12);
  });
}

test('key distribution: parameters out of range are refused', () => {
  assert.throws(() => new UniformKeys(0), WorkloadError);
  assert.throws(() => new HotspotKeys({ n: 10, hotKeys: 10, hotShare: 0.5 }), {
    message: 'hotKeys is 10; expected an integer from 1 to 9',
  });
  assert.throws(() => new HotspotKeys({ n: 10, hotKeys: 1, hotShare: 1.5 }), WorkloadError);
});
