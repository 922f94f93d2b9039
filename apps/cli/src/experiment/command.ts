/** The figures as subcommands, their parameters as flags. */
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import {
  expectedOf,
  type Experiment,
  experiments,
  type ParameterSpec,
  type ParameterSpecs,
} from '@ballast/experiments';
import { integerIn } from '../flag-values.ts';
import { withProcessOutput } from '../output.ts';
import { ExitCode } from '../terminal/exit-codes.ts';
import { formatTable } from '../terminal/table.ts';
import { type ExperimentOptions, runExperiment, runExperiments } from './run-experiment.ts';

/** The command with everything below it. @param program whose settings apply */
export function experimentCommand(program: Command): Command {
  const command = new Command('ballast experiment')
    .copyInheritedSettings(program)
    .description('Runs a figure in the simulator: prints its table, and writes CSV and plot under out/.')
    .helpCommand(false);
  command
    .command('list')
    .description('Lists the figures.')
    .option('--json', 'print one JSON document')
    .action(({ json = false }: { json?: boolean }) =>
      withProcessOutput((output) => {
        const rows = experiments.map(({ name, title }) => ({ name, title }));
        output.print(json ? JSON.stringify({ experiments: rows }, null, 2) : formatTable(rows));
        return Promise.resolve(ExitCode.Ok);
      }),
    );
  registerAll(command);
  for (const experiment of experiments) registerExperiment(command, experiment);
  return command;
}

interface ExperimentFlags {
  readonly json?: boolean;
  readonly check?: boolean;
  readonly history?: string;
  readonly out: string;
  readonly quick?: boolean;
  readonly jobs: number;
}

const THREADS_MAX = 256;

const ABOUT_FLAGS = `
Rows go to stdout, as a table or with --json as { experiment, seed, parameters, rows }; progress goes to
stderr. --history writes one JSON object for each operation: process, invoke, return, operation, key, value,
outcome. A key stands as '<run>/<key>', so that runs can be told apart and still be judged together.`;

function registerExperiment(parent: Command, experiment: Experiment): void {
  const { name, title, about, parameters } = experiment;
  const options = Object.entries(parameters).map(([flag, spec]) => parameterOption(flag, spec));
  const command = parent.command(name).summary(title).description(about).optionsGroup('Parameters:');
  for (const option of options) command.addOption(option);
  withRunOptions(command).action((flags: ExperimentFlags) =>
    withProcessOutput((output) =>
      runExperiment(experiment, optionsOf(flags, givenValues(command, parameters)), output),
    ),
  );
}

/** `ballast experiment --all` comes here too. */
function registerAll(parent: Command): void {
  const command = parent
    .command('all')
    .summary('every figure, one after the other')
    .description('Runs every figure with its defaults. With --json one document { experiments: [...] }.');
  withRunOptions(command).action((flags: ExperimentFlags) =>
    withProcessOutput((output) => runExperiments(experiments, optionsOf(flags, {}), output)),
  );
}

function withRunOptions(command: Command): Command {
  return command
    .optionsGroup('Options:')
    .option('--quick', 'fewer keys, operations and points and a coarser search, where not given')
    .option('--json', 'print one JSON document')
    .option('--check', 'judge what the clients saw: exit 1 on a violation, 3 when it is unknown')
    .option('--history <file>', 'write what the clients saw as JSON Lines')
    .option('--out <dir>', 'folder for CSV and plots', 'out')
    .option(
      '--jobs <n>',
      'threads that measure at the same time; the rows are the same for any number',
      integerIn({ min: 1, max: THREADS_MAX }),
      availableParallelism(),
    )
    .addHelpText('after', ABOUT_FLAGS);
}

function optionsOf(flags: ExperimentFlags, given: Record<string, string>): ExperimentOptions {
  const { json = false, check = false, history = null, out, quick = false, jobs } = flags;
  return { given, json, check, history, out, quick, jobs };
}

const PLACEHOLDERS: Readonly<Record<ParameterSpec['kind'], string>> = {
  number: 'n',
  integer: 'n',
  numbers: 'n,...',
  integers: 'n,...',
  choice: 'name',
  names: 'name,...',
};

/** A parameter as a flag. It stays text: parseParameters checks it and fills in the default. */
function parameterOption(flag: string, spec: ParameterSpec): Option {
  const value = PLACEHOLDERS[spec.kind];
  return new Option(
    `--${flag} <${value}>`,
    `${spec.help}; ${expectedOf(spec)} (default: ${String(spec.default)})`,
  );
}

function givenValues(command: Command, parameters: ParameterSpecs): Record<string, string> {
  const given: Record<string, string> = {};
  for (const flag of Object.keys(parameters)) {
    const attribute = new Option(`--${flag} <value>`).attributeName();
    const text: unknown = command.getOptionValue(attribute);
    if (typeof text === 'string') given[flag] = text;
  }
  return given;
}
