import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchmarksOf } from './benchmark.ts';

const run = (): number => 1;

test('bench: entries of a bench file come with their file', () => {
  assert.deepEqual(benchmarksOf([{ name: 'a.b', unit: 'ns', run }], 'libs/a/bench/a.bench.ts'), [
    { name: 'a.b', unit: 'ns', run, file: 'libs/a/bench/a.bench.ts' },
  ]);
});

test('bench: a file that exports something else is refused by its name', () => {
  for (const exported of [undefined, {}, [], 'x']) {
    assert.throws(() => benchmarksOf(exported, 'libs/a/bench/a.bench.ts'), /^TypeError: libs\/a\/bench/);
  }
});

test('bench: an entry that lacks a field or has a wrong one is refused by its number', () => {
  const good = { name: 'a.b', unit: 'ns', run };
  const bad = [
    null,
    {},
    { ...good, name: 1 },
    { ...good, unit: undefined },
    { ...good, run: 3 },
    { ...good, peer: 3 },
  ];
  for (const entry of bad) assert.throws(() => benchmarksOf([good, entry], 'a.bench.ts'), /entry 1 needs/);
});
