import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { Histogram, type HistogramOptions } from './histogram.ts';
import { WorkloadError } from './workload-error.ts';

const PERCENTILES = [0, 0.01, 1, 10, 25, 50, 75, 90, 99, 99.9, 99.99, 100];

/** The least value that at least `percentile` % of the sorted ones do not exceed. */
function exactPercentile(sorted: Float64Array, percentile: number): number {
  const rank = Math.max(1, Math.ceil(Number(((percentile / 100) * sorted.length).toFixed(9))));
  return sorted[rank - 1]!;
}

function filled(values: Iterable<number>, options?: HistogramOptions): Histogram {
  const histogram = new Histogram(options);
  for (const value of values) histogram.record(value);
  return histogram;
}

const SAMPLERS: { name: string; draw: (prng: Prng) => number }[] = [
  { name: 'small integers', draw: (prng) => prng.below(100) },
  { name: 'exponential latencies', draw: (prng) => Math.floor(prng.exponential(50_000)) },
  { name: 'every magnitude', draw: (prng) => Math.floor(2 ** (prng.unit() * 41)) },
  { name: 'beyond 32 bits', draw: (prng) => 2 ** 32 - 50 + prng.below(100) },
  { name: 'few different values', draw: (prng) => 10 ** prng.below(12) },
];

for (const { name, draw } of SAMPLERS) {
  for (const digits of [1, 2, 3, 4, 5]) {
    test(`histogram: ${name}, ${digits} digits: percentiles are within the bound of sorted values`, () => {
      const prng = new Prng(digits * 1_000 + name.length);
      for (const count of [1, 2, 100, 5_000]) {
        const values = Float64Array.from({ length: count }, () => draw(prng));
        const histogram = filled(values, { digits });
        const sorted = values.sort();
        for (const percentile of PERCENTILES) {
          const exact = exactPercentile(sorted, percentile);
          const answer = histogram.percentile(percentile);
          assert.ok(answer >= exact, `p${percentile}: ${answer} is below ${exact}`);
          assert.ok(answer <= exact * (1 + 10 ** -digits), `p${percentile}: ${answer} is far above ${exact}`);
        }
        assert.equal(histogram.max, sorted.at(-1));
        assert.equal(histogram.min, sorted[0]);
        assert.equal(histogram.count, count);
        const mean = values.reduce((a, b) => a + b, 0) / count;
        assert.ok(Math.abs(histogram.mean - mean) <= 1e-12 * mean);
      }
    });
  }
}

test('histogram: a coarser unit adds at most itself to the error', () => {
  const prng = new Prng(4);
  const values = Float64Array.from({ length: 3_000 }, () => Math.floor(prng.exponential(100_000)));
  const histogram = filled(values, { unit: 1_000, digits: 2 });
  assert.equal(histogram.unit, 512);
  const sorted = values.sort();
  for (const percentile of PERCENTILES) {
    const exact = exactPercentile(sorted, percentile);
    const answer = histogram.percentile(percentile);
    assert.ok(answer >= exact && answer <= exact * 1.01 + 512, `p${percentile}: ${answer} for ${exact}`);
  }
});

test('histogram: small values are exact', () => {
  const histogram = filled([0, 1, 2, 3, 1_999]);
  assert.deepEqual(
    [20, 40, 60, 80, 100].map((p) => histogram.percentile(p)),
    [0, 1, 2, 3, 1_999],
  );
});

test('histogram: 99.9 % of a thousand values is the 999th', () => {
  const histogram = filled(Array.from({ length: 1_000 }, (_, i) => i + 1));
  assert.equal(histogram.percentile(99.9), 999);
});

test('histogram: empty answers 0 everywhere', () => {
  const histogram = new Histogram();
  assert.deepEqual(
    [histogram.count, histogram.min, histogram.max, histogram.mean, histogram.percentile(99)],
    [0, 0, 0, 0, 0],
  );
  assert.deepEqual(histogram.percentileRows(), []);
});

