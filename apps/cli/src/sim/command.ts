/** The flags of `ballast sim`, and what they come to. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  FAULT_LEVELS,
  type FaultLevel,
  readRunPlan,
  RECOVERING,
  RUN_DURABILITIES,
  type RunDurability,
  type RunPlan,
  RunPlanError,
  type System,
  SYSTEMS,
} from '@ballast/rack';
import { integerIn } from '../flag-values.ts';
import { withProcessOutput } from '../output.ts';
import { UsageError } from '../terminal/failure.ts';
import { runSim, type SimOptions } from './run-sim.ts';
import { addShapeFlags, fixedBy, givenFixed } from './shape-flags.ts';

const SEED = { min: 0, max: 2 ** 32 - 1 };
const JOBS = { min: 1, max: 256 };

interface SimFlags {
  readonly seed?: number;
  readonly seeds?: SeedRange;
  readonly schedule?: string;
  readonly system?: System;
  readonly faults?: FaultLevel;
  readonly durability?: RunDurability;
  readonly jobs?: number;
  readonly shrink?: boolean;
  readonly out?: string;
  readonly twice?: boolean;
  readonly history?: string;
  readonly json?: boolean;
}

interface SeedRange {
  readonly first: number;
  readonly last: number;
}

const ABOUT = `
A seed decides everything: the size of the rack, its load, which messages are lost, doubled, damaged or
overtaken, and which nodes crash, stand still, are cut off, slow or have a wrong clock, and when. A flag fixes
one of these, and the seed draws the others as before. After the faults everything must come to rest, and what
the clients saw is judged by the checker of linearizability. The same seed and flags give the same run, on
every machine.

Of up to 200 seeds each run is shown, of more only those that failed. Exit codes: 1 when a run failed (a
violation, or it did not come to rest), 3 when the checker gave one up, 130 on Ctrl-C, which still shows the
summary. docs/checking.md says what to do next.

Examples:
  ballast sim --seed 7
  ballast sim --seeds 1..2000 --jobs 8
  ballast sim --seeds 1..500 --servers 12 --keys 1 --write-ratio 1 --loss 0.2
  ballast sim --seeds 1..2000 --shrink          and make the first failing run small
  ballast sim --schedule out/sim/seed-7-pegasus.json
  ballast sim --seed 7 --history run.jsonl && ballast check run.jsonl`;

/** @param program whose settings apply */
export function simCommand(program: Command): Command {
  const command = new Command('ballast sim')
    .copyInheritedSettings(program)
    .description('Runs random racks in the simulator, under faults of network and nodes, and judges them.')
    .optionsGroup('Runs:')
    .option('--seed <n>', 'the run of this seed (default: 1)', integerIn(SEED))
    .option('--seeds <first..last>', 'the runs of all these seeds', seedRange)
    .option('--schedule <file>', 'the run that this file describes, as --shrink writes it')
    .addOption(new Option('--system <name>', `what the rack runs (default: pegasus)`).choices(SYSTEMS))
    .addOption(
      new Option(
        '--faults <level>',
        'of nodes: gentle forgets nothing, all crashes too (default: all if the system recovers)',
      ).choices(FAULT_LEVELS),
    )
    .addOption(
      new Option('--durability <level>', 'what servers keep (default: drawn)').choices(RUN_DURABILITIES),
    )
    .option('--jobs <n>', 'threads (default: as many as run at once; with --history one)', integerIn(JOBS));
  return addShapeFlags(command)
    .optionsGroup('What is done with them:')
    .option('--shrink', 'make the first failing run smaller, and write it to a file')
    .option('--out <dir>', 'folder for what --shrink writes (default: "out")')
    .option('--twice', 'run each seed a second time and compare the traces')
    .option('--history <file>', 'write what the clients saw as JSON Lines')
    .option('--json', 'print one JSON document')
    .optionsGroup('Help:')
    .helpOption('-h, --help', 'what there is and how to use it')
    .addHelpText('after', ABOUT)
    .action((flags: SimFlags) => withProcessOutput(async (output) => runSim(optionsOf(flags), output)));
}

/** @throws UsageError, errors of the operating system */
function optionsOf(flags: SimFlags): SimOptions {
  checkTogether(flags);
  const plan = flags.schedule === undefined ? null : readPlan(flags.schedule);
  const system = plan?.system ?? flags.system ?? 'pegasus';
  const { first, last } = flags.seeds ?? rangeOf(plan?.seed ?? flags.seed ?? 1);
  const fixed = fixedBy(flags);
  if (fixed.shape.estimator === 'sketch' && system !== 'pegasus') {
    throw new UsageError(`--estimator sketch is for pegasus: the switch of ${system} has none`);
  }
  return {
    firstSeed: first,
    lastSeed: last,
    system,
    faults: faultsFor(system, flags.faults),
    durability: flags.durability ?? null,
    fixed,
    plan,
    schedulePath: flags.schedule ?? null,
    isTwice: flags.twice ?? false,
    historyPath: flags.history ?? null,
    jobs: flags.history === undefined ? (flags.jobs ?? availableParallelism()) : 1,
    shrinkFolder: flags.shrink === true ? `${flags.out ?? 'out'}/sim` : null,
    json: flags.json ?? false,
  };
}

/** What contradicts something else, or would be passed over in silence. */
function checkTogether(flags: SimFlags): void {
  const { history, jobs = 1, out, shrink } = flags;
  refuseTogether(flags, ['seed', 'seeds', 'schedule']);
  for (const name of ['system', 'faults', 'durability'] as const) refuseTogether(flags, ['schedule', name]);
  const [fixed] = givenFixed(flags);
  if (flags.schedule !== undefined && fixed !== undefined) {
    throw new UsageError(`--schedule and --${fixed} exclude each other: the file says everything; change it`);
  }
  if (history !== undefined && jobs > 1) throw new UsageError('--history is written by one thread: --jobs 1');
  if (out !== undefined && shrink !== true) throw new UsageError('--out is for what --shrink writes: add it');
}

function refuseTogether(flags: SimFlags, names: readonly (keyof SimFlags)[]): void {
  const [one, other] = names.filter((name) => flags[name] !== undefined);
  if (other !== undefined) throw new UsageError(`--${one} and --${other} exclude each other`);
}

function readPlan(path: string): RunPlan {
  const text = readFileSync(path, 'utf8');
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not JSON (${(error as Error).message}); expected what --shrink wrote`);
  }
  try {
    return readRunPlan(data);
  } catch (error) {
    throw error instanceof RunPlanError ? new UsageError(`${path}: ${error.message}`) : error;
  }
}

function faultsFor(system: System, asked: FaultLevel | undefined): FaultLevel {
  if (RECOVERING.includes(system)) return asked ?? 'all';
  if (asked === undefined || asked === 'none') return 'none';
  throw new UsageError(
    `--faults ${asked} is for ${RECOVERING.join(' and ')}: what ${system} puts into the switch does ` +
      'not come back after a fault of a node, so its histories would say nothing. Use --faults none',
  );
}

function rangeOf(seed: number): SeedRange {
  return { first: seed, last: seed };
}

function seedRange(text: string): SeedRange {
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (first === undefined || last === undefined || Number(first) > Number(last)) {
    throw new InvalidArgumentError('Expected two seeds in order, such as 1..200.');
  }
  const read = integerIn(SEED);
  return { first: read(first), last: read(last) };
}
