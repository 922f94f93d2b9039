import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import fc from 'fast-check';
import { checkLinearizable } from '../src/index.ts';
import type { Operation } from '../src/index.ts';
import { arbitraryHistory } from './arbitrary-history.ts';
import { isLinearizableByBruteForce } from './brute-force.ts';
import { simulateStore } from './simulated-store.ts';

const RUNS = { seed: 20_260_101, numRuns: 12_000 };

test('oracle: the checker agrees with brute force on small histories, in both directions', () => {
  const verdicts = { ok: 0, violation: 0, unknown: 0 };
  fc.assert(
    fc.property(arbitraryHistory, (operations) => {
      const { verdict } = checkLinearizable(operations);
      verdicts[verdict]++;
      assert.equal(verdict, isLinearizableByBruteForce(operations) ? 'ok' : 'violation');
    }),
    RUNS,
  );
  // Neither side of the border is tested by the way only.
  assert.ok(verdicts.ok > RUNS.numRuns / 4, `${verdicts.ok} accepted`);
  assert.ok(verdicts.violation > RUNS.numRuns / 8, `${verdicts.violation} refused`);
});

test('oracle: a violation is a part of the history that fails by itself, and without any one read does not', () => {
  fc.assert(
    fc.property(arbitraryHistory, (operations) => {
      const verdict = checkLinearizable(operations);
      if (verdict.verdict !== 'violation') return;
      const { operations: part, unplaced } = verdict.violation;
      const texts = operations.map((operation) => JSON.stringify(operation));
      for (const operation of part) assert.ok(texts.includes(JSON.stringify(operation)));
      assert.ok(part.includes(unplaced));
      assert.equal(isLinearizableByBruteForce(part), false);
      for (const read of part.filter(({ operation }) => operation === 'get')) {
        assert.ok(isLinearizableByBruteForce(part.filter((operation) => operation !== read)));
      }
      for (const { value } of part) {
        assert.ok(isLinearizableByBruteForce(part.filter((operation) => operation.value !== value)));
      }
    }),
    RUNS,
  );
});

const smallStore = (seed: number): Operation[] =>
  simulateStore({
    ...{ seed, operations: 7, clients: 3, keys: 1, zipf: 0 },
    ...{ writeRatio: 0.4, deleteRatio: 0, unknownRatio: 0.05, distinctValues: 0 },
  });

test('oracle: histories of an atomic store are accepted; with one read changed most are refused, as by brute force', () => {
  let changed = 0;
  let refused = 0;
  for (let seed = 1; seed <= 3_000; seed++) {
    const operations = smallStore(seed);
    assert.equal(checkLinearizable(operations).verdict, 'ok', `seed ${seed}`);
    const mutant = withOneReadChanged(operations, new Prng(seed));
    if (mutant === null) continue;
    const { verdict } = checkLinearizable(mutant);
    assert.equal(verdict, isLinearizableByBruteForce(mutant) ? 'ok' : 'violation', `seed ${seed}`);
    changed++;
    if (verdict === 'violation') refused++;
  }
  assert.ok(changed > 1_500, `${changed} changed`);
  assert.ok(refused > 0.6 * changed, `${refused} of ${changed} refused`);
});

/** One read returns what another operation has to do with; null when there is no such pair. */
function withOneReadChanged(operations: readonly Operation[], rng: Prng): Operation[] | null {
  const reads = operations.filter(({ operation, outcome }) => operation === 'get' && outcome === 'ok');
  if (reads.length === 0) return null;
  const read = rng.pick(reads);
  const values = [...new Set(operations.map(({ value }) => value))].filter((value) => value !== read.value);
  if (values.length === 0) return null;
  const value = rng.pick(values);
  return operations.map((operation) => (operation === read ? { ...read, value } : operation));
}
