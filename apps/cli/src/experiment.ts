/** `ballast experiment`: figures, run in the simulator. */
import type { Command } from 'commander';

const ABOUT = `
\`ballast experiment list\` names the figures, \`ballast experiment <name> --help\` the parameters of one.
\`ballast experiment --all --quick\` runs every figure, coarsely.`;

/**
 * The figures and their flags are known only when the simulator is loaded, which takes half a second: that
 * happens when the command is used, and its arguments are parsed then.
 */
export function register(program: Command): void {
  const outer = program
    .command('experiment')
    .summary('run a figure in the simulator: table, CSV and plot')
    .description('Runs a figure in the simulator: prints its table, and writes CSV and plots.')
    .argument('[name and flags...]')
    .helpOption(false)
    .allowUnknownOption()
    .addHelpText('after', ABOUT);
  outer.action(async () => {
    const { experimentCommand } = await import('./experiment/command.ts');
    await experimentCommand(program).parseAsync(withAll(outer.args), { from: 'user' });
  });
}

/** `--all` in place of a name is the command `all`. */
function withAll(args: readonly string[]): readonly string[] {
  const isNamed = args[0]?.startsWith('-') !== true;
  return isNamed || !args.includes('--all') ? args : ['all', ...args.filter((arg) => arg !== '--all')];
}
