/** Points of a figure, measured one by one. Whoever has several threads gives each some of the points. */
import { checkLinearizable, type Operation } from '@ballast/checkers';
import type { Experiment, Judgement, Point, PointResult, Row } from './experiment.ts';
import { InterruptedError } from './experiment.ts';
import type { Parameters, ParameterSpecs } from './parameters.ts';

/** What is wanted of a run beside its rows. */
export interface RunOptions {
  /** How much is done, of how much, and what is going on. */
  readonly progress: (done: number, total: number, what: string) => void;
  /** Set when somebody wants the histories: takes each point's, with its name. */
  readonly history: ((run: string, operations: Iterable<Operation>) => void) | null;
  /** Judge every point by its history. */
  readonly check: boolean;
  /** True once the user wants to stop; InterruptedError is thrown soon after. */
  readonly isInterrupted: () => boolean;
}

export interface ExperimentResult {
  readonly rows: readonly Row[];
  /** Of the points that were checked. */
  readonly judgements: readonly Judgement[];
}

/**
 * The points of a figure. A name that comes again, as of a parameter given twice, gets a number: '-2'.
 *
 * @throws ParameterError where values contradict each other
 */
export function pointsOf<S extends ParameterSpecs>(
  experiment: Experiment<S>,
  parameters: Parameters<S>,
): readonly Point[] {
  const times = new Map<string, number>();
  return experiment.points(parameters).map((point) => {
    const time = (times.get(point.name) ?? 0) + 1;
    times.set(point.name, time);
    return time === 1 ? point : { ...point, name: `${point.name}-${time}` };
  });
}

/** Measures one point. Progress is in its own work. */
export function runPoint(point: Point, { progress, history, check, isInterrupted }: RunOptions): PointResult {
  const { name, label, work, losesWrites = false } = point;
  const report = (share: number): void => {
    if (isInterrupted()) throw new InterruptedError();
    progress(Math.min(1, share) * work, work, label);
  };
  report(0);
  const { rows, rack } = point.measure({ progress: report, keepsHistory: check || history !== null });
  let judgement: Judgement | null = null;
  if (rack.history !== null) {
    rack.stopLoad();
    rack.history.finish();
    history?.(name, rack.history.operations());
    if (check && !losesWrites)
      judgement = { run: name, verdict: checkLinearizable(rack.history.operations()) };
  }
  report(1);
  return { rows, judgement };
}

/** Measures every point of a figure in this thread. Takes minutes. */
export function runExperiment<S extends ParameterSpecs>(
  experiment: Experiment<S>,
  parameters: Parameters<S>,
  options: RunOptions,
): ExperimentResult {
  const points = pointsOf(experiment, parameters);
  const total = totalWork(points);
  let finished = 0;
  const results = points.map((point) => {
    const progress = (done: number, _: number, what: string): void =>
      options.progress(finished + done, total, what);
    const result = runPoint(point, { ...options, progress });
    finished += point.work;
    return result;
  });
  return gather(results);
}

/** One result of the results of points, in their order. */
export function gather(results: readonly PointResult[]): ExperimentResult {
  return {
    rows: results.flatMap(({ rows }) => rows),
    judgements: results.flatMap(({ judgement }) => (judgement === null ? [] : [judgement])),
  };
}

/** In simulated requests. */
export function totalWork(points: readonly Point[]): number {
  return points.reduce((sum, { work }) => sum + work, 0);
}
