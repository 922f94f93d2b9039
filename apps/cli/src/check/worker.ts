/** The thread that a history is judged in. */
import { checkLinearizable, parseHistory, type Verdict } from '@ballast/checkers';
import { seconds } from '@ballast/base';
import { runTask } from '../background/task.ts';
import { linesOfFile } from '../history-file.ts';

export interface CheckTask {
  readonly path: string;
  /** Gives up after so long; null: only when a key takes too many steps. */
  readonly secondsMax: number | null;
}

export interface CheckProgress {
  /** Operations read so far. */
  readonly operations: number;
}

const OPERATIONS_PER_REPORT = 100_000;

runTask(({ path, secondsMax }: CheckTask, onProgress: (progress: CheckProgress) => void): Verdict => {
  const startedMs = performance.now();
  const elapsedNs = (): number => (performance.now() - startedMs) * 1e6;
  const history = counted(parseHistory(linesOfFile(path)), (operations) => onProgress({ operations }));
  return checkLinearizable(
    history,
    secondsMax === null ? {} : { elapsedNs, elapsedNsMax: seconds(secondsMax) },
  );
});

function* counted<T>(items: Iterable<T>, onCount: (count: number) => void): Generator<T, void, undefined> {
  let count = 0;
  for (const item of items) {
    if (++count % OPERATIONS_PER_REPORT === 0) onCount(count);
    yield item;
  }
}
