import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, csvOf } from './csv.ts';

test('csv: a header and a line for each row; null is empty', () => {
  const rows = [
    { system: 'hashing', zipf: 0, published: null },
    { system: 'pegasus', zipf: 1.2, published: 3.5e6 },
  ];
  assert.equal(csvOf(rows), 'system,zipf,published\nhashing,0,\npegasus,1.2,3500000\n');
});

test('csv: commas, quotes and line ends are quoted (RFC 4180 §2)', () => {
  const rows = [{ 'a,b': 'x', c: 'say "no"', d: 'two\nlines', e: 'cr\r', f: 'plain' }];
  assert.equal(csvOf(rows), '"a,b",c,d,e,f\nx,"say ""no""","two\nlines","cr\r",plain\n');
});

test('csv: a column that only some rows have is empty in the others', () => {
  const rows = [{ a: 1 }, { b: 2, a: 3 }];
  assert.deepEqual(columnsOf(rows), ['a', 'b']);
  assert.equal(csvOf(rows), 'a,b\n1,\n3,2\n');
});
