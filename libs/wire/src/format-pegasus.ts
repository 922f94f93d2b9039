import { hex } from './hexdump.ts';
import { type FieldLayout, readField } from './header.ts';
import { PegasusFlag, pegasusHeader, PegasusOp, PegasusStatus } from './pegasus-header.ts';

/** Longer keys are shown by their beginning. */
const KEY_BYTES_SHOWN_MAX = 32;

/** Always said, or said by the key and value. Every other field is shown when it is not 0. */
const QUIET_FIELDS: ReadonlySet<string> = new Set([
  'magic',
  'format',
  'op',
  'keyLength',
  'clientId',
  'requestId',
]);

/**
 * A Pegasus message: 'pegasus Put "user1", client 7, request 12, generation 5, version 1.42, value 9 bytes'.
 *
 * `end` bounds the message. Fields beyond the first ones come in the order of the declaration, so that a
 * field added there is printed here.
 */
export function formatPegasus(bytes: Uint8Array, base: number, end: number): string {
  const { op, clientId, requestId, keyLength } = pegasusHeader.fields;
  const keyStart = base + pegasusHeader.bytes;
  const keyBytes = Number(readField(bytes, base, keyLength));
  const keyEnd = Math.min(keyStart + keyBytes, end);
  const key = formatKey(bytes.subarray(keyStart, keyEnd));
  const parts = [
    `pegasus ${pegasusFieldText(op, readField(bytes, base, op))} ${key}`,
    `client ${readField(bytes, base, clientId)}`,
    `request ${readField(bytes, base, requestId)}`,
  ];
  for (const field of pegasusHeader.layout) {
    const value = readField(bytes, base, field);
    if (value !== 0n && !QUIET_FIELDS.has(field.name)) parts.push(formatPegasusField(field, value));
  }
  if (keyStart + keyBytes > end) parts.push(`key cut: ${keyStart + keyBytes - end} bytes missing`);
  if (end > keyEnd) parts.push(`value ${end - keyEnd} bytes`);
  return parts.join(', ');
}

/** The value of one field in words: the name of an operation, the two parts of a version. */
export function pegasusFieldText(field: FieldLayout, value: bigint): string {
  switch (field.name) {
    case 'op':
      return nameOf(PegasusOp, value, 'op');
    case 'status':
      return nameOf(PegasusStatus, value, 'status');
    case 'flags':
      return `[${flagNames(Number(value)).join(' ')}]`;
    case 'version':
      return `${value >> 48n}.${value & 0xffff_ffff_ffffn}`; // Incarnation and counter.
    case 'magic':
    case 'keyHash':
      return `0x${value.toString(16).padStart(field.width / 4, '0')}`;
    default:
      return `${value}`;
  }
}

function formatPegasusField(field: FieldLayout, value: bigint): string {
  const words = field.name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${words} ${pegasusFieldText(field, value)}`;
}

function nameOf(names: Readonly<Record<string, number>>, value: bigint, kind: string): string {
  const found = Object.entries(names).find(([, number]) => BigInt(number) === value);
  return found === undefined ? `${kind} ${value}` : found[0];
}

function flagNames(flags: number): string[] {
  const names = Object.entries(PegasusFlag).filter(([, bit]) => (flags & bit) !== 0);
  const known = names.reduce((mask, [, bit]) => mask | bit, 0);
  const unknown = flags & ~known;
  return [...names.map(([name]) => name), ...(unknown === 0 ? [] : [`0x${unknown.toString(16)}`])];
}

/** Text in quotes when every byte is printable ASCII, else hexadecimal. */
function formatKey(key: Uint8Array): string {
  const shown = key.subarray(0, KEY_BYTES_SHOWN_MAX);
  const rest = key.length > shown.length ? `… (${key.length} bytes)` : '';
  const isText = shown.every((byte) => byte >= 0x20 && byte <= 0x7e);
  return (isText ? JSON.stringify(String.fromCharCode(...shown)) : `0x${hex(shown)}`) + rest;
}
