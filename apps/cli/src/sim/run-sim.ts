/** Random racks from their seeds: what happened, and whether it was right. */
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import type { ShrunkRun } from '@ballast/rack';
import { runInBackground } from '../background/background.ts';
import { interruptible, Interruption } from '../background/interruption.ts';
import type { Output } from '../output.ts';
import { ExitCode } from '../terminal/exit-codes.ts';
import { formatTable } from '../terminal/table.ts';
import { formatCount } from '../terminal/units.ts';
import { makeWritableFolder } from '../writable-folder.ts';
import {
  type FailureKind,
  failuresOfRun,
  planText,
  seedRunDocument,
  seedRunRow,
  seedRunText,
} from './seed-run-report.ts';
import { fixedText } from './shape-flags.ts';
import type { ShrinkReport, ShrinkTask } from './shrink-worker.ts';
import { SimSummary } from './sim-summary.ts';
import type { SeedRun, SimTask } from './worker.ts';

export interface SimOptions extends Omit<SimTask, 'stride'> {
  /** Threads. A history is written by one. */
  readonly jobs: number;
  /** Where the plan of the first failing run goes once it is small; null: it stays as it is. */
  readonly shrinkFolder: string | null;
  readonly json: boolean;
  /** File that the plan was read from; null: the runs are those of the seeds. */
  readonly schedulePath: string | null;
}

/** Runs that are shown one by one; of more than these, those that failed. */
const SHOWN_MAX = 200;
/** Failing runs that are kept, the first ones. */
const FAILED_MAX = 20;
const SHRINK_RUNS_MAX = 400;

/** What is left of the runs when they are over. */
class SimRuns {
  readonly summary = new SimSummary();
  readonly #total: number;
  readonly #shown: SeedRun[] = [];
  #failed: SeedRun[] = [];

  constructor(total: number) {
    this.#total = total;
  }

  add(run: SeedRun): void {
    this.summary.add(run);
    if (this.#total <= SHOWN_MAX) this.#shown.push(run);
    if (failuresOfRun(run).length > 0) this.#failed = inOrder([...this.#failed, run]).slice(0, FAILED_MAX);
  }

  get shown(): readonly SeedRun[] {
    return this.#total <= SHOWN_MAX ? inOrder(this.#shown) : this.#failed;
  }

  /** By seed. */
  get failed(): readonly SeedRun[] {
    return this.#failed;
  }
}

/**
 * Runs every seed in threads of their own and says how each went.
 *
 * @returns the exit code; that of an interruption after a summary of what was done
 * @throws TaskRefused
 */
export async function runSim(options: SimOptions, output: Output): Promise<ExitCode> {
  const total = options.lastSeed - options.firstSeed + 1;
  const runs = new SimRuns(total);
  let isWhole =
    null !== (await untilInterrupted((signal) => runSeeds(options, { runs, total, signal }, output)));
  const [first] = runs.failed;
  let small: SmallRun | null = null;
  if (isWhole && first !== undefined && options.shrinkFolder !== null) {
    small = await shrinkFirst(first, options.shrinkFolder, output);
    isWhole = small?.isInterrupted !== true;
  }
  if (options.json) {
    output.print(JSON.stringify(documentOf(runs, { options, isWhole, small }), null, 2));
  } else if (total === 1) {
    output.print(runs.shown.map(seedRunText).join('\n'));
  } else {
    if (runs.shown.length > 0) output.print(`${formatTable(runs.shown.map(seedRunRow))}\n`);
    output.print(runs.summary.text);
  }
  if (options.historyPath !== null) output.note(`wrote ${options.historyPath}`);
  noteFailures(runs, options, output);
  if (small !== null) noteSmall(small, output);
  if (!isWhole) output.note(`interrupted after ${formatCount(runs.summary.document.seeds)} seeds`);
  return isWhole ? exitCodeOf(runs.summary) : ExitCode.Interrupted;
}

function documentOf(
  runs: SimRuns,
  {
    options,
    isWhole,
    small,
  }: { readonly options: SimOptions; readonly isWhole: boolean; readonly small: SmallRun | null },
): object {
  const { system, faults, durability, plan, fixed } = options;
  const asked = plan === null ? { faults, durability, ...fixed } : {}; // A plan says all that itself.
  return {
    ...{ system, ...asked, isComplete: isWhole, summary: runs.summary.document },
    runs: runs.shown.map(seedRunDocument),
    ...(small === null ? {} : { shrunk: small }),
  };
}

/** Null when Ctrl-C ended the work. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
  try {
    return await interruptible(work);
  } catch (error) {
    if (error instanceof Interruption) return null;
    throw error;
  }
}

async function runSeeds(
  options: SimOptions,
  { runs, total, signal }: { runs: SimRuns; total: number; signal: AbortSignal },
  output: Output,
): Promise<void> {
  const { jobs, firstSeed, lastSeed, historyPath, ...rest } = options;
  const script = new URL('./worker.ts', import.meta.url);
  const startMs = performance.now();
  let done = 0;
  const onProgress = (run: SeedRun): void => {
    runs.add(run);
    done++;
    const perSecond = done / Math.max(0.001, (performance.now() - startMs) / 1000);
    const failed = runs.summary.failed === 0 ? '' : `, ${formatCount(runs.summary.failed)} failed`;
    const what = `${formatCount(done)} of ${formatCount(total)} seeds, ${perSecond.toFixed(1)}/s${failed}`;
    if (total > 1) output.progress({ done, total, what });
  };
  const stride = historyPath === null ? Math.min(jobs, total) : 1;
  // When one thread fails, the others must not go on: whoever awaits is told at once.
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const threads = Array.from({ length: stride }, (_, thread) => {
    const input: SimTask = { ...rest, historyPath, firstSeed: firstSeed + thread, lastSeed, stride };
    return runInBackground<SeedRun, null>({ script, input, onProgress, signal: either });
  });
  try {
    await Promise.all(threads);
  } catch (error) {
    failure.abort(error);
    await Promise.allSettled(threads);
    throw error;
  }
}

interface SmallRun extends Omit<ShrunkRun, 'failure'> {
  readonly failure: FailureKind;
  readonly path: string;
  /** Ctrl-C came first: the smallest until then. */
  readonly isInterrupted: boolean;
}

