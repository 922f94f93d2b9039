/** What a bench file exports: `export default [{ name, unit, run }, …]`. Rooms need not import this type. */
export interface Benchmark {
  /** Unique in the workspace, the room or system first: 'js.pegasus', 'sim.events'. */
  readonly name: string;
  /** Of the number that `run` returns: 'ns/packet', 'events/s'. */
  readonly unit: string;
  /** What the number is to be read against, if anything: 'hand-written parse + lookup + rewrite: 15-30'. */
  readonly peer?: string;
  /** Measures once and returns the result. Does its own set-up, and enough work to dwarf a clock read. */
  readonly run: () => number | Promise<number>;
}

/** A benchmark and the file that it came from, relative to the workspace. */
export interface LocatedBenchmark extends Benchmark {
  readonly file: string;
}

/** The benchmarks of a bench file's default export. Throws a sentence that names the file if it has none. */
export function benchmarksOf(exported: unknown, file: string): LocatedBenchmark[] {
  if (!Array.isArray(exported) || exported.length === 0) {
    throw new TypeError(`${file}: export default [{ name, unit, run }, …]`);
  }
  return exported.map((entry: unknown, index) => {
    if (!isBenchmark(entry)) {
      throw new TypeError(`${file}: entry ${index} needs a name, a unit and a run function, perhaps a peer`);
    }
    return { ...entry, file };
  });
}

function isBenchmark(entry: unknown): entry is Benchmark {
  if (typeof entry !== 'object' || entry === null) return false;
  const { name, unit, peer, run } = entry as Partial<Record<keyof Benchmark, unknown>>;
  return (
    typeof name === 'string' &&
    typeof unit === 'string' &&
    typeof run === 'function' &&
    (peer === undefined || typeof peer === 'string')
  );
}
