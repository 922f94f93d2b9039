/** A thread of the pool that measures the points of figures. */
import { performance } from 'node:perf_hooks';
import { present } from '@ballast/base';
import {
  calibrationPoint,
  experiments,
  parseParameters,
  type PointResult,
  pointsOf,
  runPoint,
  type RunOptions,
} from '@ballast/experiments';
import { serveTasks } from '../background/task.ts';
import { HistoryFile } from '../history-file.ts';

export type ExperimentTask =
  /** Asks for the speed of this thread: simulated requests a second. */
  { readonly kind: 'calibrate' } | PointTask;

/** One point of a figure. Its result is a PointResult, its progress the share that is done. */
export interface PointTask {
  readonly kind: 'point';
  /** Name of the figure. */
  readonly experiment: string;
  /** Values of parameters as text, by flag; the others have their defaults. */
  readonly given: Readonly<Record<string, string>>;
  /** Which point. */
  readonly index: number;
  readonly check: boolean;
  /** Where its history goes, and what keys begin with beside the point's name; null: nowhere. */
  readonly history: { readonly path: string; readonly prefix: string } | null;
}

const SILENT: RunOptions = {
  progress: () => undefined,
  history: null,
  check: false,
  isInterrupted: () => false,
};

serveTasks((task: ExperimentTask, onProgress: (share: number) => void): number | PointResult =>
  task.kind === 'calibrate' ? calibrate() : measure(task, onProgress),
);

/** The first run is for the compiler. */
function calibrate(): number {
  runPoint(calibrationPoint, SILENT);
  const startMs = performance.now();
  runPoint(calibrationPoint, SILENT);
  return calibrationPoint.work / ((performance.now() - startMs) / 1000);
}

function measure(task: PointTask, onProgress: (share: number) => void): PointResult {
  const { given, index, check, history } = task;
  const experiment = present(
    experiments.find(({ name }) => name === task.experiment),
    `${task.experiment} is an experiment`,
  );
  const points = pointsOf(experiment, parseParameters(experiment.parameters, given));
  const point = present(points[index], `${task.experiment} has a point ${index}`);
  const file = history === null ? null : new HistoryFile(history.path);
  const prefix = history?.prefix ?? '';
  try {
    return runPoint(point, {
      progress: (done, total) => onProgress(done / total),
      history: file === null ? null : (run, operations) => file.append(prefix + run, operations),
      check,
      isInterrupted: () => false, // The main thread ends this one instead.
    });
  } finally {
    file?.close();
  }
}
