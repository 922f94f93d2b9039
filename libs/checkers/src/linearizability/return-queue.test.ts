import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { ReturnQueue } from './return-queue.ts';

test('return queue: gives operations back by their end, the marked ones last among equals', () => {
  const rng = new Prng(1);
  const count = 500;
  const ends = Float64Array.from({ length: count }, () => (rng.chance(0.1) ? Infinity : rng.below(40)));
  const last = Uint8Array.from({ length: count }, () => rng.below(2));
  const queue = new ReturnQueue(ends, last);
  for (let i = 0; i < count; i++) queue.push(i);

  const popped: number[] = [];
  while (queue.size > 0) {
    const first = queue.firstEnd;
    popped.push(queue.pop());
    assert.equal(ends[popped.at(-1)!], first);
  }

  assert.equal(new Set(popped).size, count);
  const order = popped.map((i) => ({ end: ends[i]!, last: last[i]! }));
  for (const [i, { end, last: mark }] of order.entries()) {
    if (i === 0) continue;
    const before = order[i - 1]!;
    assert.ok(before.end < end || (before.end === end && before.last <= mark));
  }
});
