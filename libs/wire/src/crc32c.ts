/**
 * CRC-32C (Castagnoli), the check of iSCSI, ext4 and most write-ahead logs (RFC 3720 §12.1, appendix B.4).
 *
 * Finds every burst of up to 32 bits, and any three flipped bits in records of the sizes we have. Four bytes
 * at a time by one table each ("slicing", Kounavis and Berry, 2005), so that they do not wait for each other.
 */
import { divide } from './hash.ts';

const POLYNOMIAL = 0x82f63b78; // 0x1edc6f41, reflected.

const table0 = new Int32Array(256).map((_, byte) => divide(byte, POLYNOMIAL));
const table1 = table0.map(oneZeroByteFurther);
const table2 = table1.map(oneZeroByteFurther);
const table3 = table2.map(oneZeroByteFurther);

/** CRC-32C of bytes [start, end), unsigned. Check value of "123456789": 0xe3069283. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let state = -1;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    state =
      table3[(state ^ bytes[i]!) & 0xff]! ^
      table2[((state >>> 8) ^ bytes[i + 1]!) & 0xff]! ^
      table1[((state >>> 16) ^ bytes[i + 2]!) & 0xff]! ^
      table0[((state >>> 24) ^ bytes[i + 3]!) & 0xff]!;
  }
  for (; i < end; i++) state = (state >>> 8) ^ table0[(state ^ bytes[i]!) & 0xff]!;
  return ~state >>> 0;
}

function oneZeroByteFurther(state: number): number {
  return (state >>> 8) ^ table0[state & 0xff]!;
}