test('histogram: merging is recording everything in one', () => {
  const prng = new Prng(6);
  const parts = [0, 1, 2].map(() => Array.from({ length: 500 }, () => Math.floor(prng.exponential(1e6))));
  const merged = new Histogram();
  for (const part of parts) merged.merge(filled(part));
  merged.merge(new Histogram());
  const whole = filled(parts.flat());
  assert.deepEqual(merged.percentileRows(), whole.percentileRows());
  assert.deepEqual([merged.count, merged.min, merged.max], [whole.count, whole.min, whole.max]);
  assert.ok(Math.abs(merged.mean - whole.mean) < 1e-6);
  const clipping = filled([5e12]);
  clipping.merge(filled([6e12]));
  assert.equal(clipping.clipped, 2);
  assert.throws(() => merged.merge(new Histogram({ digits: 2 })), /one unit, range and number of digits/);
});

test('histogram: values above the range count as its highest, and max and mean stay exact', () => {
  const histogram = filled([10, 2_000_000, 3_000_000], { highest: 1_000_000 });
  assert.equal(histogram.clipped, 2);
  assert.equal(histogram.percentile(60), 1_000_000);
  assert.equal(histogram.max, 3_000_000);
  assert.equal(histogram.percentile(100), 3_000_000);
  assert.equal(histogram.mean, (10 + 5_000_000) / 3);
});

test('histogram: the correction adds the requests that a wait kept from being made', () => {
  const histogram = new Histogram();
  histogram.recordCorrected(1_000, 100);
  const corrected = filled([1_000, 900, 800, 700, 600, 500, 400, 300, 200, 100]);
  assert.deepEqual(histogram.percentileRows(), corrected.percentileRows());

  const unneeded = new Histogram();
  unneeded.recordCorrected(150, 100);
  assert.equal(unneeded.count, 1);
});

test('histogram: the correction finds the stall that a closed loop hides', () => {
  // Tene's example: a user is answered in 1 ms, every 1 ms, for 100 s; then the service stalls for 100 s.
  const naive = new Histogram();
  const corrected = new Histogram();
  for (let i = 0; i < 100_000; i++) {
    naive.record(1e6);
    corrected.recordCorrected(1e6, 1e6);
  }
  naive.record(1e11);
  corrected.recordCorrected(1e11, 1e6);
  assert.ok(naive.percentile(99.9) < 1.01e6);
  assert.ok(Math.abs(corrected.percentile(75) / 5e10 - 1) < 0.01);
});

test('histogram: percentile rows rise to 100 and agree with percentile()', () => {
  const prng = new Prng(8);
  const histogram = filled(Array.from({ length: 10_000 }, () => Math.floor(prng.exponential(1e5))));
  for (const rowsPerHalving of [1, 5]) {
    const rows = histogram.percentileRows(rowsPerHalving);
    rows.forEach((row, i) => {
      assert.equal(row.value, histogram.percentile(row.percentile));
      assert.ok(i === 0 || row.percentile > rows[i - 1]!.percentile);
      assert.ok(row.count >= (row.percentile / 100) * 10_000 - 1e-6);
    });
    assert.deepEqual(rows.at(-1), { percentile: 100, value: histogram.max, count: 10_000 });
    assert.ok(rows.some((row) => row.percentile === 93.75));
  }
  assert.deepEqual(
    histogram
      .percentileRows(1)
      .slice(0, 4)
      .map((row) => row.percentile),
    [0, 50, 75, 87.5],
  );
});

test('histogram: reset forgets everything', () => {
  const histogram = filled([5, 1e14]);
  histogram.reset();
  assert.deepEqual(
    [histogram.count, histogram.max, histogram.clipped, histogram.percentile(100)],
    [0, 0, 0, 0],
  );
  histogram.record(7);
  assert.deepEqual([histogram.min, histogram.max, histogram.percentile(50)], [7, 7, 7]);
});

test('histogram: a value that is no latency is a bug, options out of range are refused', () => {
  const histogram = new Histogram();
  assert.throws(() => histogram.record(-1), /0 or more/);
  assert.throws(() => histogram.record(NaN), /0 or more/);
  assert.throws(() => histogram.percentile(101), /0 to 100/);
  assert.throws(() => histogram.recordCorrected(1, 0), /more than 0/);
  for (const options of [{ digits: 0 }, { digits: 6 }, { digits: 2.5 }, { highest: 1 }, { unit: 0 }]) {
    assert.throws(() => new Histogram(options), WorkloadError);
  }
});
