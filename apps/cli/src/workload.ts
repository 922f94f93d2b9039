/** `ballast workload`: the workloads that have names, and traces made from them. */
import { type Command, Option } from 'commander';
import type { TraceFormat } from '@ballast/workload';
import { integerIn } from './flag-values.ts';
import { withProcessOutput } from './output.ts';
import { ExitCode } from './terminal/exit-codes.ts';
import { formatTable } from './terminal/table.ts';

/** As @ballast/workload has them, which `--help` does not load. */
const FORMATS: readonly TraceFormat[] = ['twitter', 'ycsb', 'memcached'];

interface TraceFlags {
  readonly preset: string;
  readonly operations: number;
  readonly keys: number;
  readonly seed: number;
  readonly format: TraceFormat;
}

const ABOUT_LIST = `
zipf is the exponent of the popularity, 0 for uniform; latest means that the newest keys are the hottest.
key and value are sizes in bytes. docs/workloads.md says where each number is from.`;

const ABOUT_TRACE = `
The lines go to stdout. A read-modify-write is two of them, a read and a write. The same seed gives
the same trace.

Examples:
  ballast workload trace --preset ycsb-a --operations 1000 > trace.log
  ballast rack up --workload trace.log
  ballast workload trace --preset twitter-cluster12 --format memcached`;

export function register(program: Command): void {
  const command = program
    .command('workload')
    .summary('list workloads by name, and make traces of them')
    .description(
      'Workloads: YCSB, clusters of Twitter, and traces of them in the formats that a rack reads.',
    );
  command
    .command('list')
    .description('Lists the presets: mix, sizes, skew and source. `ballast rack up --preset` runs one.')
    .option('--json', 'print one JSON document')
    .addHelpText('after', ABOUT_LIST)
    .action(({ json = false }: { json?: boolean }) =>
      withProcessOutput(async (output) => {
        const { presetDocuments, presetRows } = await import('./workload/list.ts');
        output.print(
          json ? JSON.stringify({ presets: presetDocuments() }, null, 2) : formatTable(presetRows()),
        );
        return ExitCode.Ok;
      }),
    );
  command
    .command('trace')
    .description('Writes a trace of a preset, for a rack or for other tools.')
    .requiredOption('--preset <name>', 'a workload of `ballast workload list`')
    .option('--operations <n>', 'operations drawn', integerIn({ min: 1, max: 1_000_000_000 }), 1_000)
    .option('--keys <n>', 'keys at the start', integerIn({ min: 1, max: 100_000_000 }), 100_000)
    .option('--seed <n>', 'everything random follows from it', integerIn({ min: 0, max: 2 ** 48 }), 1)
    .addOption(new Option('--format <name>', 'format of the lines').choices(FORMATS).default('twitter'))
    .addHelpText('after', ABOUT_TRACE)
    .action(async (flags: TraceFlags) => {
      const { writeTrace } = await import('./workload/write-trace.ts');
      await writeTrace(flags, process.stdout);
    });
}
