import type { Verdict } from '@ballast/checkers';
import { runInBackground } from '../background/background.ts';
import { interruptible } from '../background/interruption.ts';
import type { Output } from '../output.ts';
import type { ExitCode } from '../terminal/exit-codes.ts';
import { verdictExit, verdictText } from '../verdict.ts';
import type { ProgressState } from '../terminal/progress-bar.ts';
import type { CheckTask } from './worker.ts';

/**
 * Judges a history in a file, in a thread of its own.
 *
 * @returns the exit code
 * @throws TaskRefused: a bad line, a file that cannot be read; Interruption
 */
export async function runCheck(
  task: CheckTask,
  { json }: { json: boolean },
  output: Output,
): Promise<ExitCode> {
  const script = new URL('./worker.ts', import.meta.url);
  const verdict = await interruptible((signal) =>
    runInBackground<ProgressState, Verdict>({ script, input: task, onProgress: output.progress, signal }),
  );
  output.print(json ? JSON.stringify(verdict, null, 2) : verdictText(verdict));
  return verdictExit([verdict.verdict]);
}
