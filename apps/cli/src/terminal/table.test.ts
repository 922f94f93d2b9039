import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTable } from './table.ts';

test('table: numbers, with a unit or without, stand to the right, texts to the left', () => {
  const rows = [
    { system: 'hashing', rate: '9,800', p99: '1.5 ms', load: 7 },
    { system: 'pegasus', rate: '44,800', p99: '900 us', load: 12.5 },
  ];
  assert.equal(
    formatTable(rows),
    ['system     rate     p99  load', 'hashing   9,800  1.5 ms     7', 'pegasus  44,800  900 us  12.5'].join(
      '\n',
    ),
  );
});

test('table: what looks like a number but is a name stands to the left', () => {
  const rows = [{ hash: '12ab34cd' }, { hash: '77' }];
  assert.equal(formatTable(rows), 'hash\n12ab34cd\n77');
});

test('table: null is a dash, a missing cell is empty, and columns are those of all rows', () => {
  const rows = [{ a: 1 }, { a: null, b: 'x' }];
  assert.equal(formatTable(rows), 'a  b\n1\n-  x');
});

test('table: columns can be chosen and ordered', () => {
  assert.equal(formatTable([{ a: 1, b: 2, c: 3 }], ['c', 'a']), 'c  a\n3  1');
});
