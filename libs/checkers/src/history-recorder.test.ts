import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure } from '@ballast/base';
import { HistoryRecorder } from './history-recorder.ts';
import { checkLinearizable } from './linearizability/check.ts';

test('recorder: what clients did becomes a history in the order of invocation', () => {
  const recorder = new HistoryRecorder();
  const put = recorder.invoke(1, 'put', 'k', 'v1', 10);
  const get = recorder.invoke(2, 'get', 'k', null, 11);
  const refused = recorder.invoke(2, 'delete', 'k', null, 12);
  recorder.complete(get, 20, 'ok', 'v1');
  recorder.complete(put, 21, 'ok');
  recorder.complete(refused, 22, 'fail');
  recorder.finish();
  assert.deepEqual(
    [...recorder.operations()],
    [
      { process: 1, invoke: 10, return: 21, operation: 'put', key: 'k', value: 'v1', outcome: 'ok' },
      { process: 2, invoke: 11, return: 20, operation: 'get', key: 'k', value: 'v1', outcome: 'ok' },
      { process: 2, invoke: 12, return: 22, operation: 'delete', key: 'k', value: null, outcome: 'fail' },
    ],
  );
  assert.equal(recorder.length, 3);
});

test('recorder: what did not complete is unknown and open: the client gave up, or the run ended', () => {
  const recorder = new HistoryRecorder();
  const gaveUp = recorder.invoke(1, 'put', 'k', 'v1', 1);
  recorder.invoke(2, 'delete', 'k', null, 2);
  recorder.complete(gaveUp, 5, 'unknown');
  recorder.finish();
  for (const operation of recorder.operations()) {
    assert.equal(operation.return, null);
    assert.equal(operation.outcome, 'unknown');
  }
});

test('recorder: a reply that comes after the client gave up still counts', () => {
  const recorder = new HistoryRecorder();
  const token = recorder.invoke(1, 'get', 'k', null, 1);
  recorder.complete(token, 5, 'unknown');
  recorder.complete(token, 9, 'ok', 'v');
  const [operation] = recorder.operations();
  assert.equal(operation?.return, 9);
  assert.equal(operation.value, 'v');
});

test('recorder: the initial value of a key, if there is one, is recorded when it is first touched', () => {
  const asked: string[] = [];
  const initial = (key: string): string | null => {
    asked.push(key);
    return key === 'missing' ? null : `initial ${key}`;
  };
  const recorder = new HistoryRecorder({ initial });
  for (const [now, key] of ['a', 'missing', 'a', 'b'].entries()) {
    const token = recorder.invoke(1, 'get', key, null, now);
    recorder.complete(token, now, 'ok', key === 'missing' ? null : `initial ${key}`);
  }
  assert.deepEqual(asked, ['a', 'missing', 'b']);
  const loads = [...recorder.operations()].filter(({ process }) => process === -1);
  assert.deepEqual(
    loads.map(({ key, value, invoke, return: end }) => ({ key, value, invoke, end })),
    [
      { key: 'a', value: 'initial a', invoke: 0, end: 0 },
      { key: 'b', value: 'initial b', invoke: 0, end: 0 },
    ],
  );
  assert.equal(checkLinearizable(recorder.operations()).verdict, 'ok');
});

test('recorder: a history may be judged while operations are in progress', () => {
  const recorder = new HistoryRecorder();
  recorder.invoke(1, 'put', 'k', 'v', 1);
  const get = recorder.invoke(2, 'get', 'k', null, 2);
  assert.equal(checkLinearizable(recorder.operations()).verdict, 'ok');
  recorder.complete(get, 3, 'ok', 'other');
  assert.equal(checkLinearizable(recorder.operations()).verdict, 'violation');
});

test('recorder: completing twice, from another run, or after the end is a bug of the client', () => {
  const recorder = new HistoryRecorder();
  const token = recorder.invoke(1, 'get', 'k', null, 1);
  recorder.complete(token, 2, 'ok', null);
  assert.throws(() => {
    recorder.complete(token, 3, 'ok', null);
  }, AssertionFailure);
  assert.throws(() => {
    recorder.complete(99, 3, 'ok', null);
  }, AssertionFailure);
  const late = recorder.invoke(1, 'get', 'k', null, 4);
  assert.throws(() => {
    recorder.complete(late, 3, 'ok', null);
  }, /returns after it is invoked/);
  recorder.finish();
  assert.throws(() => {
    recorder.complete(late, 5, 'ok', null);
  }, AssertionFailure);
  assert.throws(() => recorder.invoke(1, 'get', 'k', null, 6), AssertionFailure);
});
