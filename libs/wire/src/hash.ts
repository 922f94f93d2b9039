/**
 * The hashes that packet programs can ask for: CRC-32 as in zlib, CRC-16/ARC, and HalfSipHash-2-4, a keyed
 * hash for tables that an adversary may try to fill (Aumasson and Bernstein, SipHash, 2012; the 32-bit-word
 * variant is defined by the authors' reference code).
 *
 * Ranges are [start, end) of a byte array. The step forms take one byte at a time, for generated code:
 * `crc32Finish(crc32Byte(crc32Byte(CRC32_INITIAL, a), b))`.
 */

export const CRC32_INITIAL = -1;
export const CRC16_INITIAL = 0;

const CRC32_POLYNOMIAL = 0xedb88320; // 0x04c11db7, reflected.
const CRC16_POLYNOMIAL = 0xa001; // 0x8005, reflected.

const crc32Table = new Int32Array(256).map((_, byte) => divide(byte, CRC32_POLYNOMIAL));
const crc16Table = new Uint16Array(256).map((_, byte) => divide(byte, CRC16_POLYNOMIAL));

/** CRC-32 of zlib and Ethernet, unsigned. Check value of "123456789": 0xcbf43926. */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
  let state = CRC32_INITIAL;
  for (let i = start; i < end; i++) state = crc32Byte(state, bytes[i]!);
  return crc32Finish(state);
}

/** One byte further. The state is a signed 32-bit integer. */
export function crc32Byte(state: number, byte: number): number {
  return (state >>> 8) ^ crc32Table[(state ^ byte) & 0xff]!;
}

/** The unsigned CRC-32 of a state. */
export function crc32Finish(state: number): number {
  return ~state >>> 0;
}

/** CRC-16/ARC, unsigned. Check value of "123456789": 0xbb3d. */
export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let state = CRC16_INITIAL;
  for (let i = start; i < end; i++) state = crc16Byte(state, bytes[i]!);
  return state;
}

/** One byte further. The state is the CRC itself: nothing is complemented at the end. */
export function crc16Byte(state: number, byte: number): number {
  return (state >>> 8) ^ crc16Table[(state ^ byte) & 0xff]!;
}

/** A 64-bit hash as two unsigned 32-bit halves, filled by halfSipHash64. */
export class Hash64 {
  hi = 0;
  lo = 0;
}

/** A 64-bit key as the two little-endian words of its eight bytes. */
export interface HalfSipKey {
  readonly k0: number;
  readonly k1: number;
}

/**
 * HalfSipHash-2-4 with a 64-bit result into `out`. Allocates nothing.
 *
 * The reference code writes the result as eight bytes, little-endian: they are `lo`, then `hi`.
 */
export function halfSipHash64(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: HalfSipKey,
  out: Hash64,
): void {
  halfSip(bytes, start, end, key, WIDE, out);
}

const scratch = new Hash64();

/** HalfSipHash-2-4 with a 32-bit result, unsigned. Not the lower half of the 64-bit one. */
export function halfSipHash32(bytes: Uint8Array, start: number, end: number, key: HalfSipKey): number {
  halfSip(bytes, start, end, key, NARROW, scratch);
  return scratch.lo;
}

const COMPRESSION_ROUNDS = 2;
const FINALIZATION_ROUNDS = 4;

/** What tells the two result widths apart: constants that enter the state, and the number of final phases. */
interface HalfSipWidth {
  readonly initial: number;
  readonly final: number;
  readonly phases: number;
}
const NARROW: HalfSipWidth = { initial: 0, final: 0xff, phases: 1 };
const WIDE: HalfSipWidth = { initial: 0xee, final: 0xee, phases: 2 };

/**
 * One loop over everything that is followed by rounds: whole words, the last word (it holds the length),
 * then one finalization per 32 bits of result. One loop so that the state stays in local variables.
 */
function halfSip(
  bytes: Uint8Array,
  start: number,
  end: number,
  { k0, k1 }: HalfSipKey,
  width: HalfSipWidth,
  out: Hash64,
): void {
  const words = (end - start) >>> 2;
  let v0 = k0 | 0;
  let v1 = k1 ^ width.initial;
  let v2 = k0 ^ 0x6c796765;
  let v3 = k1 ^ 0x74656462;
  for (let phase = 0; phase <= words + width.phases; phase++) {
    let word = 0;
    let rounds = COMPRESSION_ROUNDS;
    if (phase < words) {
      const at = start + phase * 4;
      word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    } else if (phase === words) {
      word = lastWord(bytes, start, end);
    } else {
      rounds = FINALIZATION_ROUNDS;
      if (phase === words + 1) {
        v2 ^= width.final;
      } else {
        out.lo = (v1 ^ v3) >>> 0;
        v1 ^= 0xdd;
      }
    }
    v3 ^= word;
    for (; rounds > 0; rounds--) {
      v0 = (v0 + v1) | 0;
      v1 = rotateLeft(v1, 5) ^ v0;
      v0 = rotateLeft(v0, 16);
      v2 = (v2 + v3) | 0;
      v3 = rotateLeft(v3, 8) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = rotateLeft(v3, 7) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = rotateLeft(v1, 13) ^ v2;
      v2 = rotateLeft(v2, 16);
    }
    v0 ^= word;
  }
  if (width === NARROW) out.lo = (v1 ^ v3) >>> 0;
  else out.hi = (v1 ^ v3) >>> 0;
}

/** The up to three bytes after the whole words, little-endian, under the length modulo 256. */
function lastWord(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  let word = length << 24;
  for (let i = length & ~3; i < length; i++) word |= bytes[start + i]! << (8 * (i & 3));
  return word;
}

function rotateLeft(word: number, count: number): number {
  return (word << count) | (word >>> (32 - count));
}

/** Remainder of one byte, least significant bit first, by a reflected polynomial. */
export function divide(byte: number, polynomial: number): number {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = (remainder >>> 1) ^ ((remainder & 1) === 1 ? polynomial : 0);
  }
  return remainder;
}
