/** The thread that a failing run is made smaller in. */
import { type RunPlan, shrinkRun, type ShrunkRun } from '@ballast/rack';
import { runTask } from '../background/task.ts';

export interface ShrinkTask {
  readonly plan: RunPlan;
  readonly runsMax: number;
}

/** How far it has come. */
export interface ShrinkReport {
  readonly runs: number;
  /** The smallest so far. */
  readonly plan: RunPlan;
}

runTask(({ plan, runsMax }: ShrinkTask, onProgress: (report: ShrinkReport) => void): ShrunkRun | null =>
  shrinkRun({
    plan,
    runsMax,
    onProgress,
  }),
);
