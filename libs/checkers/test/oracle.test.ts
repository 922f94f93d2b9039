import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEVER, Prng } from '@ballast/base';
import fc from 'fast-check';
import { HistoryColumns } from '../src/history-columns.ts';
import { checkLinearizable, type Operation, type Violation } from '../src/index.ts';
import { Budget } from '../src/linearizability/budget.ts';
import { partitionByKey } from '../src/linearizability/partition.ts';
import { RegisterHistoryBuilder } from '../src/linearizability/register-history.ts';
import { sweep } from '../src/linearizability/sweep.ts';
import { arbitraryHistory } from './arbitrary-history.ts';
import { isLinearizableByBruteForce } from './brute-force.ts';
import { isLinearizableByReference } from './reference-search.ts';
import { simulateStore } from './simulated-store.ts';

const SEED = 20_260_101;
const few = arbitraryHistory(3, 7);
const dozens = arbitraryHistory(8, 28);

interface Comparison {
  readonly histories: fc.Arbitrary<Operation[]>;
  readonly judge: (history: readonly Operation[]) => boolean;
  readonly oracle: (history: readonly Operation[]) => boolean;
  readonly numRuns: number;
  /** So that neither side of the border is tested by the way only. */
  readonly refusedShareMin: number;
}

function compare({ histories, judge, oracle, numRuns, refusedShareMin }: Comparison): void {
  let refused = 0;
  fc.assert(
    fc.property(histories, (operations) => {
      const isAccepted = judge(operations);
      assert.equal(isAccepted, oracle(operations));
      if (!isAccepted) refused++;
    }),
    { seed: SEED, numRuns },
  );
  assert.ok(refused > refusedShareMin * numRuns, `${refused} of ${numRuns} refused`);
  assert.ok(refused < 0.6 * numRuns, `${refused} of ${numRuns} refused`);
}

function isAcceptedByChecker(operations: readonly Operation[]): boolean {
  const { verdict } = checkLinearizable(operations);
  assert.notEqual(verdict, 'unknown');
  return verdict === 'ok';
}

test('oracle: the checker agrees with brute force on histories of a few operations', () => {
  const [judge, oracle] = [isAcceptedByChecker, isLinearizableByBruteForce];
  compare({ histories: few, judge, oracle, numRuns: 5_000, refusedShareMin: 0.05 });
});

test('oracle: the reference search agrees with brute force', () => {
  const [judge, oracle] = [isLinearizableByReference, isLinearizableByBruteForce];
  compare({ histories: few, judge, oracle, numRuns: 1_000, refusedShareMin: 0.05 });
});

test('oracle: the checker agrees with the reference search on histories of a few dozen operations', () => {
  const [judge, oracle] = [isAcceptedByChecker, isLinearizableByReference];
  compare({ histories: dozens, judge, oracle, numRuns: 6_000, refusedShareMin: 0.18 });
});

test('oracle: a violation is a part of the history that fails by itself, and nothing can be left out', () => {
  let most = 0;
  const property = fc.property(dozens, (operations) => {
    const verdict = checkLinearizable(operations);
    if (verdict.verdict !== 'violation') return;
    const { operations: part, unplaced } = verdict.violation;
    most = Math.max(most, part.length);
    const texts = operations.map((operation) => JSON.stringify(operation));
    for (const operation of part) assert.ok(texts.includes(JSON.stringify(operation)));
    assert.ok(part.includes(unplaced));
    assert.equal(isLinearizableByReference(part), false);
    const partTexts = part.map((operation) => JSON.stringify(operation));
    for (const operation of operations.filter((o) => mayExplain(o, verdict.violation))) {
      assert.ok(partTexts.includes(JSON.stringify(operation)));
    }
    for (const operation of part) {
      // What must go with it, or the rest would fail for want of a write that there was.
      const isRead =
        operation.operation === 'get' ||
        part.every((o) => o.operation !== 'get' || o.value !== operation.value);
      const rest = part.filter((o) => o !== operation && (isRead || o.value !== operation.value));
      assert.ok(isLinearizableByReference(rest));
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 3_000 });
  assert.ok(most >= 8, `violations of up to ${most} operations`);
});

/** Whether a read of the violation may have returned what this operation wrote: it must not be left out. */
function mayExplain({ operation, value, invoke, outcome }: Operation, violation: Violation): boolean {
  if (operation === 'get' || outcome === 'fail' || invoke > violation.unplaced.return!) return false;
  return violation.operations.some((read) => read.operation === 'get' && read.value === value);
}

test('oracle: a sweep with too little room does not refuse what is linearizable', () => {
  const outcomes = { ok: 0, violation: 0, unknown: 0 };
  for (let seed = 1; seed <= 120; seed++) {
    const operations = simulateStore({
      ...{ seed, operations: 400, clients: 64, keys: 1, zipf: 0 },
      ...{ writeRatio: 0.5, deleteRatio: 0, unknownRatio: 0.02, distinctValues: 30 },
    });
    const columns = HistoryColumns.from(operations);
    const register = new RegisterHistoryBuilder(columns).build(partitionByKey(columns)[0]!);
    const budget = new Budget({ stepsMax: 1e9, elapsedNs: () => 0, elapsedNsMax: NEVER });
    const room = 1 + (seed % 2);
    outcomes[sweep(register, budget, { first: room, factor: 1, most: room }).outcome]++;
  }
  assert.equal(outcomes.violation, 0);
  // Both ends of a sweep that lost configurations come up.
  assert.ok(outcomes.unknown > 5, `${outcomes.unknown} unknown`);
  assert.ok(outcomes.ok > 50, `${outcomes.ok} ok`);
});

const smallStore = (seed: number): Operation[] =>
  simulateStore({
    ...{ seed, operations: 7, clients: 3, keys: 1, zipf: 0 },
    ...{ writeRatio: 0.4, deleteRatio: 0, unknownRatio: 0.05, distinctValues: 0 },
  });

test('oracle: an atomic store is accepted; with one read changed most are refused, as by brute force', () => {
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
