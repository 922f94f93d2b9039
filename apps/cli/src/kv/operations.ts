/** One operation on a running rack, and what is said about it. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { KvClient } from '@ballast/fabric';
import { ExitCode } from '../terminal/exit-codes.ts';
import { UsageError } from '../terminal/failure.ts';

export interface KvStreams {
  /** Takes values byte for byte. */
  readonly stdout: { readonly isTTY?: boolean; write(chunk: Uint8Array | string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export async function getKey(
  client: KvClient,
  key: string,
  isJson: boolean,
  { stdout, stderr }: KvStreams,
): Promise<ExitCode> {
  const value = await client.get(key);
  const found = value !== null;
  if (isJson) stdout.write(documentText({ key, found, ...(found ? valueFields(value) : {}) }));
  if (!found) {
    stderr.write(`ballast: there is no key ${JSON.stringify(key)}\n`);
    return ExitCode.Failed;
  }
  if (isJson) return ExitCode.Ok;
  stdout.write(value);
  // On a terminal the prompt begins on a line of its own.
  if (stdout.isTTY === true && value.at(-1) !== 0x0a) stdout.write('\n');
  return ExitCode.Ok;
}

export async function putKey(
  client: KvClient,
  key: string,
  value: Uint8Array,
  isJson: boolean,
  { stdout }: KvStreams,
): Promise<ExitCode> {
  await client.put(key, value);
  if (isJson) stdout.write(documentText({ key, bytes: value.length }));
  return ExitCode.Ok;
}

export async function deleteKey(
  client: KvClient,
  key: string,
  isJson: boolean,
  { stdout }: KvStreams,
): Promise<ExitCode> {
  await client.delete(key);
  if (isJson) stdout.write(documentText({ key }));
  return ExitCode.Ok;
}

/**
 * The value to put: from the command line, from stdin, or from a file. UsageError when it is none or both.
 */
export async function readValue(value: string | undefined, file: string | undefined): Promise<Uint8Array> {
  if (value !== undefined && file !== undefined) {
    throw new UsageError('a value and --file exclude each other; leave one out');
  }
  if (file !== undefined) return readFile(file);
  if (value === '-') return buffer(process.stdin);
  if (value === undefined) throw new UsageError("the value is missing: give one, '-' for stdin, or --file");
  return new TextEncoder().encode(value);
}

/** As text where it is text. */
function valueFields(value: Uint8Array): Record<string, unknown> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
    return { bytes: value.length, value: text };
  } catch {
    return { bytes: value.length, valueBase64: Buffer.from(value).toString('base64') };
  }
}

function documentText(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
