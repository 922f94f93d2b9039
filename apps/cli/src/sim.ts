/** `ballast sim`: random racks from their seeds, under faults, judged. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { System } from '@ballast/rack';
import { integerIn } from './flag-values.ts';
import { withProcessOutput } from './output.ts';
import { UsageError } from './terminal/failure.ts';

const SYSTEMS: readonly System[] = ['pegasus', 'hashing', 'netcache', 'static', 'twoChoices'];
const SEED = { min: 0, max: 2 ** 32 - 1 };

interface SimFlags {
  readonly seed?: number;
  readonly seeds?: SeedRange;
  readonly system: System;
  readonly twice?: boolean;
  readonly history?: string;
  readonly json?: boolean;
}

interface SeedRange {
  readonly first: number;
  readonly last: number;
}

const ABOUT = `
A seed decides everything: the size of the rack, its load, which messages are lost, doubled or overtaken, and
when. After the faults everything must come to rest, and what the clients saw is judged by the checker of
linearizability. The same seed gives the same run, on every machine.

Examples:
  ballast sim --seed 7
  ballast sim --seeds 1..200
  ballast sim --seed 7 --history run.jsonl && ballast check run.jsonl`;

export function register(program: Command): void {
  program
    .command('sim')
    .summary('run random racks under faults and judge what their clients saw')
    .description(
      'Runs random racks in the simulator, under loss, duplication and reordering, and judges them.',
    )
    .option('--seed <n>', 'the run of this seed (default: 1)', integerIn(SEED))
    .option('--seeds <first..last>', 'the runs of all these seeds', seedRange)
    .addOption(new Option('--system <name>', 'what the rack runs').choices(SYSTEMS).default(SYSTEMS[0]))
    .option('--twice', 'run each seed a second time and compare the traces')
    .option('--history <file>', 'write what the clients saw as JSON Lines')
    .option('--json', 'print one JSON document')
    .addHelpText('after', ABOUT)
    .action((flags: SimFlags) =>
      withProcessOutput(async (output) => {
        const { seed, seeds, system, twice = false, history, json = false } = flags;
        if (seed !== undefined && seeds !== undefined)
          throw new UsageError('--seed and --seeds exclude each other');
        const { first, last } = seeds ?? { first: seed ?? 1, last: seed ?? 1 };
        const { runSim } = await import('./sim/run-sim.ts');
        const historyPath = history ?? null;
        return runSim(
          { firstSeed: first, lastSeed: last, system, isTwice: twice, historyPath },
          { json },
          output,
        );
      }),
    );
}

function seedRange(text: string): SeedRange {
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (first === undefined || last === undefined || Number(first) > Number(last)) {
    throw new InvalidArgumentError('Expected two seeds in order, such as 1..200.');
  }
  const read = integerIn(SEED);
  return { first: read(first), last: read(last) };
}
