import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure, WARM_UP_RUNS } from './measure.ts';

/** A benchmark whose runs return the given numbers in turn, the warm-up's first. */
function returning(...results: number[]): { name: string; unit: string; run: () => number } {
  const pending = [...results];
  return { name: 'a.b', unit: 'ns', run: () => pending.shift() ?? Number.NaN };
}

test('bench: the first runs only warm up', async () => {
  const warmUp = new Array<number>(WARM_UP_RUNS).fill(1000);
  assert.deepEqual(await measure(returning(...warmUp, 5, 1, 4, 2, 3), 5), {
    name: 'a.b',
    unit: 'ns',
    median: 3,
    min: 1,
    max: 5,
    runs: 5,
  });
});

test('bench: the median of an even number of runs lies between the middle two', async () => {
  const { median } = await measure(returning(9, 9, 10, 1, 4, 2, 8, 9), 6);
  assert.equal(median, 6);
});

test('bench: a peer is passed on, and an asynchronous run awaited', async () => {
  const measurement = await measure(
    { name: 'a', unit: 'ns', peer: 'by hand', run: () => Promise.resolve(7) },
    5,
  );
  assert.equal(measurement.peer, 'by hand');
  assert.equal(measurement.median, 7);
});

test('bench: a result that is no positive number is refused by name', async () => {
  for (const result of [Number.NaN, Infinity, 0, -1]) {
    await assert.rejects(measure(returning(1, 1, 1, result, 1, 1, 1), 5), /a\.b: run returned/);
  }
});
