import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '@ballast/base';
import { history } from '../../test/history-notation.ts';
import { simulateStore } from '../../test/simulated-store.ts';
import type { Operation } from '../history.ts';
import { checkLinearizable } from './check.ts';

/** Values that repeat, written and read by many at once: takes a search. */
const ambiguous = (seed: number): Operation[] =>
  simulateStore({
    ...{ seed, operations: 300, clients: 24, keys: 1, zipf: 0 },
    ...{ writeRatio: 0.5, deleteRatio: 0.1, unknownRatio: 0.02, distinctValues: 8 },
  });

/** The same with a read at the end of a value that had long been overwritten. */
function withStaleRead(operations: readonly Operation[]): Operation[] {
  const end = Math.max(...operations.map((operation) => operation.return ?? operation.invoke));
  const after = [
    { operation: 'put', value: 'new', invoke: end + 1, return: end + 2 },
    { operation: 'get', value: 'v0', invoke: end + 3, return: end + 4 },
  ] as const;
  const client = { process: 0, key: 'key0', outcome: 'ok' } as const;
  // Open writes of the value could still take effect and would excuse the read.
  const settled = operations.filter(({ outcome, value }) => outcome === 'ok' || value !== 'v0');
  return [...settled, ...after.map((operation) => ({ ...client, ...operation }))];
}

test('limits: whatever the limit of steps, the verdict is unknown or right', () => {
  for (let seed = 1; seed <= 3; seed++) {
    for (const [operations, truth] of [
      [ambiguous(seed), 'ok'],
      [withStaleRead(ambiguous(seed)), 'violation'],
    ] as const) {
      const free = checkLinearizable(operations);
      assert.equal(free.verdict, truth);
      const seen = new Set<string>();
      for (let stepsMax = 1; stepsMax <= free.steps + 1; stepsMax += 1 + (stepsMax >>> 4)) {
        const { verdict } = checkLinearizable(operations, { stepsMax });
        assert.ok(verdict === 'unknown' || verdict === truth, `${stepsMax} steps: ${verdict}`);
        seen.add(verdict);
      }
      assert.ok(seen.has('unknown'));
      assert.equal(checkLinearizable(operations, { stepsMax: free.steps }).verdict, truth);
      assert.notEqual(checkLinearizable(operations, { stepsMax: free.steps - 1 }).verdict, 'ok');
    }
  }
});

test('limits: unknown says which key, which limit and how far the search came', () => {
  const operations = ambiguous(1);
  const other = history('1 put a [0, 1]');
  const verdict = checkLinearizable([...other, ...operations], { stepsMax: 100 });
  assert.equal(verdict.verdict, 'unknown');
  assert.equal(verdict.keysNotReached, 0);
  assert.equal(verdict.undecided.length, 1);
  const [undecided] = verdict.undecided;
  assert.equal(undecided?.key, 'key0');
  assert.equal(undecided.limit, 'steps');
  assert.ok(undecided.returned > 0 && undecided.returned < undecided.operations);
  assert.ok(undecided.reached > 0);
  assert.ok(
    operations.some(({ invoke, return: end }) => undecided.reached === invoke || undecided.reached === end),
  );
});

test('limits: a violation in one key outweighs a limit hit in another', () => {
  const bad = history('1 get never [0, 1]');
  assert.equal(checkLinearizable([...ambiguous(1), ...bad], { stepsMax: 100 }).verdict, 'violation');
});

test('limits: a time limit ends the check and counts the keys that were not reached', () => {
  const operations = simulateStore({
    ...{ seed: 1, operations: 100_000, clients: 8, keys: 10, zipf: 0 },
    ...{ writeRatio: 0.2, deleteRatio: 0, unknownRatio: 0, distinctValues: 0 },
  });
  let reads = 0;
  const elapsedNs = (): number => seconds(reads++);
  const verdict = checkLinearizable(operations, { elapsedNs, elapsedNsMax: seconds(3) });
  assert.equal(verdict.verdict, 'unknown');
  assert.equal(verdict.undecided.length, 1);
  assert.equal(verdict.undecided[0]?.limit, 'time');
  assert.ok(verdict.keysNotReached > 0 && verdict.keysNotReached < 10);
  assert.equal(checkLinearizable(operations, { elapsedNs, elapsedNsMax: Infinity }).verdict, 'ok');
});

test('limits: a violation stays one when the time is up before it was shrunk', () => {
  const operations = withStaleRead(ambiguous(1));
  let reads = 0;
  const elapsedNs = (): number => seconds(reads++);
  const verdict = checkLinearizable(operations, { elapsedNs, elapsedNsMax: 0 });
  assert.equal(verdict.verdict, 'violation');
  assert.equal(verdict.violation.isSmallest, false);
  assert.ok(verdict.violation.operations.length > 100);
  assert.match(verdict.violation.reason, /^\d+ operations have no order/);
  const inTime = checkLinearizable(operations);
  assert.ok(inTime.verdict === 'violation' && inTime.violation.isSmallest);
  assert.ok(inTime.violation.operations.length < 100);
});

test('limits: a time limit without a clock is a bug of the caller', () => {
  assert.throws(() => checkLinearizable([], { elapsedNsMax: 1 }), /time limit comes with a clock/);
});

test('limits: the same history costs the same steps', () => {
  assert.equal(checkLinearizable(ambiguous(2)).steps, checkLinearizable(ambiguous(2)).steps);
});
