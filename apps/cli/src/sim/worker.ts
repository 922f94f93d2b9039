/** A thread that random runs happen in. */
import type { Verdict } from '@ballast/checkers';
import {
  type FaultLevel,
  planOf,
  type RandomRunResult,
  type RunDurability,
  type RunPlan,
  runPlan,
  type System,
} from '@ballast/rack';
import { runTask } from '../background/task.ts';
import { HistoryFile } from '../history-file.ts';
import type { Fixed } from './shape-flags.ts';

export interface SimTask {
  readonly firstSeed: number;
  readonly lastSeed: number;
  /** Between two seeds of this thread; others have those between. */
  readonly stride: number;
  readonly system: System;
  readonly faults: FaultLevel;
  /** Null: drawn from the seed. */
  readonly durability: RunDurability | null;
  /** In place of what the seeds draw. */
  readonly fixed: Fixed;
  /** Runs this instead of what the seeds mean. */
  readonly plan: RunPlan | null;
  /** Each seed once more, to see whether its trace is the same. */
  readonly isTwice: boolean;
  readonly historyPath: string | null;
}

/** What one seed gave. */
export interface SeedRun {
  readonly plan: RunPlan;
  /** Null: it broke an invariant, and did not come to its end. */
  readonly result: SeedResult | null;
  /** Of the broken invariant. */
  readonly error: string | null;
}

export interface SeedResult {
  readonly operations: number;
  readonly events: number;
  readonly promotions: number;
  readonly demotions: number;
  readonly rangesMoved: number;
  /** Every operation ended and every transition was over in time after the faults stopped. */
  readonly cameToRest: boolean;
  /** Frames that nobody released; 0 in a sound run. */
  readonly framesInUse: number;
  readonly traceHash: string;
  /** Of the second run; null when there was none. */
  readonly secondTraceHash: string | null;
  readonly verdict: Verdict;
}

runTask((task: SimTask, onRun: (run: SeedRun) => void): null => {
  const file = task.historyPath === null ? null : new HistoryFile(task.historyPath);
  try {
    for (let seed = task.firstSeed; seed <= task.lastSeed; seed += task.stride) {
      onRun(runSeed(task.plan ?? drawPlan(seed, task), task, file));
    }
    return null;
  } finally {
    file?.close();
  }
});

function drawPlan(seed: number, { system, faults, durability, fixed }: SimTask): RunPlan {
  const { shape, durationNs } = fixed;
  const given = {
    ...(durability === null ? {} : { durability }),
    ...(durationNs === null ? {} : { durationNs }),
  };
  return planOf({ seed, system, faults, shape, ...given });
}

function runSeed(plan: RunPlan, { isTwice }: SimTask, file: HistoryFile | null): SeedRun {
  let run: RandomRunResult;
  let secondTraceHash: string | null;
  try {
    run = runPlan(plan);
    secondTraceHash = isTwice ? runPlan(plan).traceHash : null;
  } catch (error) {
    // A bug, and found in what this command is for: the seed says so, and the next one has its turn.
    return { plan, result: null, error: error instanceof Error ? error.message : String(error) };
  }
  file?.append(`seed-${plan.seed}`, run.operations);
  const { operationCount: operations, events, promotions, demotions } = run;
  const { cameToRest, framesInUse, traceHash, verdict } = run;
  const counts = { operations, events, promotions, demotions, rangesMoved: run.counters.rangesMoved };
  const result = { ...counts, cameToRest, framesInUse, traceHash, secondTraceHash, verdict };
  return { plan, result, error: null };
}
