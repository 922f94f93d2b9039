/** The thread that random runs happen in. */
import type { Verdict } from '@ballast/checkers';
import { randomRun, type RunShape, type System } from '@ballast/rack';
import { runTask } from '../background/task.ts';
import { HistoryFile } from '../history-file.ts';

export interface SimTask {
  readonly firstSeed: number;
  readonly lastSeed: number;
  readonly system: System;
  /** Each seed once more, to see whether its trace is the same. */
  readonly isTwice: boolean;
  readonly historyPath: string | null;
}

/** What one seed gave. */
export interface SeedRun {
  readonly seed: number;
  readonly shape: RunShape;
  readonly operations: number;
  readonly events: number;
  readonly promotions: number;
  readonly demotions: number;
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
    for (let seed = task.firstSeed; seed <= task.lastSeed; seed++) onRun(runSeed(seed, task, file));
    return null;
  } finally {
    file?.close();
  }
});

function runSeed(seed: number, { system, isTwice }: SimTask, file: HistoryFile | null): SeedRun {
  const { operations, operationCount, ...result } = randomRun({ seed, system });
  file?.append(`seed-${seed}`, operations);
  const secondTraceHash = isTwice ? randomRun({ seed, system }).traceHash : null;
  return { seed, ...result, operations: operationCount, secondTraceHash };
}
