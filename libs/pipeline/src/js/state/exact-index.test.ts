import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { ExactIndex, NO_ENTRY } from './exact-index.ts';

const SIZE = 64;

test('js exact index: finds what a Map finds through random inserts and removals', () => {
  for (const words of [1, 2, 3]) {
    const rng = new Prng(words);
    const index = new ExactIndex(words, SIZE);
    const expected = new Map<string, number>();
    const free = Array.from({ length: SIZE }, (_, i) => i);
    // Few values a word, so that keys differ in one word only and come back after they went.
    const randomKey = (): Int32Array =>
      Int32Array.from({ length: words }, () => rng.below(words === 1 ? 150 : 12));
    for (let step = 0; step < 8000; step++) {
      const key = randomKey();
      const name = key.join();
      const held = expected.get(name);
      assert.equal(index.find(key), held ?? NO_ENTRY, `step ${step}, key ${name}`);
      if (held !== undefined && rng.chance(0.5)) {
        index.remove(key);
        expected.delete(name);
        free.push(held);
      } else if (held === undefined && free.length > 0) {
        const entry = free.splice(rng.below(free.length), 1)[0]!;
        index.insert(key, entry);
        expected.set(name, entry);
      }
    }
  }
});
