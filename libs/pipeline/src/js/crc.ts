/**
 * CRC steps for generated code: several bytes at a time, most significant byte first, by one table each
 * ("slicing", Kounavis and Berry, 2005), so that the bytes of a word do not wait for each other.
 */
import { crc16Byte, crc32Byte } from '@ballast/wire';

const table0 = Int32Array.from({ length: 256 }, (_, byte) => crc32Byte(0, byte));
const table1 = table0.map((state) => crc32Byte(state, 0));
const table2 = table1.map((state) => crc32Byte(state, 0));
const table3 = table2.map((state) => crc32Byte(state, 0));

/** Four bytes further: those of a 32-bit word. States are as in crc32Byte. */
export function crc32Bytes4(state: number, word: number): number {
  return (
    table3[(state ^ (word >>> 24)) & 0xff]! ^
    table2[((state >>> 8) ^ (word >>> 16)) & 0xff]! ^
    table1[((state >>> 16) ^ (word >>> 8)) & 0xff]! ^
    table0[((state >>> 24) ^ word) & 0xff]!
  );
}

export function crc32Bytes3(state: number, word: number): number {
  return (
    table2[(state ^ (word >>> 16)) & 0xff]! ^
    table1[((state >>> 8) ^ (word >>> 8)) & 0xff]! ^
    table0[((state >>> 16) ^ word) & 0xff]! ^
    (state >>> 24)
  );
}

export function crc32Bytes2(state: number, word: number): number {
  return table1[(state ^ (word >>> 8)) & 0xff]! ^ table0[((state >>> 8) ^ word) & 0xff]! ^ (state >>> 16);
}

export function crc32Bytes1(state: number, byte: number): number {
  return table0[(state ^ byte) & 0xff]! ^ (state >>> 8);
}

/** The unsigned CRC of `bytes` bytes in a word further. */
export function crc16Bytes4(state: number, word: number): number {
  return crc16Bytes2(crc16Bytes2(state, word >>> 16), word & 0xffff);
}

export function crc16Bytes3(state: number, word: number): number {
  return crc16Bytes2(crc16Byte(state, word >>> 16), word & 0xffff);
}

export function crc16Bytes2(state: number, word: number): number {
  return crc16Byte(crc16Byte(state, word >>> 8), word & 0xff);
}

export function crc16Bytes1(state: number, byte: number): number {
  return crc16Byte(state, byte);
}
