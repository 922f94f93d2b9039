import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { KeySpace } from './key-space.ts';

function order(space: KeySpace): number[] {
  return Array.from({ length: space.n }, (_, rank) => space.keyOf(rank));
}

function assertBijection(space: KeySpace): void {
  const sorted = order(space).sort((a, b) => a - b);
  assert.deepEqual(
    sorted,
    sorted.map((_, i) => i),
  );
}

test('key space: without a scramble and before any shift a rank is its key', () => {
  assert.deepEqual(order(new KeySpace({ n: 5 })), [0, 1, 2, 3, 4]);
});

test('key space: hot-in makes the coldest keys the hottest and moves the others down', () => {
  const space = new KeySpace({ n: 6 });
  space.hotIn(2);
  assert.deepEqual(order(space), [4, 5, 0, 1, 2, 3]);
  space.hotIn(1);
  assert.deepEqual(order(space), [3, 4, 5, 0, 1, 2]);
});

test('key space: hot-out makes the hottest keys the coldest and moves the others up', () => {
  const space = new KeySpace({ n: 6 });
  space.hotOut(2);
  assert.deepEqual(order(space), [2, 3, 4, 5, 0, 1]);
});

test('key space: hot-out undoes hot-in', () => {
  const space = new KeySpace({ n: 100, scrambleSeed: 3 });
  const before = order(space);
  space.hotIn(7);
  assert.notDeepEqual(order(space), before);
  space.hotOut(7);
  assert.deepEqual(order(space), before);
});

test('key space: a random swap replaces k of the hottest keys by colder ones and moves nothing else', () => {
  const space = new KeySpace({ n: 1_000, scrambleSeed: 1 });
  const before = order(space);
  space.swapRandom({ k: 10, hottest: 50 }, new Prng(6));
  const after = order(space);
  const moved = after.flatMap((key, rank) => (key === before[rank] ? [] : [rank]));
  assert.equal(moved.filter((rank) => rank < 50).length, 10);
  assert.equal(moved.filter((rank) => rank >= 50).length, 10);
  const hotBefore = new Set(before.slice(0, 50));
  assert.equal(after.slice(0, 50).filter((key) => hotBefore.has(key)).length, 40);
  assertBijection(space);
});

test('key space: a swap of all the hottest keys with as many others leaves none of them hot', () => {
  const space = new KeySpace({ n: 100, scrambleSeed: 1 });
  const cold = order(space).slice(50);
  space.swapRandom({ k: 50, hottest: 50 }, new Prng(6));
  assert.deepEqual(new Set(order(space).slice(0, 50)), new Set(cold));
});

test('key space: any series of shifts stays a bijection', () => {
  for (let seed = 0; seed < 40; seed++) {
    const prng = new Prng(seed);
    const n = 2 + prng.below(300);
    const space = new KeySpace(seed % 2 === 0 ? { n } : { n, scrambleSeed: seed });
    for (let shift = 0; shift < 30; shift++) {
      const kind = prng.below(3);
      if (kind === 0) space.hotIn(prng.below(n + 1));
      if (kind === 1) space.hotOut(prng.below(n + 1));
      const hottest = 1 + prng.below(n - 1);
      if (kind === 2) space.swapRandom({ k: prng.below(Math.min(hottest, n - hottest) + 1), hottest }, prng);
    }
    assertBijection(space);
  }
});

test('key space: swaps that leave no room are a bug', () => {
  const space = new KeySpace({ n: 10 });
  assert.throws(
    () => space.swapRandom({ k: 3, hottest: 8 }, new Prng(0)),
    /3 of the 8 hottest of 10 keys swap/,
  );
});
