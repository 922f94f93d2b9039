import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { test } from 'node:test';
import { formatNanos, type Nanos, type Prng } from '@ballast/base';
import { Kernel, type KernelOptions } from '../src/index.ts';

const SEEDS_DEFAULT = 8;

export interface SimTestOptions {
  /** For the kernel of each run, besides its seed. The trace is strict unless this says otherwise. */
  readonly kernel?: Omit<KernelOptions, 'seed'>;
  /**
   * JSON file of seeds that once failed: `{ "name of the test": [17, 4711] }`. They always run.
   *
   * `new URL('./seeds.json', import.meta.url)`, checked in beside the test.
   */
  readonly seedsFile?: URL;
}

/** One run of a simulated test. Everything in it follows from the seed. */
export class SimRun {
  readonly seed: number;
  readonly kernel: Kernel;
  /** For the parameters of the test: how many servers, how much loss. */
  readonly prng: Prng;
  readonly #notes: string[] = [];

  constructor(seed: number, options: Omit<KernelOptions, 'seed'> = {}) {
    this.seed = seed;
    this.kernel = new Kernel({ isStrict: true, ...options, seed });
    this.prng = this.kernel.stream('test');
  }

  /** Remembers a line, such as a parameter or a fault schedule, that a failure prints. */
  note(line: string): void {
    this.#notes.push(line);
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  /** Lets time pass. */
  runFor(durationNs: Nanos): void {
    this.kernel.runUntil(this.kernel.now + durationNs);
  }

  /** Runs until the condition holds. Liveness: fails when it does not within that time. */
  runUntil(condition: () => boolean, limit: { within: Nanos }): void {
    const fromNs = this.kernel.now;
    if (this.kernel.runWhile(() => !condition(), fromNs + limit.within)) return;
    const why = this.kernel.nextEventNs === Infinity ? 'nothing more will happen' : 'time is up';
    const span = `from ${formatNanos(fromNs)} to ${formatNanos(this.kernel.now)}`;
    assert.fail(`the condition did not come true ${span} (within ${formatNanos(limit.within)}): ${why}`);
  }

  /** Every frame has been released: nobody lost one. Call it when everything is idle. */
  assertFramesReleased(): void {
    assert.equal(this.kernel.pool.inUse, 0, 'frames in use when everything is idle');
  }
}

/**
 * A test over seeds: `body` runs once for each, with a kernel of its own.
 *
 * Seeds are 1 to 8 and those of the seeds file; BALLAST_SEEDS=n makes it n seeds, from BALLAST_SEED_FIRST on
 * (a nightly run sets a random one), BALLAST_SEED=n that one alone. The first seed runs twice and must give
 * the same trace hash. A failure prints its seed and the command that replays it. The body is synchronous:
 * a simulation waits for nothing.
 */
export function simTest(name: string, body: (sim: SimRun) => void, options: SimTestOptions = {}): void {
  test(name, () =>
    checkSeeds(name, body, { seeds: seedsOf(name, options.seedsFile), kernel: options.kernel ?? {} }),
  );
}

/** What `simTest` runs. Throws at the first seed that fails; the failure is the error's cause. */
export function checkSeeds(
  name: string,
  body: (sim: SimRun) => void,
  options: { seeds: readonly number[]; kernel?: Omit<KernelOptions, 'seed'> },
): void {
  options.seeds.forEach((seed, index) => {
    const sim = runSeed(name, body, seed, options.kernel);
    if (index > 0) return;
    const again = runSeed(name, body, seed, options.kernel);
    if (again.kernel.traceHash === sim.kernel.traceHash) return;
    throw new Error(
      explain(name, again, `two runs differ: ${sim.kernel.traceHash} and ${again.kernel.traceHash}`),
    );
  });
}

function runSeed(
  name: string,
  body: (sim: SimRun) => void,
  seed: number,
  kernel?: Omit<KernelOptions, 'seed'>,
): SimRun {
  const sim = new SimRun(seed, kernel);
  try {
    body(sim);
  } catch (cause) {
    throw new Error(explain(name, sim, cause instanceof Error ? cause.message : String(cause)), { cause });
  }
  return sim;
}

/** What failed, with which seed, on which commit, and how to see it again. */
function explain(name: string, sim: SimRun, reason: string): string {
  const { kernel, notes, seed } = sim;
  const pattern = `^${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
  const file = relative(process.cwd(), process.argv[1] ?? '');
  const when = `at ${formatNanos(kernel.now)}, event ${kernel.events}, trace ${kernel.traceHash}`;
  const command = `node --test --test-name-pattern=${shellQuoted(pattern)} ${shellQuoted(file)}`;
  return [
    `seed ${seed}: ${reason}`,
    `${when}, commit ${commit()}`,
    ...notes,
    `replay: BALLAST_SEED=${seed} ${command}`,
  ].join('\n');
}

function seedsOf(name: string, seedsFile: URL | undefined): number[] {
  const only = process.env['BALLAST_SEED'];
  if (only !== undefined) return [wholeNumber('BALLAST_SEED', only)];
  const count = wholeNumber('BALLAST_SEEDS', process.env['BALLAST_SEEDS'] ?? String(SEEDS_DEFAULT));
  assert.ok(count > 0, 'BALLAST_SEEDS is 1 or more');
  const first = wholeNumber('BALLAST_SEED_FIRST', process.env['BALLAST_SEED_FIRST'] ?? '1');
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  if (seedsFile === undefined) return seeds;
  const known = JSON.parse(readFileSync(seedsFile, 'utf8')) as Record<string, number[] | undefined>;
  return [...new Set([...(known[name] ?? []), ...seeds])];
}

function wholeNumber(variable: string, text: string): number {
  const value = Number(text);
  assert.ok(
    Number.isSafeInteger(value) && value >= 0,
    `${variable} is a whole number, not ${JSON.stringify(text)}`,
  );
  return value;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown'; // An exported tree, or no git here.
  }
}

function shellQuoted(text: string): string {
  return /^[\w./=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
