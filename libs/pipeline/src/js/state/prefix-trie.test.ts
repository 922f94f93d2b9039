import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { NO_MATCH, type Prefix, PrefixTrie } from './prefix-trie.ts';

const SIZE = 48;

/** Looks a key up as generated code does. */
function find(trie: PrefixTrie, root: number, key: bigint, width: number): number {
  let best = NO_MATCH;
  let node = root;
  for (let at = width - 8; at > -8; at -= 8) {
    const byte = Number((at >= 0 ? key >> BigInt(at) : key << BigInt(-at)) & 0xffn);
    const slot = 2 * (256 * node + byte);
    if (trie.slots[slot]! >= 0) best = trie.slots[slot]!;
    node = trie.slots[slot + 1]!;
    if (node === 0) break;
  }
  return best;
}

function covers(prefix: Prefix, key: bigint, width: number): boolean {
  return (prefix.value ^ key) >> BigInt(width - prefix.length) === 0n;
}

test('js prefix trie: the longest prefix wins through random inserts and removals', () => {
  for (const width of [5, 8, 13, 32, 64]) {
    const rng = new Prng(width);
    const trie = new PrefixTrie(width, SIZE);
    const root = trie.addRoot();
    const entries = new Map<number, Prefix>();
    const heirOf = ({ value, length }: Prefix, lengthMin: number): number => {
      let heir = NO_MATCH;
      let heirLength = -1;
      for (const [entry, other] of entries) {
        const isShorter = other.length < length && other.length >= lengthMin && other.length > heirLength;
        if (isShorter && covers(other, value, width)) [heir, heirLength] = [entry, other.length];
      }
      return heir;
    };
    // Bits from a small pool, so that prefixes nest.
    const randomKey = (): bigint =>
      ((BigInt(rng.below(4)) << BigInt(Math.max(0, width - 3))) | BigInt(rng.below(8))) &
      ((1n << BigInt(width)) - 1n);
    for (let step = 0; step < 2000; step++) {
      const length = rng.below(width + 1);
      const value = (randomKey() >> BigInt(width - length)) << BigInt(width - length);
      const held = [...entries].find(([, p]) => p.length === length && p.value === value);
      const entry = rng.below(SIZE);
      if (held !== undefined) {
        entries.delete(held[0]);
        trie.remove(root, held[1], held[0], (lengthMin) => heirOf(held[1], lengthMin));
      } else if (!entries.has(entry)) {
        entries.set(entry, { value, length });
        trie.insert(root, { value, length }, entry);
      }
      const key = randomKey();
      const expected = [...entries]
        .filter(([, p]) => covers(p, key, width))
        .sort(([, a], [, b]) => b.length - a.length);
      assert.equal(
        find(trie, root, key, width),
        expected[0]?.[0] ?? NO_MATCH,
        `width ${width}, step ${step}, key ${key}`,
      );
    }
  }
});

test('js prefix trie: nodes of removed prefixes are used again', () => {
  const trie = new PrefixTrie(32, SIZE);
  const root = trie.addRoot();
  let grown = 0;
  for (let i = 0; i < 1000; i++) {
    const prefix = { value: BigInt(i) << 12n, length: 32 };
    trie.insert(root, prefix, 0);
    trie.remove(root, prefix, 0, () => NO_MATCH);
    if (i === 0) grown = trie.slots.length;
  }
  assert.equal(trie.slots.length, grown);
});
