/** `ballast check`: judges a history in a file, ours or anybody's. */
import type { Command } from 'commander';
import { numberIn } from './flag-values.ts';
import { withProcessOutput } from './output.ts';

const ABOUT = `
The file has one JSON object a line: process, invoke, return, operation ("get", "put" or "delete"), key,
value, outcome ("ok", "fail" or "unknown"). Times are in nanoseconds from any start; an operation whose
outcome is unknown has a return of null. libs/checkers/README.md has the details.

Exit codes: 0 linearizable, 1 a violation, 2 no history, 3 given up before it was sure.`;

export function register(program: Command): void {
  program
    .command('check')
    .summary('judge a history: is it linearizable?')
    .description('Judges the history of a key-value store, each key being a register: is it linearizable?')
    .argument('<file>', 'history as JSON Lines')
    .option('--seconds <n>', 'give up after so long', numberIn({ min: 0.001, max: 1e6 }))
    .option('--json', 'print the verdict as one JSON document')
    .addHelpText('after', ABOUT)
    .action((path: string, { seconds, json = false }: { seconds?: number; json?: boolean }) =>
      withProcessOutput(async (output) => {
        const { runCheck } = await import('./check/run-check.ts');
        return runCheck({ path, secondsMax: seconds ?? null }, { json }, output);
      }),
    );
}
