import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoomTally, type TestOutcome } from './room-tally.ts';

const FOLDER = '/checkout/libs/wire';
const file = `${FOLDER}/src/pcap.test.ts`;

function outcome(more: Partial<TestOutcome> = {}): TestOutcome {
  return { name: 'pcap: reads', file, line: 12, details: { type: 'test' }, ...more };
}

function failed(failureType: string, message: string, type = 'test'): TestOutcome {
  return outcome({ details: { type, error: { failureType, message, cause: new Error(message) } } });
}

test('test: tests that pass are counted, suites are not', () => {
  const tally = new RoomTally('wire', FOLDER);
  tally.pass(outcome());
  tally.pass(outcome());
  tally.pass(outcome({ details: { type: 'suite' } }));
  assert.equal(tally.result().passed, 2);
});

test('test: a skip is kept with its reason and its place', () => {
  const tally = new RoomTally('wire', FOLDER);
  tally.pass(outcome({ skip: 'needs root: raw sockets' }));
  tally.pass(outcome({ skip: true, details: { type: 'suite' } }));
  assert.deepEqual(tally.result().skips, [
    { name: 'pcap: reads', place: 'src/pcap.test.ts:12', reason: 'needs root: raw sockets' },
    { name: 'pcap: reads', place: 'src/pcap.test.ts:12', reason: 'no reason given' },
  ]);
  assert.equal(tally.result().passed, 0);
});

test('test: a failure is kept with the first line of what went wrong', () => {
  const tally = new RoomTally('wire', FOLDER);
  tally.fail(failed('testCodeFailure', 'expected 1\n\n2 !== 1'));
  assert.deepEqual(tally.result().failures, [
    { name: 'pcap: reads', place: 'src/pcap.test.ts:12', reason: 'expected 1' },
  ]);
});

test('test: a parent that failed only through its subtests is not a failure more', () => {
  const tally = new RoomTally('wire', FOLDER);
  tally.fail(failed('testCodeFailure', 'x'));
  tally.fail(failed('subtestsFailed', '1 subtest failed'));
  tally.fail(failed('subtestsFailed', '1 subtest failed', 'suite'));
  assert.equal(tally.result().failures.length, 1);
});

test('test: a suite whose set-up threw is a failure', () => {
  const tally = new RoomTally('wire', FOLDER);
  tally.fail(failed('hookFailed', 'no port', 'suite'));
  assert.equal(tally.result().failures.length, 1);
});

test('test: a test marked as todo and a file without a test are failures', () => {
  const tally = new RoomTally('wire', FOLDER);
  tally.pass(outcome({ todo: true }));
  tally.pass(outcome({ name: file, line: 1 }));
  assert.deepEqual(
    tally.result().failures.map(({ name, reason }) => `${name}: ${reason}`),
    ['pcap: reads: marked as todo', 'src/pcap.test.ts: the file holds no test'],
  );
});

test("test: a checker's unknown is found wherever a test prints it, other output is not kept", () => {
  const tally = new RoomTally('wire', FOLDER);
  tally.output('rack: checker: unknown after 2 s\nother line\n');
  tally.output('checker: ok\n');
  tally.output('checker: unknown, 3 keys left');
  assert.deepEqual(tally.result().unknowns, ['checker: unknown after 2 s', 'checker: unknown, 3 keys left']);
});
