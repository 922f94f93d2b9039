/** `ballast rack status`, `crash`, `pause`, `leave` and `join`: what an operator does to a rack that runs. */
import type { Command } from 'commander';
import { secondsUpTo } from '../flag-values.ts';
import { withRackOption } from '../rack-url.ts';

interface RackFlags {
  readonly rack: string;
}

/** As the control address has it, which would take long to load for `--help`. */
const SECONDS_MAX = 3_600;
const NODES = 'server0 and so on, tor (the switch), or controller';

export function registerOperations(rack: Command): void {
  withRackOption(rack.command('status'))
    .summary('who is there, what it keeps, what is under way')
    .description(
      'Shows the servers of a running rack as the controller sees them, what their logs keep, the hot keys, and ' +
        'what is under way. Exit code 1 while a node is missing or a key cannot be reached.',
    )
    .option('--json', 'print one JSON document')
    .action(async ({ rack: url, json = false }: RackFlags & { readonly json?: boolean }) => {
      const { showStatus } = await import('./show-status.ts');
      process.exitCode = await showStatus(url, json, process.stdout);
    });
  withRackOption(rack.command('crash <node>'))
    .summary('let a node lose its memory and start again')
    .description(
      `Lets a node lose its memory at once: ${NODES}. It starts again with what its log holds; without ` +
        '--data a server comes back empty. Also starts a server that stopped because its log failed.',
    )
    .option('--for <time>', 'how long it is down, of the rack: 2s, 500ms', secondsUpTo(SECONDS_MAX), 1)
    .action((node: string, flags: RackFlags & { readonly for: number }) =>
      post(flags.rack, `/api/nodes/${encodeURIComponent(node)}/crash?seconds=${flags.for}`),
    );
  withRackOption(rack.command('pause <node>'))
    .summary('let a node stand still, as under SIGSTOP')
    .description(`Lets a node stand still: ${NODES}. It forgets nothing; what it is sent waits.`)
    .requiredOption('--for <time>', 'how long, of the rack: 2s, 500ms', secondsUpTo(SECONDS_MAX))
    .action((node: string, flags: RackFlags & { readonly for: number }) =>
      post(flags.rack, `/api/nodes/${encodeURIComponent(node)}/pause?seconds=${flags.for}`),
    );
  withRackOption(rack.command('leave <server>'))
    .summary('take a server out without losing a key')
    .description(
      'Gives the keys of a server to the others and lets it leave for good; `rack status` shows how far.',
    )
    .action((node: string, flags: RackFlags) =>
      post(flags.rack, `/api/nodes/${encodeURIComponent(node)}/leave`),
    );
  withRackOption(rack.command('join'))
    .summary('give servers without keys their share')
    .description(
      'Gives every live server an equal share of the keys: those of --standby, and those that a later start on ' +
        'the same --data has more.',
    )
    .action((flags: RackFlags) => post(flags.rack, '/api/join'));
}

async function post(url: string, path: string): Promise<void> {
  const { request } = await import('@ballast/fabric');
  await request(url, 'POST', path);
}
