import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { assertFits } from '../test/goodness-of-fit.ts';
import { AliasTable } from './alias-table.ts';
import { WorkloadError } from './workload-error.ts';

test('alias table: draws fit the weights, of any scale', () => {
  const prng = new Prng(23);
  const random = Array.from({ length: 300 }, () => prng.exponential(5));
  for (const weights of [[1], [3, 1], [0, 5, 0, 5], [1e-9, 1e-9, 2e-9], [1, 1, 1], [0, 0, 1e6], random]) {
    const table = new AliasTable(weights);
    const counts = weights.map(() => 0);
    for (let i = 0; i < 60_000; i++) counts[table.next(prng)]!++;
    const total = weights.reduce((a, b) => a + b, 0);
    assertFits(
      counts,
      weights.map((weight) => weight / total),
    );
    weights.forEach((weight, i) => weight === 0 && assert.equal(counts[i], 0));
  }
});

test('alias table: weights that are no weights are refused', () => {
  for (const weights of [[], [0, 0], [1, -1], [NaN], [Infinity]]) {
    assert.throws(() => new AliasTable(weights), WorkloadError);
  }
});
