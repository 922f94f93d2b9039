import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { assertFits } from '../test/goodness-of-fit.ts';
import {
  ConstantSize,
  EmpiricalSize,
  EtcKeySize,
  EtcValueSize,
  ParetoSize,
  type SizeDistribution,
  UniformSize,
} from './sizes.ts';
import { WorkloadError } from './workload-error.ts';

function draws(sizes: SizeDistribution, count: number): Float64Array {
  const prng = new Prng(41);
  return Float64Array.from({ length: count }, () => sizes.next(prng)).sort();
}

/** Compares counts between edges with the probabilities of a tail function, P(size >= edge). */
function assertTail(sorted: Float64Array, edges: number[], atLeast: (bytes: number) => number): void {
  const counts = edges.slice(0, -1).map((edge, i) => {
    return sorted.filter((bytes) => bytes >= edge && bytes < edges[i + 1]!).length;
  });
  const inRange = counts.reduce((a, b) => a + b, 0);
  assert.equal(inRange, sorted.length, 'the edges span all draws');
  assertFits(
    counts,
    edges.slice(0, -1).map((edge, i) => atLeast(edge) - atLeast(edges[i + 1]!)),
  );
}

test('sizes: constant and uniform', () => {
  assert.deepEqual([...draws(new ConstantSize(128), 3)], [128, 128, 128]);
  assert.deepEqual([...new Set(draws(new UniformSize({ bytesMin: 4, bytesMax: 7 }), 200))], [4, 5, 6, 7]);
});

test('sizes: generalised Pareto fits its tail', () => {
  for (const shape of [0, 0.348238, 0.9]) {
    const sizes = new ParetoSize({ location: 10, scale: 200, shape, bytesMax: 2 ** 40 });
    const tail = (x: number): number => {
      const stretched = Math.max(0, x - 10) / 200;
      return shape === 0 ? Math.exp(-stretched) : (1 + shape * stretched) ** (-1 / shape);
    };
    assertTail(draws(sizes, 100_000), [10, 20, 50, 100, 200, 400, 800, 1_600, 10_000, Infinity], (x) => {
      return x === Infinity ? 0 : tail(x);
    });
  }
});

test('sizes: draws above the largest size become the largest', () => {
  const sizes = new ParetoSize({ location: 0, scale: 100, shape: 0.5, bytesMax: 1_000 });
  const sorted = draws(sizes, 50_000);
  const atMax = sorted.filter((bytes) => bytes === 1_000).length / sorted.length;
  assert.equal(sorted.at(-1), 1_000);
  assert.ok(Math.abs(atMax - (1 + 0.5 * 10) ** -2) < 0.005);
});

test('sizes: an empirical table draws its rows by weight', () => {
  const rows = [
    { bytes: 64, weight: 3 },
    { bytes: 4_096, weight: 1 },
    { bytes: 100_000, weight: 0 },
  ];
  const sizes = new EmpiricalSize(rows);
  const sorted = draws(sizes, 40_000);
  assert.equal(sizes.bytesMax, 100_000);
  assertFits(
    rows.map((row) => sorted.filter((bytes) => bytes === row.bytes).length),
    [0.75, 0.25, 0],
  );
});

test('sizes: ETC values have the table of SIGMETRICS 2012 below 15 bytes and its Pareto above', () => {
  const sorted = draws(new EtcValueSize(), 200_000);
  const share = (bytes: number): number => sorted.filter((size) => size === bytes).length / sorted.length;
  assert.ok(Math.abs(share(2) - 0.1782) < 0.003);
  assert.ok(Math.abs(share(11) - 0.08989) < 0.003);
  assert.ok(Math.abs(share(4) - 0.00018) < 0.0002);
  const large = sorted.filter((size) => size >= 15);
  assert.ok(Math.abs(large.length / sorted.length - (1 - 0.44155)) < 0.005);
  const tail = (x: number): number => (1 + (0.348238 * x) / 214.476) ** (-1 / 0.348238);
  assertTail(large, [15, 30, 60, 120, 250, 500, 1_000, 2_000, 5_000, Infinity], (x) => {
    return x === Infinity ? 0 : tail(x) / tail(15);
  });
});

test('sizes: ETC keys have the median of their extreme-value distribution', () => {
  const sorted = draws(new EtcKeySize(), 50_001);
  const median = 30.7984 + (8.20449 * (Math.LN2 ** -0.078688 - 1)) / 0.078688;
  assert.ok(Math.abs(sorted[25_000]! - median) <= 1);
  assert.ok(sorted[0]! >= 1 && sorted.at(-1)! <= 250);
});

test('sizes: parameters out of range are refused', () => {
  assert.throws(() => new ConstantSize(-1), WorkloadError);
  assert.throws(() => new ConstantSize(1.5), WorkloadError);
  assert.throws(() => new UniformSize({ bytesMin: 8, bytesMax: 7 }), {
    message: 'bytesMax is 7; expected a whole number of bytes, 8 or more',
  });
  assert.throws(() => new ParetoSize({ location: 0, scale: 0, shape: 1, bytesMax: 10 }), WorkloadError);
  assert.throws(() => new ParetoSize({ location: 0, scale: 1, shape: -1, bytesMax: 10 }), WorkloadError);
  assert.throws(() => new EtcValueSize(14), WorkloadError);
  assert.throws(() => new EmpiricalSize([]), WorkloadError);
});
