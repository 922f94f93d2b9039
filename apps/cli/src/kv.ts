/** `ballast kv`: reads and writes the keys of a running rack. */
import type { Command } from 'commander';
import type { KvClient } from '@ballast/fabric';
import { deleteKey, getKey, putKey, readValue } from './kv/operations.ts';
import { withRackOption } from './rack-url.ts';
import type { ExitCode } from './terminal/exit-codes.ts';

interface KvFlags {
  readonly rack: string;
  readonly json?: true;
}

const AFTER = `
Every command joins the rack as a host of its own and leaves it again. BALLAST_RACK names the rack as
--rack does.

Examples:
  ballast kv put user1 hello
  ballast kv get user1
  ballast kv put picture --file cat.png && ballast kv get picture > copy.png
  date | ballast kv put now -
  ballast kv delete user1`;

export function register(program: Command): void {
  const kv = program
    .command('kv')
    .summary('read and write the keys of a running rack')
    .description('Reads and writes the keys of a running rack (ballast rack up --keep).')
    .addHelpText('after', AFTER);
  kvCommand(kv, 'get <key>')
    .summary('print the value of a key')
    .description('Prints the value of a key as it is. Exit code 1 when the key is not there.')
    .action((key: string, flags: KvFlags) =>
      withClient(flags, (client) => getKey(client, key, isJson(flags), process)),
    );
  kvCommand(kv, 'put <key> [value]')
    .summary('write a key')
    .description("Writes a key. '-' as the value reads it from stdin.")
    .option('--file <path>', 'the value is what this file holds')
    .action(async (key: string, value: string | undefined, flags: KvFlags & { readonly file?: string }) => {
      const bytes = await readValue(value, flags.file);
      await withClient(flags, (client) => putKey(client, key, bytes, isJson(flags), process));
    });
  kvCommand(kv, 'delete <key>')
    .summary('remove a key')
    .description('Removes a key; one that is not there is no error.')
    .action((key: string, flags: KvFlags) =>
      withClient(flags, (client) => deleteKey(client, key, isJson(flags), process)),
    );
}

function isJson({ json }: KvFlags): boolean {
  return json === true;
}

function kvCommand(parent: Command, usage: string): Command {
  return withRackOption(parent.command(usage).option('--json', 'print one JSON document'));
}

async function withClient(
  { rack }: KvFlags,
  operation: (client: KvClient) => Promise<ExitCode>,
): Promise<void> {
  const { KvClient } = await import('@ballast/fabric');
  const client = await KvClient.connect(rack);
  try {
    process.exitCode = await operation(client);
  } finally {
    await client.close();
  }
}
