import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatNumber, formatTable } from './table.ts';

test('bench: the table aligns its columns, numbers to the right', () => {
  const table = formatTable([
    { name: 'sim.events', unit: 'events/s', median: 2_345_678, min: 2e6, max: 3e6, runs: 5 },
    { name: 'js.pegasus', unit: 'ns/packet', median: 38.213, min: 37, max: 41.5, runs: 15, peer: 'by hand' },
  ]);
  assert.equal(
    table,
    [
      'benchmark      median        min        max  runs  unit       peer',
      'sim.events  2,346,000  2,000,000  3,000,000     5  events/s',
      'js.pegasus      38.21         37       41.5    15  ns/packet  by hand',
    ].join('\n'),
  );
});

test('bench: numbers keep four significant digits', () => {
  assert.equal(formatNumber(0.00123456), '0.001235');
  assert.equal(formatNumber(123.456), '123.5');
  assert.equal(formatNumber(1_234_567), '1,235,000');
});
