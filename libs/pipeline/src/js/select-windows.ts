/** Several fields of a select in one load: which bytes of a header decide, and what they must be. */
import type { HeaderType } from '@ballast/wire';
import { present } from '@ballast/base';
import { fieldPath, type ParserState, type SelectValue } from '../parser-graph.ts';

/** Bytes of a header that one load takes. */
export interface Window {
  readonly header: string;
  readonly byteOffset: number;
  readonly bytes: 1 | 2 | 4;
  /** By case of the select: what the loaded word must be where the mask is 1. */
  readonly tests: readonly { readonly mask: number; readonly value: number }[];
}

/** The loads that decide a select, by header and offset. */
export function windowsOf(state: ParserState, types: Readonly<Record<string, HeaderType>>): Window[] {
  const headers = [...new Set(state.on.map((path) => fieldPath(path).header))];
  return headers.flatMap((header) =>
    windowsInHeader(state, header, present(types[header], 'states have types')),
  );
}

function windowsInHeader(state: ParserState, header: string, type: HeaderType): Window[] {
  const tests = state.cases.map((c) => bytesOfCase(state, c.match, header, type));
  const counts = (byte: number): boolean => tests.some(({ mask }) => mask[byte] !== 0);
  const windows: Window[] = [];
  let byte = 0;
  while (byte < type.bytes) {
    if (!counts(byte)) {
      byte++;
      continue;
    }
    let last = byte;
    for (let i = byte; i < Math.min(byte + 4, type.bytes); i++) if (counts(i)) last = i;
    const { byteOffset, bytes } = fitting(byte, last, type.bytes);
    const word = (of: Uint8Array): number =>
      of.subarray(byteOffset, byteOffset + bytes).reduce((w, b) => w * 256 + b, 0);
    windows.push({
      header,
      byteOffset,
      bytes,
      tests: tests.map((t) => ({ mask: word(t.mask), value: word(t.value) })),
    });
    byte = byteOffset + bytes;
  }
  return windows;
}

/** The smallest load from `first` that stays in the header and does not end behind `last` without need. */
function fitting(first: number, last: number, headerBytes: number): { byteOffset: number; bytes: 1 | 2 | 4 } {
  const span = last - first + 1;
  if (span <= 2) return { byteOffset: first, bytes: span as 1 | 2 };
  if (first + 4 <= headerBytes) return { byteOffset: first, bytes: 4 };
  return headerBytes >= 4 ? { byteOffset: headerBytes - 4, bytes: 4 } : { byteOffset: first, bytes: 2 };
}

/** What a case asks of each byte of a header. */
function bytesOfCase(
  state: ParserState,
  match: readonly SelectValue[],
  header: string,
  type: HeaderType,
): { mask: Uint8Array; value: Uint8Array } {
  const result = { mask: new Uint8Array(type.bytes), value: new Uint8Array(type.bytes) };
  state.on.forEach((path, i) => {
    const { header: owner, field } = fieldPath(path);
    if (owner !== header) return;
    const { bitOffset, width } = present(type.fields[field], `${header} has ${field}`);
    const { value, mask } = valueAndMask(present(match[i], 'a value per field'), width);
    for (let bit = 0; bit < width; bit++) {
      const at = bitOffset + width - 1 - bit;
      const inByte = 0x80 >>> (at & 7);
      if ((mask >> BigInt(bit)) & 1n) result.mask[at >>> 3]! |= inByte;
      if ((value >> BigInt(bit)) & 1n) result.value[at >>> 3]! |= inByte;
    }
  });
  return result;
}

function valueAndMask(select: SelectValue, width: number): { value: bigint; mask: bigint } {
  if (typeof select !== 'object') return { value: BigInt(select), mask: (1n << BigInt(width)) - 1n };
  const mask = BigInt(select.mask);
  return { value: BigInt(select.value) & mask, mask };
}
