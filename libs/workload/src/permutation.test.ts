import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFits } from '../test/goodness-of-fit.ts';
import { Permutation } from './permutation.ts';

test('permutation: every size maps its range onto itself', () => {
  for (const n of [1, 2, 3, 4, 5, 7, 8, 9, 100, 255, 256, 257, 1_000, 65_537]) {
    for (const seed of [0, 1, 12_345]) {
      const permutation = new Permutation({ n, seed });
      const seen = new Uint8Array(n);
      for (let x = 0; x < n; x++) {
        const y = permutation.map(x);
        assert.ok(y >= 0 && y < n, `${x} -> ${y} of ${n}`);
        assert.equal(seen[y], 0, `${y} of ${n} is hit twice`);
        seen[y] = 1;
      }
    }
  }
});

test('permutation: the largest range stays in range and apart', () => {
  const n = 2 ** 31;
  const permutation = new Permutation({ n, seed: 4 });
  const images = new Set<number>();
  for (let x = n - 10_000; x < n; x++) images.add(permutation.map(x));
  assert.equal(images.size, 10_000);
  for (const y of images) assert.ok(Number.isInteger(y) && y >= 0 && y < n);
});

test('permutation: seeds differ and repeat', () => {
  const image = (seed: number): number[] => {
    const permutation = new Permutation({ n: 1_000, seed });
    return Array.from({ length: 50 }, (_, x) => permutation.map(x));
  };
  assert.deepEqual(image(1), image(1));
  assert.notDeepEqual(image(1), image(2));
});

test('permutation: neighbours keep no regular distance', () => {
  const permutation = new Permutation({ n: 1_000_000, seed: 8 });
  const distances = new Set<number>();
  for (let x = 0; x < 1_000; x++) distances.add(permutation.map(x + 1) - permutation.map(x));
  assert.ok(distances.size > 990, `${distances.size} different distances`);
});

test('permutation: neighbours spread evenly over the range and over residues', () => {
  for (const n of [1_000_000, 1 << 20]) {
    const permutation = new Permutation({ n, seed: 8 });
    const byRegion = new Array<number>(32).fill(0);
    const byResidue = new Array<number>(32).fill(0);
    for (let x = 0; x < 10_000; x++) {
      const y = permutation.map(x);
      byRegion[Math.floor((y / n) * 32)]!++;
      byResidue[y % 32]!++;
    }
    assertFits(byRegion, new Array<number>(32).fill(1 / 32));
    assertFits(byResidue, new Array<number>(32).fill(1 / 32));
  }
});
