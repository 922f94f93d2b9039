/**
 * A header is declared once, here; codecs, packet programs, their back ends and the printer all read the
 * declaration. Big-endian, fields in wire order, no padding but what is declared.
 */
import { assert } from '@ballast/base';

/** Widest field. Longer ones (an IPv6 address) are declared as several. */
export const FIELD_BITS_MAX = 64;

export interface FieldSpec {
  readonly width: number;
}

/** A field of 1 to 64 bits, unsigned. */
export function bits(width: number): FieldSpec {
  assert(
    Number.isInteger(width) && width >= 1 && width <= FIELD_BITS_MAX,
    `field width ${width} is 1 to 64 bits`,
  );
  return Object.freeze({ width });
}

export interface FieldLayout {
  readonly name: string;
  readonly width: number;
  /** From the first bit of the header, most significant bit first. */
  readonly bitOffset: number;
}

export type FieldSpecs = Readonly<Record<string, FieldSpec>>;

/** The layout of one header. `N` names its fields. */
export interface HeaderType<N extends string = string> {
  readonly name: string;
  readonly bytes: number;
  readonly fields: Readonly<Record<N, FieldLayout>>;
  /** In wire order. */
  readonly layout: readonly FieldLayout[];
  /** Byte offset of each field from the start of the header (of the byte that holds its first bit). */
  readonly offset: Readonly<Record<N, number>>;
}

/** Declares a header. Its fields fill whole bytes. */
export function header<const F extends FieldSpecs>(name: string, specs: F): HeaderType<keyof F & string> {
  const layout: FieldLayout[] = [];
  const fields: Record<string, FieldLayout> = {};
  const offset: Record<string, number> = {};
  let bitOffset = 0;
  for (const [field, { width }] of Object.entries(specs)) {
    const entry = Object.freeze({ name: field, width, bitOffset });
    layout.push(entry);
    fields[field] = entry;
    offset[field] = bitOffset >>> 3;
    bitOffset += width;
  }
  assert(bitOffset % 8 === 0, `header ${name} fills whole bytes, not ${bitOffset} bits`);
  return Object.freeze({
    name,
    bytes: bitOffset / 8,
    fields: Object.freeze(fields) as Record<keyof F & string, FieldLayout>,
    layout: Object.freeze(layout),
    offset: Object.freeze(offset) as Record<keyof F & string, number>,
  });
}

/** Reads any field as a bigint. Slow and obvious: for printers, tests and the reference interpreter. */
export function readField(bytes: Uint8Array, base: number, field: FieldLayout): bigint {
  const first = base + (field.bitOffset >>> 3);
  const lastBit = field.bitOffset + field.width;
  const last = base + ((lastBit + 7) >>> 3);
  let value = 0n;
  for (let i = first; i < last; i++) value = (value << 8n) | BigInt(bytes[i]!);
  const below = (8 - (lastBit & 7)) & 7;
  return (value >> BigInt(below)) & ((1n << BigInt(field.width)) - 1n);
}

/** Writes any field; bits of `value` above the width are ignored. The counterpart of readField. */
export function writeField(bytes: Uint8Array, base: number, field: FieldLayout, value: bigint): void {
  for (let i = 0; i < field.width; i++) {
    const bit = field.bitOffset + field.width - 1 - i;
    const index = base + (bit >>> 3);
    const mask = 0x80 >>> (bit & 7);
    const set = ((value >> BigInt(i)) & 1n) === 1n;
    bytes[index] = set ? bytes[index]! | mask : bytes[index]! & ~mask;
  }
}
