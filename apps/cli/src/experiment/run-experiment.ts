/** One experiment from its flags to its table, its files and its exit code. */
import { join } from 'node:path';
import {
  type Experiment,
  type ExperimentResult,
  figureOf,
  type Judgement,
  parseParameters,
} from '@ballast/experiments';
import { runInBackground } from '../background/background.ts';
import { interruptible } from '../background/interruption.ts';
import type { Output } from '../output.ts';
import type { ProgressState } from '../terminal/progress-bar.ts';
import type { ExitCode } from '../terminal/exit-codes.ts';
import { formatTable } from '../terminal/table.ts';
import { verdictExit, verdictText } from '../verdict.ts';
import { makeWritableFolder } from '../writable-folder.ts';
import { writeFigure } from './figure-files.ts';
import { quickValues } from './quick.ts';
import type { ExperimentTask } from './worker.ts';

export interface ExperimentOptions {
  /** Values of parameters as text, by flag. */
  readonly given: Readonly<Record<string, string>>;
  readonly json: boolean;
  readonly check: boolean;
  /** File for the histories; null: none. */
  readonly history: string | null;
  /** Folder for the files of all experiments. */
  readonly out: string;
  readonly quick: boolean;
}

/**
 * Runs an experiment in a thread of its own, prints its rows and writes its files.
 *
 * @returns the exit code
 * @throws ParameterError, TaskRefused, Interruption, errors of the operating system
 */
export async function runExperiment(
  experiment: Experiment,
  options: ExperimentOptions,
  output: Output,
): Promise<ExitCode> {
  const { name } = experiment;
  const given = { ...(options.quick ? quickValues(experiment.parameters) : {}), ...options.given };
  const parameters = parseParameters(experiment.parameters, given);
  const folder = join(options.out, name);
  makeWritableFolder(folder);
  const input: ExperimentTask = { name, given, check: options.check, historyPath: options.history };
  const { rows, judgements } = await interruptible((signal) =>
    runInBackground<ProgressState, ExperimentResult>({
      script: new URL('./worker.ts', import.meta.url),
      input,
      onProgress: output.progress,
      signal,
    }),
  );
  const files = writeFigure(folder, name, await figureOf(experiment, parameters, rows));
  if (options.json) {
    const seed = parameters['seed'];
    const judged = options.check ? { judgements: judgements.map(judgementDocument) } : {};
    output.print(JSON.stringify({ experiment: name, seed, parameters, rows, ...judged }, null, 2));
  } else {
    output.print(formatTable(rows));
  }
  for (const path of files) output.note(`wrote ${path}`);
  if (options.history !== null) output.note(`wrote ${options.history}`);
  if (options.check) judgementLines(judgements).forEach(output.note);
  return verdictExit(judgements.map(({ verdict }) => verdict.verdict));
}

/** Flat, as far as a verdict is. */
function judgementDocument({ run, verdict }: Judgement): object {
  return { run, ...verdict };
}

/** One line when all is well; else what was wrong, run by run. */
function judgementLines(judgements: readonly Judgement[]): string[] {
  const notOk = judgements.filter(({ verdict }) => verdict.verdict !== 'ok');
  const summary = `judged ${judgements.length} runs: ${judgements.length - notOk.length} linearizable`;
  return [...notOk.map(({ run, verdict }) => `${run}: ${verdictText(verdict)}`), summary];
}
