import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceOf, textOf } from './plain-data.ts';

test('difference: equal answers have none, bytes and bigints included', () => {
  const answer = { outcome: 'forward', bytes: Uint8Array.of(1, 2), records: [[1n, 2n]], reason: null };
  assert.equal(differenceOf(answer, structuredClone(answer)), null);
});

test('difference: the first one is named by its path', () => {
  assert.deepEqual(differenceOf({ a: { b: [1n, 2n] } }, { a: { b: [1n, 300n] } }), {
    path: 'a.b[1]',
    expected: '2',
    actual: '0x12c',
  });
});

test('difference: bytes are shown from where they differ', () => {
  const found = differenceOf(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 9, 3), 'bytes');
  assert.deepEqual(found, { path: 'bytes[1]', expected: '0203', actual: '0903' });
});

test('difference: lengths, missing properties and null count', () => {
  assert.equal(differenceOf([1], [1, 2], 'list')?.path, 'list.length');
  assert.equal(differenceOf(new Uint8Array(2), new Uint8Array(3), 'bytes')?.path, 'bytes.length');
  assert.deepEqual(differenceOf({ a: 1 }, {}), { path: 'a', expected: '1', actual: 'undefined' });
  assert.deepEqual(differenceOf({ a: null }, { a: 0 }), { path: 'a', expected: 'null', actual: '0' });
});

test('text: equal values have equal text, long bytes are cut', () => {
  assert.equal(textOf({ key: [1n, 255n], bytes: Uint8Array.of(0xab) }), '{ key: [1, 0xff], bytes: ab }');
  assert.match(textOf(new Uint8Array(100)), /… \(100 bytes\)$/);
});
