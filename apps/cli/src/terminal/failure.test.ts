import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { test } from 'node:test';
import { CommanderError } from 'commander';
import { FabricError, KvError } from '@ballast/fabric';
import { TaskRefused } from '../background/background.ts';
import { describeFailure, exitCodeOf, UsageError } from './failure.ts';

/** What a call throws. */
function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return assert.fail('it throws');
}

test('failure: what the user wrote gives 2, what went wrong on the way gives 1', () => {
  assert.equal(exitCodeOf(new UsageError('no such thing')), 2);
  assert.equal(exitCodeOf(new FabricError({ code: 'PORT_IN_USE', host: '127.0.0.1', port: 1 })), 2);
  assert.equal(exitCodeOf(new KvError({ code: 'KEY_LENGTH', bytes: 300, bytesMax: 255 })), 2);
  assert.equal(exitCodeOf(new KvError({ code: 'NO_RACK', url: 'http://x' })), 1);
  assert.equal(exitCodeOf(new CommanderError(1, 'commander.unknownOption', '')), 2);
  assert.equal(exitCodeOf(new CommanderError(0, 'commander.helpDisplayed', '')), 0);
  assert.equal(exitCodeOf(new TypeError('a bug')), 1);
});

test('failure: a refusal from a thread counts as the error it was there', () => {
  const refused = new TaskRefused({ errorName: 'ParameterError', code: 'OUT_OF_RANGE', message: '--zipf 9' });
  assert.equal(exitCodeOf(refused), 2);
  assert.equal(describeFailure(refused), 'ballast: --zipf 9');
});

test('failure: a file that cannot be used is named, with the reason in words', () => {
  const error = thrown(() => openSync('/no/such/file', 'r'));
  assert.equal(exitCodeOf(error), 2);
  assert.equal(describeFailure(error), 'ballast: /no/such/file: there is no such file or folder');
});

test('failure: an expected one is a line, a bug has its stack', () => {
  assert.equal(describeFailure(new UsageError('a, b')), 'ballast: a, b');
  assert.match(describeFailure(new TypeError('x is not y')) ?? '', /bug.*\nTypeError: x is not y\n +at /);
});
