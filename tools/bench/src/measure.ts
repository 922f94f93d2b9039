import type { Benchmark } from './benchmark.ts';

/** One row of the report. The spread says how far to trust the median. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
  readonly peer?: string;
}

/** Runs that are thrown away, so that the measured ones find compiled code and warm caches. */
export const WARM_UP_RUNS = 2;
export const RUNS_MIN = 5;

/** Warms up, measures `runs` times and sums up. Refuses a result that is not a positive number. */
export async function measure(benchmark: Benchmark, runs: number): Promise<Measurement> {
  const results: number[] = [];
  for (let i = -WARM_UP_RUNS; i < runs; i++) {
    const result = await benchmark.run();
    if (!Number.isFinite(result) || result <= 0) {
      throw new RangeError(`${benchmark.name}: run returned ${result}, not a positive number`);
    }
    if (i >= 0) results.push(result);
  }
  const { name, unit, peer } = benchmark;
  const sorted = results.toSorted((a, b) => a - b);
  return {
    name,
    unit,
    median: median(sorted),
    min: sorted[0]!,
    max: sorted.at(-1)!,
    runs,
    ...(peer === undefined ? {} : { peer }),
  };
}

/** Precondition: sorted, not empty. */
function median(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
