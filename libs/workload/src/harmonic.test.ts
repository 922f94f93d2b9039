import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generalisedHarmonic, powerIntegral } from './harmonic.ts';

/** Kahan's compensated sum, smallest terms first. */
function exactSum(n: number, theta: number): number {
  let sum = 0;
  let lost = 0;
  for (let i = n; i >= 1; i--) {
    const term = i ** -theta - lost;
    const next = sum + term;
    lost = next - sum - term;
    sum = next;
  }
  return sum;
}

for (const theta of [0, 0.2, 0.5, 0.99, 1, 1 + 1e-9, 1.2, 1.4, 2, 8]) {
  test(`harmonic: theta ${theta} agrees with the sum of its terms to 13 digits`, () => {
    for (const n of [1, 2, 63, 64, 65, 66, 1_000, 1_000_000]) {
      const exact = exactSum(n, theta);
      assert.ok(Math.abs(generalisedHarmonic(n, theta) / exact - 1) < 1e-13, `n ${n}`);
    }
  });
}

test('harmonic: at 10^8 terms theta 1 is ln n + gamma + 1 / 2n, and theta 2 is pi^2 / 6 - 1 / n', () => {
  const n = 1e8;
  assert.ok(Math.abs(generalisedHarmonic(n, 1) - (Math.log(n) + 0.577_215_664_901_532_9 + 0.5 / n)) < 1e-13);
  assert.ok(Math.abs(generalisedHarmonic(n, 2) - (Math.PI ** 2 / 6 - 1 / n)) < 1e-14);
});

test('harmonic: no terms add up to 0', () => {
  assert.equal(generalisedHarmonic(0, 0.99), 0);
});

test('harmonic: the power integral is continuous across theta 1', () => {
  const at = powerIntegral(1, 1e8, 1);
  assert.ok(Math.abs(powerIntegral(1, 1e8, 1 + 1e-12) / at - 1) < 1e-10);
  assert.ok(Math.abs(powerIntegral(1, 1e8, 1 - 1e-12) / at - 1) < 1e-10);
});
