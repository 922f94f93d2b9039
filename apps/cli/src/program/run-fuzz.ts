import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInBackground } from '../background/background.ts';
import { interruptible } from '../background/interruption.ts';
import type { Output } from '../output.ts';
import type { ProgressState } from '../terminal/progress-bar.ts';
import { ExitCode } from '../terminal/exit-codes.ts';
import type { DivergenceFiles, FuzzOutcome, FuzzTask } from './worker.ts';

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

/** Each with its packets as a capture and in words; returns the paths. */
function writeDivergences(out: string, divergences: readonly DivergenceFiles[]): string[] {
  if (divergences.length === 0) return [];
  const folder = join(out, 'program-fuzz');
  mkdirSync(folder, { recursive: true });
  return divergences.flatMap(({ caseSeed, pcap, text }) => {
    const path = join(folder, `divergence-${caseSeed}`);
    writeFileSync(`${path}.pcap`, pcap);
    writeFileSync(`${path}.txt`, text);
    return [`${path}.pcap`, `${path}.txt`];
  });
}
