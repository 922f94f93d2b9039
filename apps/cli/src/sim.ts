/** `ballast sim`: random racks from their seeds, under faults, judged. */
import type { Command } from 'commander';

/** What a run is made of, and so the flags, is known only when the simulator is loaded: when it is used. */
export function register(program: Command): void {
  const outer = program
    .command('sim')
    .summary('run random racks under faults and judge what their clients saw')
    .argument('[flags...]')
    .helpOption(false)
    .allowUnknownOption()
    .addHelpText('after', '\n`ballast sim --help` has the flags, and examples.');
  outer.action(async () => {
    const { simCommand } = await import('./sim/command.ts');
    await simCommand(program).parseAsync(outer.args, { from: 'user' });
  });
}
