import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateText, secondsFor } from './estimate.ts';

test('estimate: work is shared by threads, but a point is not', () => {
  assert.equal(secondsFor([10, 10, 10, 10], [2, 3]), 8);
  assert.equal(secondsFor([100, 1], [2, 2]), 50);
  assert.equal(secondsFor([], [2]), 0);
});

test('estimate: told as exactly as it is known', () => {
  assert.equal(estimateText(0.2), 'about 1 s');
  assert.equal(estimateText(42), 'about 40 s');
  assert.equal(estimateText(130), 'about 2 min');
  assert.equal(estimateText(5_000), 'about 83 min');
  assert.equal(estimateText(7_300), 'about 2 h 0 min');
});
