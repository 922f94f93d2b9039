/** Experiments from their flags to their tables, their files and the exit code. */
import { join } from 'node:path';
import {
  type Experiment,
  type ExperimentResult,
  figureOf,
  type Judgement,
  parseParameters,
  quickValues,
} from '@ballast/experiments';
import type { Output } from '../output.ts';
import type { ExitCode } from '../terminal/exit-codes.ts';
import { formatTable } from '../terminal/table.ts';
import { verdictExit, verdictText } from '../verdict.ts';
import { makeWritableFolder } from '../writable-folder.ts';
import { writeFigure } from './figure-files.ts';
import { type FigureRun, measureFigures } from './measure-figures.ts';

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
  /** Threads at most. */
  readonly jobs: number;
}

/**
 * Runs an experiment in threads, prints its rows and writes its files.
 *
 * @returns the exit code
 * @throws ParameterError, TaskRefused, Interruption, errors of the operating system
 */
export async function runExperiment(
  experiment: Experiment,
  options: ExperimentOptions,
  output: Output,
): Promise<ExitCode> {
  return runFigures([experiment], options, output, ([document]) => document);
}

/** The same for several, as one piece of work with one document `{ experiments }`. */
export async function runExperiments(
  experiments: readonly Experiment[],
  options: ExperimentOptions,
  output: Output,
): Promise<ExitCode> {
  return runFigures(experiments, options, output, (documents) => ({ experiments: documents }));
}

async function runFigures(
  experiments: readonly Experiment[],
  options: ExperimentOptions,
  output: Output,
  documentOf: (documents: readonly object[]) => unknown,
): Promise<ExitCode> {
  const figures = experiments.map((experiment) => figureRun(experiment, options));
  for (const { experiment } of figures) makeWritableFolder(join(options.out, experiment.name));
  const results = await measureFigures(figures, options, output);
  const documents: object[] = [];
  for (const [i, figure] of figures.entries()) {
    const result = results[i]!;
    if (options.json) documents.push(documentOfFigure(figure, result, options));
    else output.print((figures.length > 1 ? `${figure.experiment.title}\n` : '') + formatTable(result.rows));
    await writeFiles(figure, result, options, output);
  }
  if (options.json) output.print(JSON.stringify(documentOf(documents), null, 2));
  if (options.history !== null) output.note(`wrote ${options.history}`);
  const judgements = results.flatMap((result) => result.judgements);
  if (options.check) judgementLines(judgements).forEach(output.note);
  return verdictExit(judgements.map(({ verdict }) => verdict.verdict));
}

function figureRun(experiment: Experiment, { quick, given }: ExperimentOptions): FigureRun {
  const { parameters } = experiment;
  return { experiment, given: { ...(quick ? quickValues(parameters) : {}), ...given } };
}

function documentOfFigure(
  { experiment, given }: FigureRun,
  { rows, judgements }: ExperimentResult,
  { check }: ExperimentOptions,
): object {
  const parameters = parseParameters(experiment.parameters, given);
  const judged = check ? { judgements: judgements.map(judgementDocument) } : {};
  return { experiment: experiment.name, seed: parameters['seed'], parameters, rows, ...judged };
}

async function writeFiles(
  { experiment, given }: FigureRun,
  { rows }: ExperimentResult,
  { out }: ExperimentOptions,
  { note }: Output,
): Promise<void> {
  const figure = await figureOf(experiment, parseParameters(experiment.parameters, given), rows);
  const files = writeFigure(join(out, experiment.name), experiment.name, figure);
  for (const path of files) note(`wrote ${path}`);
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
