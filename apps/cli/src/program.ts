/** `ballast program`: the packet programs that ship, and the fuzzer that compares their targets. */
import { type Command, Option } from 'commander';
import { integerIn, numberIn } from './flag-values.ts';
import { withProcessOutput } from './output.ts';
import type { ShownTarget } from './program/show.ts';
import { ExitCode } from './terminal/exit-codes.ts';
import { formatTable } from './terminal/table.ts';

const TARGETS: readonly ShownTarget[] = ['interpret', 'js'];
const SECONDS_DEFAULT = 10;

export function register(program: Command): void {
  const command = program
    .command('program')
    .summary('show packet programs, and fuzz their targets against each other')
    .description(
      'Packet programs: what a switch does to each packet, described once and run on several targets.',
    );
  registerList(command);
  registerShow(command);
  registerFuzz(command);
}

function registerList(command: Command): void {
  command
    .command('list')
    .description('Lists the programs that ship, and the state that each has.')
    .option('--json', 'print one JSON document')
    .action(({ json = false }: { json?: boolean }) =>
      withProcessOutput(async (output) => {
        const { programRows } = await import('./program/show.ts');
        const rows = programRows();
        output.print(json ? JSON.stringify({ programs: rows }, null, 2) : formatTable(rows));
        return ExitCode.Ok;
      }),
    );
}

function registerShow(command: Command): void {
  command
    .command('show')
    .description('Prints a program: as the tree that is interpreted, or as the code that it becomes.')
    .argument('<name>', 'a program of `ballast program list`')
    .addOption(new Option('--target <name>', 'what to show it for').choices(TARGETS).default(TARGETS[0]))
    .action((name: string, { target }: { target: ShownTarget }) =>
      withProcessOutput(async (output) => {
        const { shippedProgram, showProgram } = await import('./program/show.ts');
        output.print(showProgram(shippedProgram(name), target).trimEnd());
        return ExitCode.Ok;
      }),
    );
}

interface FuzzFlags {
  readonly seconds?: number;
  readonly packets?: number;
  readonly seed: number;
  readonly program?: string;
  /** True, or the name of one bug. */
  readonly mutate?: string | true;
  readonly out: string;
  readonly json?: boolean;
}

const ABOUT_FUZZ = `
Every case is a program, shipped or random, with random packets, state and control-plane calls. All targets
must answer as the interpreter does, bit by bit, state included. A divergence is shrunk, printed, and its
packets are written under out/program-fuzz.

With --mutate a bug is planted in a target, one at a time, and hunted: that shows what the fuzzer is worth.

Examples:
  ballast program fuzz --seconds 30
  ballast program fuzz --mutate
  ballast program fuzz --mutate udp-zero
  ballast program fuzz --packets 1000 --seed 42`;

function registerFuzz(command: Command): void {
  command
    .command('fuzz')
    .description('Runs random packets through programs on every target and compares what comes out.')
    .option(
      '--seconds <n>',
      `end after so long (default: ${SECONDS_DEFAULT} without --packets)`,
      numberIn({ min: 0.1, max: 1e6 }),
    )
    .option(
      '--packets <n>',
      'end after so many packets; with --mutate: hunt a bug for so many',
      integerIn({ min: 1 }),
    )
    .option('--seed <n>', 'where the cases start', integerIn({ min: 0, max: 2 ** 32 - 1 }), 1)
    .option('--program <name>', 'of the shipped programs this one only, beside random ones')
    .option('--mutate [bug]', 'plant bugs, or this one, and count the packets until each is found')
    .option('--out <dir>', 'folder for what divergences leave', 'out')
    .option('--json', 'print one JSON document')
    .addHelpText('after', ABOUT_FUZZ)
    .action((flags: FuzzFlags) =>
      withProcessOutput(async (output) => {
        const { packets = null, seed, program = null, mutate, out, json = false } = flags;
        if (program !== null) (await import('./program/show.ts')).shippedProgram(program);
        if (mutate !== undefined && flags.seconds !== undefined) {
          output.note('--seconds has no effect with --mutate: the hunt ends when every bug had its packets');
        }
        const seconds = flags.seconds ?? (packets === null ? SECONDS_DEFAULT : null);
        const { plantedBugs, runFuzz } = await import('./program/run-fuzz.ts');
        const mutants = mutate === undefined ? null : plantedBugs(mutate);
        return runFuzz({ seed, seconds, packets, program, mutants }, { out, json }, output);
      }),
    );
}
