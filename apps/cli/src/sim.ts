/** `ballast sim`: random racks from their seeds, under faults, judged. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FaultLevel, RunDurability, RunPlan, System } from '@ballast/rack';
import { integerIn } from './flag-values.ts';
import { withProcessOutput } from './output.ts';
import type { SimOptions } from './sim/run-sim.ts';
import { UsageError } from './terminal/failure.ts';

const SYSTEMS: readonly System[] = ['pegasus', 'hashing', 'netcache', 'static', 'twoChoices'];
const FAULTS: readonly FaultLevel[] = ['none', 'gentle', 'all'];
const DURABILITIES: readonly RunDurability[] = ['process', 'disk'];
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
  readonly out: string;
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
overtaken, and which nodes crash, stand still, are cut off, slow or have a wrong clock, and when. After the
faults everything must come to rest, and what the clients saw is judged by the checker of linearizability. The
same seed gives the same run, on every machine.

Of up to 200 seeds each run is shown, of more only those that failed. Exit codes: 1 when a run failed (a
violation, or it did not come to rest), 3 when the checker gave one up, 130 on Ctrl-C, which still shows the
summary. docs/checking.md says what to do next.

Examples:
  ballast sim --seed 7
  ballast sim --seeds 1..2000 --jobs 8
  ballast sim --seeds 1..2000 --shrink          and make the first failing run small
  ballast sim --schedule out/sim/seed-7-pegasus.json
  ballast sim --seed 7 --history run.jsonl && ballast check run.jsonl`;

export function register(program: Command): void {
  program
    .command('sim')
    .summary('run random racks under faults and judge what their clients saw')
    .description('Runs random racks in the simulator, under faults of network and nodes, and judges them.')
    .option('--seed <n>', 'the run of this seed (default: 1)', integerIn(SEED))
    .option('--seeds <first..last>', 'the runs of all these seeds', seedRange)
    .option('--schedule <file>', 'the run that this file describes, as --shrink writes it')
    .addOption(new Option('--system <name>', `what the rack runs (default: ${SYSTEMS[0]})`).choices(SYSTEMS))
    .addOption(
      new Option(
        '--faults <level>',
        'of nodes: gentle forgets nothing, all crashes too (default: all for systems that recover, else none)',
      ).choices(FAULTS),
    )
    .addOption(new Option('--durability <level>', 'what servers keep (default: drawn)').choices(DURABILITIES))
    .option('--jobs <n>', 'threads (default: as many as run at once)', integerIn(JOBS))
    .option('--shrink', 'make the first failing run smaller, and write it to a file')
    .option('--out <dir>', 'folder for what --shrink writes', 'out')
    .option('--twice', 'run each seed a second time and compare the traces')
    .option('--history <file>', 'write what the clients saw as JSON Lines, in one thread')
    .option('--json', 'print one JSON document')
    .addHelpText('after', ABOUT)
    .action((flags: SimFlags) =>
      withProcessOutput(async (output) => {
        const { runSim } = await import('./sim/run-sim.ts');
        return runSim(await optionsOf(flags), output);
      }),
    );
}

/** @throws UsageError, RunPlanError, errors of the operating system */
async function optionsOf(flags: SimFlags): Promise<SimOptions> {
  refuseTogether(flags, ['seed', 'seeds', 'schedule']);
  for (const name of ['system', 'faults', 'durability'] as const) refuseTogether(flags, ['schedule', name]);
  const plan = flags.schedule === undefined ? null : await readPlan(flags.schedule);
  const system = plan?.system ?? flags.system ?? 'pegasus';
  const { first, last } = flags.seeds ?? rangeOf(plan?.seed ?? flags.seed ?? 1);
  return {
    firstSeed: first,
    lastSeed: last,
    system,
    faults: await faultsFor(system, flags.faults),
    durability: flags.durability ?? null,
    plan,
    schedulePath: flags.schedule ?? null,
    isTwice: flags.twice ?? false,
    historyPath: flags.history ?? null,
    jobs: flags.jobs ?? availableParallelism(),
    shrinkFolder: flags.shrink === true ? `${flags.out}/sim` : null,
    json: flags.json ?? false,
  };
}

function refuseTogether(flags: SimFlags, names: readonly (keyof SimFlags)[]): void {
  const [one, other] = names.filter((name) => flags[name] !== undefined);
  if (other !== undefined) throw new UsageError(`--${one} and --${other} exclude each other`);
}

async function readPlan(path: string): Promise<RunPlan> {
  const { readRunPlan } = await import('@ballast/rack');
  const text = readFileSync(path, 'utf8');
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not JSON (${(error as Error).message}); expected what --shrink wrote`);
  }
  return readRunPlan(data);
}

async function faultsFor(system: System, asked: FaultLevel | undefined): Promise<FaultLevel> {
  const { RECOVERING } = await import('@ballast/rack');
  if (RECOVERING.includes(system)) return asked ?? 'all';
  if (asked === undefined || asked === 'none') return 'none';
  throw new UsageError(
    `--faults ${asked} is for ${RECOVERING.join(' and ')}: what ${system} puts into the switch does not come ` +
      'back after a fault of a node, so its histories would say nothing. Use --faults none',
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
