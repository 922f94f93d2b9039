import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure, Prng, us } from '@ballast/base';
import {
  bimodal,
  constant,
  type Distribution,
  empirical,
  exponential,
  lognormal,
  uniform,
} from './distribution.ts';

const DRAWS = 200_000;

function draws(distribution: Distribution, count = DRAWS): Float64Array {
  const prng = new Prng(7);
  return Float64Array.from({ length: count }, () => distribution.draw(prng)).sort();
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function assertNear(actual: number, expected: number, ratio: number): void {
  assert.ok(Math.abs(actual - expected) <= ratio * expected, `${actual} is within ${ratio} of ${expected}`);
}

/** With quantiles that follow from the family's formula. */
const FAMILIES = [
  { distribution: constant(us(3)), text: 'constant 3 us', meanNs: 3000, median: 3000, p99: 3000 },
  {
    distribution: uniform(us(1), us(3)),
    text: 'uniform, 1 us to 3 us',
    meanNs: 2000,
    median: 2000,
    p99: 2980,
  },
  {
    distribution: exponential(us(10)),
    text: 'exponential, mean 10 us',
    meanNs: 10_000,
    median: 10_000 * Math.LN2,
    p99: 10_000 * Math.log(100),
  },
  {
    distribution: lognormal({ meanNs: us(10), sigma: 1 }),
    text: 'lognormal, mean 10 us, sigma 1',
    meanNs: 10_000,
    median: 10_000 * Math.exp(-0.5),
    p99: 10_000 * Math.exp(2.3263 - 0.5),
  },
  {
    distribution: bimodal({ shortNs: us(1), longNs: us(100), longRatio: 0.05 }),
    text: 'bimodal, 1 us or in 5% 100 us',
    meanNs: 5950,
    median: 1000,
    p99: 100_000,
  },
  {
    distribution: empirical([us(4), us(1), us(1), us(2)]),
    text: '4 samples, mean 2 us',
    meanNs: 2000,
    median: 1000,
    p99: 4000,
  },
] as const;

for (const { distribution, text, meanNs, median, p99 } of FAMILIES) {
  test(`distribution: ${text}: mean and quantiles are those of the formula`, () => {
    const values = draws(distribution);
    assert.equal(distribution.toString(), text);
    assertNear(distribution.meanNs, meanNs, 1e-12);
    assertNear(mean(values), meanNs, 0.02);
    // Just below the middle: the median of the empirical one lies on a step.
    assertNear(values[Math.floor(0.49 * DRAWS)]!, median, 0.04);
    assertNear(values[Math.floor(0.99 * DRAWS)]!, p99, 0.03);
    assert.ok(values[0]! >= 0 && values[DRAWS - 1]! < Infinity);
  });
}

test('distribution: a constant draws nothing from the generator', () => {
  const prng = new Prng(1);
  constant(5).draw(prng);
  assert.equal(prng.u32(), new Prng(1).u32());
});

test('distribution: parameters that are no durations are refused', () => {
  for (const make of [
    () => constant(-1),
    () => constant(Infinity),
    () => exponential(Number.NaN),
    () => uniform(2, 1),
    () => uniform(-1, 1),
    () => lognormal({ meanNs: 0, sigma: 1 }),
    () => bimodal({ shortNs: 1, longNs: 2, longRatio: 1.5 }),
    () => empirical([]),
    () => empirical([1, -1]),
  ]) {
    assert.throws(make, AssertionFailure);
  }
});
