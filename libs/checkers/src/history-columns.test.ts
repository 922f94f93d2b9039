import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure } from '@ballast/base';
import { simulateStore } from '../test/simulated-store.ts';
import { HistoryColumns } from './history-columns.ts';
import type { Operation } from './history.ts';

const put = {
  process: 1,
  invoke: 5,
  return: 6,
  operation: 'put',
  key: 'k',
  value: 'v',
  outcome: 'ok',
} as const;

test('history: operations come out of the columns as they went in', () => {
  const operations = simulateStore({
    ...{ seed: 3, operations: 5_000, clients: 7, keys: 40, zipf: 1 },
    ...{ writeRatio: 0.4, deleteRatio: 0.2, unknownRatio: 0.1, distinctValues: 30 },
  });
  const failed = operations.map((o): Operation => {
    const value = o.operation === 'get' ? null : o.value;
    return o.outcome === 'unknown' ? o : { ...o, outcome: 'fail', value };
  });
  const columns = HistoryColumns.from([...operations, ...failed]);
  assert.deepEqual([...columns], [...operations, ...failed]);
  assert.equal(columns.keyCount, new Set(operations.map(({ key }) => key)).size);
});

test('history: columns are taken over without a copy', () => {
  const columns = HistoryColumns.from([put]);
  assert.equal(HistoryColumns.from(columns), columns);
});

test('history: an operation that contradicts itself is a bug of whoever made it', () => {
  const bad: readonly Operation[] = [
    { ...put, return: null },
    { ...put, outcome: 'unknown' },
    { ...put, return: 4 },
    { ...put, value: null },
    { ...put, operation: 'delete' },
    { ...put, process: 2 ** 32 - 1 },
  ];
  for (const operation of bad) assert.throws(() => HistoryColumns.from([operation]), AssertionFailure);
});
