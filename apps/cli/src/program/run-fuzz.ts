import { MUTANTS } from '@ballast/pipeline';
import { runInBackground } from '../background/background.ts';
import { interruptible } from '../background/interruption.ts';
import type { Output } from '../output.ts';
import type { ProgressState } from '../terminal/progress-bar.ts';
import { ExitCode } from '../terminal/exit-codes.ts';
import { UsageError } from '../terminal/failure.ts';
import { writeDivergences } from './divergence-files.ts';
import type { FuzzOutcome, FuzzTask } from './worker.ts';

/** Names of the bugs to plant: every one, or the one asked for. @throws UsageError */
export function plantedBugs(which: string | true): string[] {
  const names = MUTANTS.map(({ name }) => name);
  if (which === true) return names;
  if (names.includes(which)) return [which];
  throw new UsageError(`there is no bug "${which}" to plant; there are: ${names.join(', ')}`);
}

export interface FuzzOptions {
  readonly json: boolean;
  /** Folder for what divergences leave. */
  readonly out: string;
}

/**
 * Fuzzes the targets of packet programs against each other, or hunts planted bugs, in a thread of its own.
 *
 * @returns the exit code
 * @throws Interruption, errors of the operating system
 */
export async function runFuzz(task: FuzzTask, { json, out }: FuzzOptions, output: Output): Promise<ExitCode> {
  const script = new URL('./worker.ts', import.meta.url);
  const { text, document, failures, divergences } = await interruptible((signal) =>
    runInBackground<ProgressState, FuzzOutcome>({ script, input: task, onProgress: output.progress, signal }),
  );
  output.print(json ? JSON.stringify(document, null, 2) : text.trimEnd());
  for (const path of writeDivergences(out, divergences)) output.note(`wrote ${path}`);
  return failures === 0 ? ExitCode.Ok : ExitCode.Failed;
}
