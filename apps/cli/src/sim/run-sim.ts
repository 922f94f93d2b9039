/** Random racks from their seeds: what happened, and whether it was right. */
import { runInBackground } from '../background/background.ts';
import { interruptible } from '../background/interruption.ts';
import type { Output } from '../output.ts';
import { ExitCode } from '../terminal/exit-codes.ts';
import { formatTable } from '../terminal/table.ts';
import { faultsOf, seedRunRow, seedRunText } from './seed-run-report.ts';
import type { SeedRun, SimTask } from './worker.ts';

/**
 * Runs every seed in a thread of its own and says how each went.
 *
 * @returns the exit code
 * @throws TaskRefused, Interruption
 */
export async function runSim(task: SimTask, { json }: { json: boolean }, output: Output): Promise<ExitCode> {
  const { firstSeed, lastSeed, system, historyPath } = task;
  const total = lastSeed - firstSeed + 1;
  const runs: SeedRun[] = [];
  const onProgress = (run: SeedRun): void => {
    runs.push(run);
    if (total > 1) output.progress({ done: runs.length, total, what: `seed ${run.seed}` });
  };
  const script = new URL('./worker.ts', import.meta.url);
  await interruptible((signal) =>
    runInBackground<SeedRun, null>({ script, input: task, onProgress, signal }),
  );
  if (json) output.print(JSON.stringify({ system, runs: runs.map(seedRunDocument) }, null, 2));
  else output.print(total === 1 ? runs.map(seedRunText).join('') : formatTable(runs.map(seedRunRow)));
  if (historyPath !== null) output.note(`wrote ${historyPath}`);
  const failed = runs.filter((run) => faultsOf(run).length > 0);
  for (const run of failed) {
    for (const { text } of faultsOf(run)) output.note(`seed ${run.seed}: ${text}`);
    output.note(`replay with: ballast sim --system ${system} --seed ${run.seed}`);
  }
  if (failed.length === 0) return ExitCode.Ok;
  const areUnknown = failed.every((run) => faultsOf(run).every(({ kind }) => kind === 'unknown'));
  return areUnknown ? ExitCode.Unknown : ExitCode.Failed;
}

/** The run with its faults in words; a second hash only where there is one. */
function seedRunDocument({ secondTraceHash, ...run }: SeedRun): object {
  const second = secondTraceHash === null ? {} : { secondTraceHash };
  const faults = faultsOf({ ...run, secondTraceHash }).map(({ kind }) => kind);
  return { ...run, ...second, faults };
}
