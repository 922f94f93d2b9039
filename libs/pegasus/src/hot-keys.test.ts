import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { FinishedGenerations, HotKey, HotKeys, HotPhase } from './hot-keys.ts';

function hotKey(hashHi: number, hashLo: number, generation = 1): HotKey {
  return new HotKey(hashHi, hashLo, generation, HotPhase.Open, new Uint8Array(0));
}

/** Keys whose low halves are equal stand in one chain. */
const CHAINED = [hotKey(1, 7), hotKey(2, 7), hotKey(3, 7)];

for (const [position, removed] of CHAINED.entries()) {
  test(`hot keys: of three of one chain, number ${position} is removed and the others stay`, () => {
    const hotKeys = new HotKeys();
    for (const hot of CHAINED) hotKeys.add(hot);
    hotKeys.remove(removed);
    for (const hot of CHAINED)
      assert.equal(hotKeys.find(hot.hashHi, hot.hashLo), hot === removed ? null : hot);
    assert.deepEqual(
      [...hotKeys].map(({ hashHi }) => hashHi).sort(),
      CHAINED.filter((hot) => hot !== removed).map(({ hashHi }) => hashHi),
    );
  });
}

test('hot keys: halves of the hash with the highest bit set are found', () => {
  const hotKeys = new HotKeys();
  const hot = hotKey(0xffff_fffe, 0x8000_0001);
  hotKeys.add(hot);
  assert.equal(hotKeys.find(0xffff_fffe, 0x8000_0001), hot);
  assert.equal(hotKeys.find(0xffff_fffe, 0x8000_0000), null);
  hotKeys.remove(hot);
  assert.equal(hotKeys.find(0xffff_fffe, 0x8000_0001), null);
  assert.deepEqual([...hotKeys], []);
});

test('hot keys: one that is not there, or was there before, is removed without effect', () => {
  const hotKeys = new HotKeys();
  const [first, second] = [hotKey(1, 7), hotKey(2, 7)];
  hotKeys.remove(first);
  hotKeys.add(first);
  hotKeys.add(second);
  hotKeys.remove(hotKey(1, 7));
  hotKeys.remove(second);
  hotKeys.remove(second);
  assert.equal(hotKeys.find(1, 7), first);
  assert.equal(hotKeys.find(2, 7), null);
});

test('hot keys: any order of additions and removals leaves what a Map would hold', () => {
  const prng = new Prng(3);
  for (let round = 0; round < 50; round++) {
    const hotKeys = new HotKeys();
    const expected = new Map<string, HotKey>();
    for (let step = 0; step < 200; step++) {
      // Few halves, so that chains are long.
      const [hashHi, hashLo] = [prng.below(5), prng.below(3)];
      const name = `${hashHi}:${hashLo}`;
      const held = expected.get(name);
      if (held === undefined) {
        const hot = hotKey(hashHi, hashLo);
        hotKeys.add(hot);
        expected.set(name, hot);
      } else {
        hotKeys.remove(held);
        expected.delete(name);
      }
      for (let hi = 0; hi < 5; hi++)
        for (let lo = 0; lo < 3; lo++)
          assert.equal(hotKeys.find(hi, lo), expected.get(`${hi}:${lo}`) ?? null);
    }
    assert.deepEqual(new Set(hotKeys), new Set(expected.values()));
  }
});

test('finished generations: those below the floor, and those that finished above it', () => {
  const finished = new FinishedGenerations();
  assert.equal(finished.has(1), false);
  finished.raise(3);
  finished.finish(5);
  const over = [1, 2, 3, 4, 5, 6].filter((generation) => finished.has(generation));
  assert.deepEqual(over, [1, 2, 5]);
});

test('finished generations: the floor only rises, and what it passes stays finished', () => {
  const finished = new FinishedGenerations();
  for (const generation of [4, 6, 9]) finished.finish(generation);
  finished.raise(7);
  finished.raise(2);
  finished.finish(1);
  const over = Array.from({ length: 11 }, (_, generation) => generation).filter((g) => finished.has(g));
  assert.deepEqual(over, [0, 1, 2, 3, 4, 5, 6, 9]);
});

test('finished generations: in any order they are those of a plain set', () => {
  const prng = new Prng(8);
  for (let round = 0; round < 100; round++) {
    const finished = new FinishedGenerations();
    const expected = new Set<number>();
    for (let step = 0; step < 40; step++) {
      const generation = prng.below(30);
      if (prng.chance(0.2)) {
        finished.raise(generation);
        for (let below = 0; below < generation; below++) expected.add(below);
      } else {
        finished.finish(generation);
        expected.add(generation);
      }
      for (let g = 0; g < 30; g++) assert.equal(finished.has(g), expected.has(g), `generation ${g}`);
    }
  }
});
