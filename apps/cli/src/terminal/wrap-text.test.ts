import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrapText } from './wrap-text.ts';

test('wrap: sentences are broken at spaces, and what is set by hand stays', () => {
  assert.deepEqual(wrapText('one two three', 7), ['one two', 'three']);
  assert.deepEqual(wrapText('one two three', 8), ['one two', 'three']);
  assert.deepEqual(wrapText('unbreakable', 4), ['unbreakable']);
  assert.deepEqual(wrapText('a  table is not wrapped\n  nor is this\nbut this is', 8), [
    'a  table is not wrapped',
    '  nor is this',
    'but this',
    'is',
  ]);
  assert.deepEqual(wrapText('', 5), ['']);
});
