/** `ballast kv`: reads and writes the keys of a running rack. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { KvClient } from '@ballast/fabric';
import { withRackOption } from './rack-url.ts';
import { ExitCode } from './terminal/exit-codes.ts';
import { UsageError } from './terminal/failure.ts';

interface KvFlags {
  readonly rack: string;
  readonly json?: boolean;
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
    .action((key: string, flags: KvFlags) => withClient(flags, (client) => get(client, key, flags)));
  kvCommand(kv, 'put <key> [value]')
    .summary('write a key')
    .description("Writes a key. '-' as the value reads it from stdin.")
    .option('--file <path>', 'the value is what this file holds')
    .action(async (key: string, value: string | undefined, flags: KvFlags & { readonly file?: string }) => {
      const bytes = await valueOf(value, flags.file);
      await withClient(flags, (client) => put(client, key, bytes, flags));
    });
  kvCommand(kv, 'delete <key>')
    .summary('remove a key')
    .description('Removes a key; one that is not there is no error.')
    .action((key: string, flags: KvFlags) => withClient(flags, (client) => remove(client, key, flags)));
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

async function get(client: KvClient, key: string, { json = false }: KvFlags): Promise<ExitCode> {
  const value = await client.get(key);
  if (json) printJson({ key, found: value !== null, ...(value === null ? {} : valueDocument(value)) });
  if (value === null) {
    process.stderr.write(`ballast: there is no key ${JSON.stringify(key)}\n`);
    return ExitCode.Failed;
  }
  if (!json) printValue(value);
  return ExitCode.Ok;
}

async function put(
  client: KvClient,
  key: string,
  value: Uint8Array,
  { json = false }: KvFlags,
): Promise<ExitCode> {
  await client.put(key, value);
  if (json) printJson({ key, bytes: value.length });
  return ExitCode.Ok;
}

async function remove(client: KvClient, key: string, { json = false }: KvFlags): Promise<ExitCode> {
  await client.delete(key);
  if (json) printJson({ key });
  return ExitCode.Ok;
}

async function valueOf(value: string | undefined, file: string | undefined): Promise<Uint8Array> {
  if (value !== undefined && file !== undefined)
    throw new UsageError('a value and --file exclude each other');
  if (file !== undefined) return readFile(file);
  if (value === '-') return buffer(process.stdin);
  if (value === undefined) throw new UsageError("the value is missing: give one, '-' for stdin, or --file");
  return new TextEncoder().encode(value);
}

/** Byte for byte, but on a terminal the prompt begins on a line of its own. */
function printValue(value: Uint8Array): void {
  process.stdout.write(value);
  if (process.stdout.isTTY && value.at(-1) !== 0x0a) process.stdout.write('\n');
}

/** As text where it is text. */
function valueDocument(value: Uint8Array): Record<string, unknown> {
  try {
    return {
      bytes: value.length,
      value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value),
    };
  } catch {
    return { bytes: value.length, valueBase64: Buffer.from(value).toString('base64') };
  }
}

function printJson(document: object): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
