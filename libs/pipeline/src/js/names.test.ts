import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Names } from './names.ts';

test('js names: names of the DSL survive, and those that are taken or reserved get a number', () => {
  const names = new Names();
  assert.deepEqual(
    ['entry', 'entry', 'entry_2', 'class', 'entry'].map((n) => names.claim(n)),
    ['entry', 'entry_2', 'entry_2_2', 'class_2', 'entry_3'],
  );
});

test('js names: what an outer scope has taken is taken in the inner one', () => {
  const outer = new Names();
  outer.claim('table');
  const inner = new Names(outer);
  assert.equal(inner.claim('table'), 'table_2');
  assert.equal(new Names(outer).claim('if'), 'if_2');
});