/** Null when the failure went away. */
async function shrinkFirst(failed: SeedRun, folder: string, output: Output): Promise<SmallRun | null> {
  const { plan } = failed;
  makeWritableFolder(folder);
  const input: ShrinkTask = { plan, runsMax: SHRINK_RUNS_MAX };
  let last: ShrinkReport = { runs: 0, plan };
  const onProgress = (report: ShrinkReport): void => {
    last = report;
    const what = `shrinking seed ${plan.seed}: ${report.runs} runs, ${report.plan.faults.length} faults left`;
    output.progress({ done: report.runs, total: SHRINK_RUNS_MAX, what });
  };
  const ended = await untilInterrupted(async (signal) => {
    const script = new URL('./shrink-worker.ts', import.meta.url);
    const work = { script, input, onProgress, signal };
    return { shrunk: await runInBackground<ShrinkReport, ShrunkRun | null>(work) };
  });
  if (ended?.shrunk === null) {
    output.note(`seed ${plan.seed} was not made smaller: run again, it does not fail so`);
    return null;
  }
  const [{ kind: failure } = { kind: 'broken' as const }] = failuresOfRun(failed);
  const small = ended?.shrunk ?? { ...last, failure, isSmallest: false };
  const path = join(folder, `seed-${plan.seed}-${small.plan.system}.json`);
  writeFileSync(path, `${JSON.stringify(small.plan, null, 2)}\n`);
  return { ...small, path, isInterrupted: ended === null };
}

function noteFailures({ failed, summary }: SimRuns, options: SimOptions, output: Output): void {
  for (const run of failed) {
    for (const { text } of failuresOfRun(run)) output.note(`seed ${run.plan.seed}: ${text}`);
    output.note(`replay with: ${replayCommand(run.plan.seed, options)}`);
  }
  const more = summary.failed - failed.length;
  if (more > 0) output.note(`${formatCount(more)} more seeds failed; --json lists them`);
}

/** The command that runs a seed of these again. */
function replayCommand(seed: number, options: SimOptions): string {
  const { schedulePath, system, faults, durability, fixed } = options;
  if (schedulePath !== null) return `ballast sim --schedule ${schedulePath}`;
  const kept = durability === null ? '' : ` --durability ${durability}`;
  return `ballast sim --system ${system} --faults ${faults}${kept}${fixedText(fixed)} --seed ${seed}`;
}

function noteSmall(small: SmallRun, output: Output): void {
  const { plan, failure, runs, path } = small;
  output.note(`seed ${plan.seed} shrunk in ${runs} runs, still ${failure}; ${endOf(small)}:`);
  const lines = planText(plan).split('\n');
  output.note(lines.map((line) => `  ${line}`).join('\n'));
  output.note(`replay with: ballast sim --schedule ${path}`);
}

function endOf({ isInterrupted, isSmallest }: SmallRun): string {
  if (isInterrupted) return 'interrupted before it was as small as can be';
  return isSmallest ? 'nothing that was tried makes it smaller' : 'the runs for that are used up';
}

function exitCodeOf(summary: SimSummary): ExitCode {
  const { ok: _ok, unknown = 0, ...certain } = summary.document.verdicts;
  if (Object.keys(certain).length > 0) return ExitCode.Failed;
  return unknown > 0 ? ExitCode.Unknown : ExitCode.Ok;
}

function inOrder(runs: readonly SeedRun[]): SeedRun[] {
  return runs.toSorted((one, other) => one.plan.seed - other.plan.seed);
}
