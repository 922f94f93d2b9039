import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEVER } from '@ballast/base';
import { DelayQueue } from './delay-queue.ts';

test('delay queue: entries come up in order, each a constant time after it was queued', () => {
  const queue = new DelayQueue(100);
  assert.equal(queue.deadlineNs, NEVER);
  // More than its first capacity, with the head moved, so that growing has to unroll the ring.
  for (let i = 0; i < 40; i++) queue.push(i, i, i * 10);
  for (let i = 0; i < 30; i++) queue.shift();
  for (let i = 40; i < 200; i++) queue.push(i, i, i * 10);
  for (let i = 30; i < 200; i++) {
    assert.equal(queue.deadlineNs, i + 100);
    assert.equal(queue.slot, i);
    assert.equal(queue.stamp, i * 10);
    queue.shift();
  }
  assert.equal(queue.deadlineNs, NEVER);
});
