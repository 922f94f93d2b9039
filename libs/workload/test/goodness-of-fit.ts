import assert from 'node:assert/strict';

/** Standard normal quantile of 1 - 10^-5: with fixed seeds a right sampler passes, a wrong one is far off. */
const Z = 4.265;

/**
 * Pearson's chi-square test: asserts that counts in bins fit the bins' probabilities.
 *
 * Bins of fewer than 10 expected draws are put together. The critical value is Wilson and Hilferty's.
 */
export function assertFits(counts: readonly number[], probabilities: readonly number[]): void {
  assert.equal(counts.length, probabilities.length);
  const draws = counts.reduce((a, b) => a + b, 0);
  let statistic = 0;
  let bins = 0;
  let rareCount = 0;
  let rareExpected = 0;
  const add = (count: number, expected: number): void => {
    statistic += (count - expected) ** 2 / expected;
    bins++;
  };
  counts.forEach((count, i) => {
    const expected = probabilities[i]! * draws;
    if (expected >= 10) return add(count, expected);
    rareCount += count;
    rareExpected += expected;
  });
  if (rareExpected >= 10) add(rareCount, rareExpected);
  else assert.ok(rareCount <= 40, `${rareCount} draws of bins that expect ${rareExpected}`);
  const freedom = bins - 1;
  if (freedom === 0) return;
  const critical = freedom * (1 - 2 / (9 * freedom) + Z * Math.sqrt(2 / (9 * freedom))) ** 3;
  assert.ok(statistic <= critical, `chi-square ${statistic} of ${bins} bins exceeds ${critical}`);
}
