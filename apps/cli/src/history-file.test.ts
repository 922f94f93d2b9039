import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkLinearizable, type Operation, parseHistory } from '@ballast/checkers';
import { temporaryFolder } from '../test/command-run.ts';
import { HistoryFile } from './history-file.ts';

const PUT: Operation = {
  process: 1,
  invoke: 0,
  return: 5,
  operation: 'put',
  key: 'k',
  value: 'v',
  outcome: 'ok',
};
const GET: Operation = { ...PUT, process: 2, invoke: 10, return: 20, operation: 'get' };

test('history file: runs with the same keys are told apart, and judged together', (t) => {
  const path = join(temporaryFolder(t), 'history.jsonl');
  const file = new HistoryFile(path);
  file.append('a', [PUT, GET]);
  file.append('b', [{ ...GET, value: null }]); // Nobody wrote in this run.
  file.append('a', [{ ...GET, value: null }]);
  file.close();

  const history = [...parseHistory(readFileSync(path, 'utf8'))];
  assert.deepEqual(
    history.map(({ key }) => key),
    ['a/k', 'a/k', 'b/k', 'a-2/k'],
  );
  assert.deepEqual({ ...history[1], key: 'k' }, GET);
  assert.equal(checkLinearizable(history).verdict, 'ok');
});

test('history file: a long run is written whole, in order', (t) => {
  const path = join(temporaryFolder(t), 'history.jsonl');
  const operations = Array.from({ length: 3_000 }, (_, i) => ({
    ...PUT,
    invoke: i,
    return: i + 1,
    value: `v${i}`,
  }));
  const file = new HistoryFile(path);
  file.append('run', operations);
  file.close();
  const values = [...parseHistory(readFileSync(path, 'utf8'))].map(({ value }) => value);
  assert.deepEqual(
    values,
    operations.map(({ value }) => value),
  );
});
