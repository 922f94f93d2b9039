/** Frames field by field, read off the header declarations: a listing of one, a comparison of two. */
import { formatIpv4, formatMac } from './address.ts';
import { arpHeader } from './arp.ts';
import { dissect, type Dissection, type Layer } from './dissect.ts';
import { ethernetHeader } from './ethernet.ts';
import { formatFrame } from './format-frame.ts';
import { pegasusFieldText } from './format-pegasus.ts';
import { hex, hexdump } from './hexdump.ts';
import { type FieldLayout, readField } from './header.ts';
import { ipv4Header } from './ipv4.ts';
import { pegasusHeader } from './pegasus-header.ts';

/** The one-line form, then every field of every header, then the bytes. Ends without a newline. */
export function formatFrameVerbose(bytes: Uint8Array): string {
  const dissection = dissect(bytes);
  const { layers, cutHeader, payload } = dissection;
  const names = layerNames(layers);
  const lines = [formatFrame(bytes)];
  for (const [i, layer] of layers.entries()) {
    lines.push(`${names[i]!} at ${layer.base}, ${layer.headerBytes} bytes`);
    lines.push(...listFields(bytes, layer));
  }
  if (cutHeader !== undefined)
    lines.push(`${cutHeader.name} cut after ${payload.length} of ${cutHeader.bytes} bytes`);
  else lines.push(`payload, ${payload.length} bytes`);
  const padding = bytes.length - payloadEnd(bytes, payload);
  if (padding > 0) lines.push(`after the payload, ${padding} bytes`);
  lines.push(hexdump(bytes));
  return lines.join('\n');
}

/** Where two frames differ: 'ipv4.ttl', of the second IPv4 header 'ipv4#2.ttl'; both values as text. */
export interface FieldDifference {
  readonly field: string;
  readonly a: string;
  readonly b: string;
}

/**
 * The fields in which two frames differ, in wire order. Empty exactly when the bytes are equal.
 *
 * Beside header fields it names 'headers' when the frames nest differently, '<header>.options', 'length',
 * and the first differing byte of what follows the last common header as 'payload[<index>]'.
 */
export function diffFrames(a: Uint8Array, b: Uint8Array): FieldDifference[] {
  const left = dissect(a);
  const right = dissect(b);
  const differences: FieldDifference[] = [];
  const add = (field: string, inA: string, inB: string): void => {
    if (inA !== inB) differences.push({ field, a: inA, b: inB });
  };
  add('length', `${a.length}`, `${b.length}`);
  add('headers', describeHeaders(left), describeHeaders(right));
  const common = commonLayers(left, right);
  const names = layerNames(left.layers);
  for (let i = 0; i < common; i++) {
    const [inA, inB] = [left.layers[i]!, right.layers[i]!];
    for (const field of inA.type.layout) {
      add(`${names[i]!}.${field.name}`, fieldText(a, inA, field), fieldText(b, inB, field));
    }
    add(`${names[i]!}.options`, optionsText(a, inA), optionsText(b, inB));
  }
  const restA = a.subarray(restStart(left, common));
  const restB = b.subarray(restStart(right, common));
  const index = firstDifference(restA, restB);
  if (index !== undefined) add(`payload[${index}]`, byteText(restA[index]), byteText(restB[index]));
  return differences;
}

/** One line a difference: 'ipv4.ttl: 64 and 63'. '' when there is none. */
export function formatDifferences(differences: readonly FieldDifference[]): string {
  return differences.map(({ field, a, b }) => `${field}: ${a} and ${b}`).join('\n');
}

function listFields(bytes: Uint8Array, layer: Layer): string[] {
  const { type, badChecksum, malformed } = layer;
  const nameWidth = Math.max(...type.layout.map((field) => field.name.length));
  const lines = type.layout.map((field) => {
    const isBad = field.name === 'checksum' && badChecksum !== undefined;
    const verdict = isBad ? ` bad, should be 0x${badChecksum.expected.toString(16).padStart(4, '0')}` : '';
    return `  ${field.name.padEnd(nameWidth)}  ${fieldText(bytes, layer, field)}${verdict}`;
  });
  const options = optionsText(bytes, layer);
  if (options !== '') lines.push(`  ${'options'.padEnd(nameWidth)}  ${options}`);
  if (malformed !== undefined) lines.push(`  malformed: ${malformed}`);
  if (layer.missingBytes > 0) lines.push(`  truncated: ${layer.missingBytes} bytes missing`);
  return lines;
}

/** Fields that people read in hexadecimal, in whatever header they stand. */
const HEX_FIELDS: ReadonlySet<string> = new Set(['checksum', 'etherType', 'protocolType', 'flags', 'rest']);
/** Fields wider than counters are identifiers, read in hexadecimal. */
const DECIMAL_BITS_MAX = 48;

function fieldText(bytes: Uint8Array, { type, base }: Layer, field: FieldLayout): string {
  const value = readField(bytes, base, field);
  if (type === pegasusHeader) return pegasusFieldText(field, value);
  const hasMacs = type === ethernetHeader || type === arpHeader;
  if (hasMacs && field.width === 48) return formatMac(Number(value));
  const hasIps = type === ipv4Header || type === arpHeader;
  if (hasIps && field.width === 32) return formatIpv4(Number(value));
  const isHex = HEX_FIELDS.has(field.name) || field.width > DECIMAL_BITS_MAX;
  return isHex ? `0x${value.toString(16).padStart(Math.ceil(field.width / 4), '0')}` : `${value}`;
}

/** What follows the declared fields within the header, in hexadecimal. */
function optionsText(bytes: Uint8Array, { type, base, headerBytes }: Layer): string {
  return headerBytes > type.bytes ? `0x${hex(bytes.subarray(base + type.bytes, base + headerBytes))}` : '';
}

/** Names of the layers, those after the first of a kind with a number: ipv4, udp, ipv4#2. */
function layerNames(layers: readonly Layer[]): string[] {
  return layers.map(({ type }, i) => {
    const before = layers.slice(0, i).filter((layer) => layer.type === type).length;
    return before === 0 ? type.name : `${type.name}#${before + 1}`;
  });
}

function describeHeaders({ layers, cutHeader }: Dissection): string {
  const names = layers.map(({ type }) => type.name);
  return [...names, ...(cutHeader === undefined ? [] : [`[|${cutHeader.name}]`])].join(' ');
}

/** How many layers from the outside in are of the same kind. */
function commonLayers({ layers: a }: Dissection, { layers: b }: Dissection): number {
  const differing = a.findIndex((layer, i) => layer.type !== b[i]?.type);
  return differing === -1 ? a.length : differing;
}

function restStart({ layers }: Dissection, common: number): number {
  const last = layers[common - 1];
  return last === undefined ? 0 : last.base + last.headerBytes;
}

function payloadEnd(bytes: Uint8Array, payload: Uint8Array): number {
  return payload.byteOffset - bytes.byteOffset + payload.length;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i] !== b[i]) return i;
  return undefined;
}

function byteText(byte: number | undefined): string {
  return byte === undefined ? 'absent' : `0x${byte.toString(16).padStart(2, '0')}`;
}
