import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure, assert as invariant, present, unreachable } from './assert.ts';

test('assert: a condition that holds lets the caller go on', () => {
  invariant(true, 'capacity 4 is a power of two');
});

test('assert: a broken invariant stops with its own words', () => {
  assert.throws(() => invariant(false, 'capacity 3 is a power of two'), {
    name: 'AssertionFailure',
    message: 'broken invariant: capacity 3 is a power of two',
  });
});

test('assert: a failure is an Error with a stack, so that the broken line is found', () => {
  const failure = new AssertionFailure('broken invariant: x');
  assert.ok(failure instanceof Error);
  assert.match(failure.stack ?? '', /assert\.test\.ts/);
});

test('present: a value passes through, falsy ones too', () => {
  assert.equal(present(7, 'slot is taken'), 7);
  assert.equal(present(0, 'slot is taken'), 0);
  assert.equal(present('', 'slot is taken'), '');
  assert.equal(present(false, 'slot is taken'), false);
});

test('present: a missing value stops with the invariant that it breaks', () => {
  for (const missing of [undefined, null]) {
    assert.throws(() => present(missing, 'every port has a link'), {
      name: 'AssertionFailure',
      message: 'broken invariant: every port has a link',
    });
  }
});

test('unreachable: a value with 64-bit integers in it is shown as well', () => {
  const value = { bits: 7n } as never;
  assert.throws(() => unreachable(value), { message: /got {"bits":"7n"}$/ });
});

test('unreachable: a value that no case took is named in the message', () => {
  const value = { kind: 'teleport' } as never;
  assert.throws(() => unreachable(value), {
    name: 'AssertionFailure',
    message: 'broken invariant: unreachable, got {"kind":"teleport"}',
  });
});
