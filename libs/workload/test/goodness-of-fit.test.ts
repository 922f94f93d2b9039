import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFits } from './goodness-of-fit.ts';

test('goodness of fit: counts near their expectation pass and counts off by 2 % in 400,000 do not', () => {
  assertFits([100_300, 99_800, 100_100, 99_800], [0.25, 0.25, 0.25, 0.25]);
  assert.throws(() => assertFits([102_000, 98_000, 100_000, 100_000], [0.25, 0.25, 0.25, 0.25]));
});

test('goodness of fit: draws where none are expected fail', () => {
  assert.throws(() => assertFits([1_000, 100], [1, 0]));
});
