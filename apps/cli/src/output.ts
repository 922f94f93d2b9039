import type { ExitCode } from './terminal/exit-codes.ts';
import { ProgressBar, type ProgressState } from './terminal/progress-bar.ts';

/** Where a command writes. Tests hand in their own. */
export interface Output {
  /** The result, to stdout: a text, or the one JSON document. */
  readonly print: (text: string) => void;
  /** What is going on and what went wrong, to stderr. */
  readonly note: (text: string) => void;
  /** How far long work has come: a bar on a terminal, else a line now and then. */
  readonly progress: (progress: ProgressState) => void;
}

/** Runs a command's work on the streams of this process. Whatever becomes of it, no bar is left behind. */
export async function withProcessOutput(work: (output: Output) => Promise<ExitCode>): Promise<void> {
  let bar: ProgressBar | null = null;
  const endBar = (): void => {
    bar?.end();
    bar = null;
  };
  const writeTo = (stream: NodeJS.WriteStream) => (text: string) => {
    endBar();
    stream.write(`${text}\n`);
  };
  const progress = (state: ProgressState): void => {
    bar ??= new ProgressBar(process.stderr, process.env);
    bar.update(state);
  };
  try {
    process.exitCode = await work({
      print: writeTo(process.stdout),
      note: writeTo(process.stderr),
      progress,
    });
  } finally {
    endBar();
  }
}
