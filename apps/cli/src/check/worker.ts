/** The thread that a history is judged in. */
import { checkLinearizable, parseHistory, type Verdict } from '@ballast/checkers';
import { seconds } from '@ballast/base';
import { runTask } from '../background/task.ts';
import type { ProgressState } from '../terminal/progress-bar.ts';
import { formatCount } from '../terminal/units.ts';
import { LineFile } from './line-file.ts';

export interface CheckTask {
  readonly path: string;
  /** Gives up after so long; null: only when a key takes too many steps. */
  readonly secondsMax: number | null;
}

const OPERATIONS_PER_REPORT = 100_000;

runTask(({ path, secondsMax }: CheckTask, onProgress: (progress: ProgressState) => void): Verdict => {
  const startedMs = performance.now();
  const elapsedNs = (): number => (performance.now() - startedMs) * 1e6;
  const file = new LineFile(path);
  try {
    const history = counted(parseHistory(file.lines()), (operations) => {
      const what = `${formatCount(operations)} operations read`;
      onProgress({ done: file.bytesRead, total: file.bytes, what });
    });
    const limit = secondsMax === null ? {} : { elapsedNs, elapsedNsMax: seconds(secondsMax) };
    return checkLinearizable(history, limit);
  } catch (error) {
    // Reading a folder fails without its name.
    if (error instanceof Error && 'syscall' in error) Object.assign(error, { path });
    throw error;
  } finally {
    file.close();
  }
});

/** The same items; every so many, their number. */
function* counted<T>(items: Iterable<T>, onCount: (count: number) => void): Generator<T, void, undefined> {
  let count = 0;
  for (const item of items) {
    if (++count % OPERATIONS_PER_REPORT === 0) onCount(count);
    yield item;
  }
}
