/** Figures measured by a pool of threads: estimates before, one progress for all, results in order. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Experiment,
  type ExperimentResult,
  gather,
  parseParameters,
  type Point,
  type PointResult,
  pointsOf,
  totalWork,
} from '@ballast/experiments';
import { interruptible } from '../background/interruption.ts';
import { ThreadPool } from '../background/thread-pool.ts';
import type { Output } from '../output.ts';
import { estimateText, secondsFor } from './estimate.ts';
import type { ExperimentTask, PointTask } from './worker.ts';

/** A figure and what is given for it, as text by flag. */
export interface FigureRun {
  readonly experiment: Experiment;
  readonly given: Readonly<Record<string, string>>;
}

export interface MeasureOptions {
  /** Threads at most. */
  readonly jobs: number;
  readonly check: boolean;
  /** File for the histories; null: none. */
  readonly history: string | null;
}

interface Job {
  readonly point: Point;
  readonly figure: FigureRun;
  readonly index: number;
}

/**
 * Measures figures, all their points on one pool of threads.
 *
 * @returns one result for each figure
 * @throws ParameterError, TaskRefused, Interruption, errors of the operating system
 */
export async function measureFigures(
  figures: readonly FigureRun[],
  options: MeasureOptions,
  output: Pick<Output, 'note' | 'progress'>,
): Promise<ExperimentResult[]> {
  const jobs = figures.flatMap(jobsOf);
  // Whoever gets the file is told early when there can be none.
  if (options.history !== null) writeFileSync(options.history, '');
  const parts = options.history === null ? null : mkdtempSync(join(tmpdir(), 'ballast-history-'));
  try {
    const results = await interruptible((signal) =>
      runJobs(figures, jobs, { ...options, parts, signal }, output),
    );
    if (options.history !== null && parts !== null) joinParts(parts, jobs.length, options.history);
    return figures.map((figure) => gather(results.filter((_, i) => jobs[i]?.figure === figure)));
  } finally {
    if (parts !== null) rmSync(parts, { recursive: true });
  }
}

function jobsOf(figure: FigureRun): Job[] {
  const { experiment, given } = figure;
  const points = pointsOf(experiment, parseParameters(experiment.parameters, given));
  return points.map((point, index) => ({ point, figure, index }));
}

async function runJobs(
  figures: readonly FigureRun[],
  jobs: readonly Job[],
  options: MeasureOptions & { readonly parts: string | null; readonly signal: AbortSignal },
  output: Pick<Output, 'note' | 'progress'>,
): Promise<PointResult[]> {
  const { signal } = options;
  const threads = Math.max(1, Math.min(options.jobs, jobs.length));
  const pool = new ThreadPool({ script: new URL('./worker.ts', import.meta.url), threads, signal });
  try {
    const calibrations = Array.from({ length: threads }, (): ExperimentTask => ({ kind: 'calibrate' }));
    const speeds = await pool.run<number>(calibrations, () => undefined);
    noteEstimates(figures, jobs, speeds, output.note);
    const isOne = figures.length === 1;
    const total = totalWork(jobs.map(({ point }) => point));
    const shares = new Float64Array(jobs.length);
    const tasks = jobs.map((job, i) => taskOf(job, i, isOne, options));
    return await pool.run<PointResult>(tasks, (i, share) => {
      const { point, figure } = jobs[i]!;
      shares[i] = share;
      const done = jobs.reduce((sum, job, j) => sum + job.point.work * shares[j]!, 0);
      const what = isOne ? point.label : `${figure.experiment.name}: ${point.label}`;
      output.progress({ done, total, what });
    });
  } finally {
    await pool.close();
  }
}

function taskOf(
  { figure, index }: Job,
  part: number,
  isOne: boolean,
  { check, parts }: { readonly check: boolean; readonly parts: string | null },
): PointTask {
  const { name } = figure.experiment;
  const history = parts === null ? null : { path: partPath(parts, part), prefix: isOne ? '' : `${name}/` };
  return { kind: 'point', experiment: name, given: figure.given, index, check, history };
}

function noteEstimates(
  figures: readonly FigureRun[],
  jobs: readonly Job[],
  speeds: readonly number[],
  note: (text: string) => void,
): void {
  const estimate = (of: readonly Job[]): string =>
    estimateText(
      secondsFor(
        of.map(({ point }) => point.work),
        speeds,
      ),
    );
  const on = `on ${speeds.length === 1 ? 'one thread' : `${speeds.length} threads`}`;
  for (const figure of figures) {
    const own = jobs.filter((job) => job.figure === figure);
    const points = own.length === 1 ? 'one point' : `${own.length} points`;
    note(`${figure.experiment.name}: ${points} ${on}, ${estimate(own)}`);
  }
  if (figures.length > 1) note(`in all ${estimate(jobs)}`);
}

function partPath(folder: string, part: number): string {
  return join(folder, `${part}.jsonl`);
}

/** In the order of the points, whichever was done first. */
function joinParts(folder: string, count: number, path: string): void {
  for (let part = 0; part < count; part++) appendFileSync(path, readFileSync(partPath(folder, part)));
}
