import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { assertFits } from '../test/goodness-of-fit.ts';
import { WorkloadError } from './workload-error.ts';
import { ZipfKeys } from './zipf.ts';

const THETAS = [0, 0.5, 0.99, 1, 1.2, 1.4, 2];

for (const theta of THETAS) {
  for (const n of [1, 2, 3, 10, 200]) {
    test(`zipf: theta ${theta} over ${n} keys fits the law rank by rank`, () => {
      const keys = new ZipfKeys({ n, theta });
      const prng = new Prng(0x21bf + n);
      const counts = new Array<number>(n).fill(0);
      for (let i = 0; i < 100_000; i++) counts[keys.next(prng)]!++;
      const weights = counts.map((_, rank) => (rank + 1) ** -theta);
      const total = weights.reduce((a, b) => a + b, 0);
      assertFits(
        counts,
        weights.map((weight) => weight / total),
      );
    });
  }
}

for (const theta of THETAS) {
  for (const n of [1_000_000, 100_000_000]) {
    test(`zipf: theta ${theta} over ${n} keys fits the law, hot ranks singly and cold ones by octave`, () => {
      const keys = new ZipfKeys({ n, theta });
      const prng = new Prng(7);
      const edges = Array.from({ length: 64 }, (_, rank) => rank);
      for (let edge = 64; edge < n; edge *= 2) edges.push(edge);
      edges.push(n);
      const counts = new Array<number>(edges.length - 1).fill(0);
      for (let i = 0; i < 200_000; i++) {
        const rank = keys.next(prng);
        counts[rank < 64 ? rank : 64 + Math.floor(Math.log2(rank / 64))]!++;
      }
      const probabilities = counts.map((_, i) => keys.headShare(edges[i + 1]!) - keys.headShare(edges[i]!));
      assertFits(counts, probabilities);
    });
  }
}

/** A generator whose uniform numbers are `draw()`. */
function drawing(draw: () => number): Prng {
  return Object.assign(Object.create(new Prng(0)) as Prng, { unit: draw });
}

for (const theta of THETAS) {
  test(`zipf: theta ${theta} over an even grid of uniform numbers has shares exact to five digits`, () => {
    // No noise of random draws: what is left is the error of the method, which is none but the grid's.
    const points = 400_000;
    const keys = new ZipfKeys({ n: 12, theta });
    const counts = new Array<number>(12).fill(0);
    const grid = { used: 0 };
    const prng = drawing(() => ((grid.used++ % points) + 0.5) / points);
    for (let rank = keys.next(prng); grid.used <= points; rank = keys.next(prng)) counts[rank]!++;
    const accepted = counts.reduce((a, b) => a + b, 0);
    counts.forEach((count, rank) => {
      assert.ok(Math.abs(count / accepted - keys.probability(rank)) < 1e-5, `rank ${rank}`);
    });
  });
}

test('zipf: probabilities add up to 1 and to the head share', () => {
  for (const theta of THETAS) {
    const keys = new ZipfKeys({ n: 5_000, theta });
    let sum = 0;
    for (let rank = 0; rank < 5_000; rank++) {
      sum += keys.probability(rank);
      if (rank === 99) assert.ok(Math.abs(keys.headShare(100) - sum) < 1e-12);
    }
    assert.ok(Math.abs(sum - 1) < 1e-12);
    assert.equal(keys.headShare(0), 0);
    assert.equal(keys.headShare(5_000), 1);
  }
});

test('zipf: at theta 1.2 over a million keys the hottest key takes 19 % of the operations', () => {
  const keys = new ZipfKeys({ n: 1_000_000, theta: 1.2 });
  assert.ok(Math.abs(keys.probability(0) - 0.19) < 0.001);
});

test('zipf: a draw needs fewer than 1.2 tries on average, at every theta', () => {
  for (const theta of [0, 0.01, 0.3, 0.5, 0.7, 0.99, 1, 1.01, 1.2, 1.6, 2, 3, 5, 10]) {
    const keys = new ZipfKeys({ n: 1_000_000, theta });
    const prng = new Prng(3);
    let tries = 0;
    const counting = drawing(() => {
      tries++;
      return prng.unit();
    });
    for (let i = 0; i < 20_000; i++) keys.next(counting);
    assert.ok(tries / 20_000 < 1.2, `${tries / 20_000} tries at theta ${theta}`);
  }
});

test('zipf: any theta up to extreme ones draws ranks in range', () => {
  for (const theta of [1e-12, 1 - 1e-15, 1 + 1e-15, 20, 100, 1_000, 1e300]) {
    const keys = new ZipfKeys({ n: 1_000, theta });
    const prng = new Prng(5);
    for (let i = 0; i < 1_000; i++) {
      const rank = keys.next(prng);
      assert.ok(Number.isInteger(rank) && rank >= 0 && rank < 1_000, `rank ${rank} at theta ${theta}`);
      if (theta >= 100) assert.equal(rank, 0);
    }
  }
});

test('zipf: equal seeds draw equal ranks', () => {
  const keys = new ZipfKeys({ n: 1_000_000, theta: 0.99 });
  const draw = (): number[] => {
    const prng = new Prng(42);
    return Array.from({ length: 100 }, () => keys.next(prng));
  };
  assert.deepEqual(draw(), draw());
});

test('zipf: growing gives the distribution over the larger set', () => {
  const grown = new ZipfKeys({ n: 100, theta: 1.2 });
  assert.ok(grown.probability(0) > 0);
  grown.grow(50_000);
  const fresh = new ZipfKeys({ n: 50_000, theta: 1.2 });
  assert.equal(grown.probability(77), fresh.probability(77));
  const [a, b] = [new Prng(1), new Prng(1)];
  for (let i = 0; i < 1_000; i++) assert.equal(grown.next(a), fresh.next(b));
});

test('zipf: parameters out of range are refused with the range', () => {
  for (const options of [
    { n: 10, theta: -0.1 },
    { n: 10, theta: NaN },
    { n: 10, theta: Infinity },
    { n: 0, theta: 1 },
    { n: 2.5, theta: 1 },
    { n: 2 ** 31 + 1, theta: 1 },
  ]) {
    assert.throws(() => new ZipfKeys(options), WorkloadError);
  }
  assert.throws(() => new ZipfKeys({ n: 10, theta: -1 }), {
    message: 'theta is -1; expected a finite number of 0 or more',
  });
});
