import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLinearizable, type Operation, STEPS_MAX } from '../src/index.ts';
import { simulateStore, type SimulatedStoreOptions } from './simulated-store.ts';

const OPERATIONS = 100_000;

/** One key, 32 clients, a twentieth of the operations writes of distinct values. */
const HOT_KEY: SimulatedStoreOptions = {
  ...{ seed: 1, operations: OPERATIONS, clients: 32, keys: 1, zipf: 0 },
  ...{ writeRatio: 0.05, deleteRatio: 0, unknownRatio: 0.002, distinctValues: 0 },
};

/** Steps stand for time, which a test must not depend on. */
const CASES: readonly {
  name: string;
  change: Partial<SimulatedStoreOptions>;
  stepsPerOperationMax: number;
}[] = [
  { name: 'a hot key, mostly reads', change: { operations: 2 * OPERATIONS }, stepsPerOperationMax: 2 },
  { name: 'a Zipf workload on many keys', change: { keys: 10_000, zipf: 1.2 }, stepsPerOperationMax: 2 },
  { name: 'as many writes as reads', change: { writeRatio: 0.5 }, stepsPerOperationMax: 2 },
  {
    name: 'writes of which a fifth stays open',
    change: { writeRatio: 0.5, unknownRatio: 0.2 },
    stepsPerOperationMax: 2,
  },
  {
    name: 'deletes, which all write the same',
    change: { writeRatio: 0.2, deleteRatio: 0.3 },
    stepsPerOperationMax: 5,
  },
  {
    name: 'three values over and over',
    change: { writeRatio: 0.5, distinctValues: 3 },
    stepsPerOperationMax: 20,
  },
  {
    name: 'five hundred clients',
    change: { clients: 500, operations: OPERATIONS / 2 },
    stepsPerOperationMax: 10,
  },
];

for (const { name, change, stepsPerOperationMax } of CASES) {
  test(`scale: ${name}: accepted in a number of steps that grows with the history`, () => {
    const options = { ...HOT_KEY, ...change };
    const stepsMax = stepsPerOperationMax * options.operations;
    const { verdict, steps } = checkLinearizable(simulateStore(options), { stepsMax });
    assert.equal(verdict, 'ok', `${steps} steps`);
  });
}

test('scale: one stale read in a long history of a hot key is found and shrunk to what explains it', () => {
  const operations = simulateStore(HOT_KEY);
  const stale = withStaleRead(operations);
  const verdict = checkLinearizable(stale);
  assert.equal(verdict.verdict, 'violation');
  assert.ok(verdict.violation.operations.length <= 4);
  assert.ok(verdict.steps < 3 * OPERATIONS);
});

/** A read in the last tenth returns what one in the first tenth did. */
function withStaleRead(operations: readonly Operation[]): Operation[] {
  const isRead = ({ operation, outcome }: Operation): boolean => operation === 'get' && outcome === 'ok';
  const old = operations.findIndex((operation, i) => i > operations.length / 10 && isRead(operation));
  const late = operations.findIndex((operation, i) => i > 0.9 * operations.length && isRead(operation));
  return operations.with(late, { ...operations[late]!, value: operations[old]!.value });
}

test('scale: a search that explodes ends at the limit of steps with unknown', () => {
  const options = { ...HOT_KEY, operations: 20_000, clients: 128, writeRatio: 0.5, distinctValues: 20 };
  const stepsMax = STEPS_MAX / 100;
  const { verdict, steps } = checkLinearizable(simulateStore(options), { stepsMax });
  assert.equal(verdict, 'unknown');
  assert.ok(steps < 1.1 * stepsMax);
});
