import { assert } from '@ballast/base';
import type { KeyNames } from './key-names.ts';
import { requireParameter } from './workload-error.ts';

/** What `read` and `indexOf` answer for what is no key of the form. */
export const NOT_A_KEY = -1;

const ASCII_ZERO = 0x30;
/** Low digits that are handled in 32-bit integers; the rest, mostly zeros, above them. */
const LOW_DIGITS = 9;
const LOW_SPLIT = 10 ** LOW_DIGITS;

/**
 * Fixed-width key text as YCSB writes it: a prefix, then the index in decimal, padded with zeros.
 *
 *   user000000000123      prefix "user", 16 bytes
 */
export class KeyText implements KeyNames {
  /** Length of every key. */
  readonly bytes: number;
  /** Indexes 0 ... capacity - 1 have a text. */
  readonly capacity: number;
  readonly #prefix: Uint8Array;
  readonly #scratch: Uint8Array;

  /** @param options `prefix` is ASCII; between 1 and 15 digits must be left beside it. */
  constructor(options: { prefix?: string; bytes?: number } = {}) {
    const prefix = options.prefix ?? 'user';
    this.bytes = options.bytes ?? 16;
    const digits = this.bytes - prefix.length;
    const fits = Number.isInteger(digits) && digits >= 1 && digits <= 15;
    requireParameter(
      fits,
      'key bytes',
      this.bytes,
      `${prefix.length + 1} to ${prefix.length + 15} for this prefix`,
    );
    this.capacity = 10 ** digits;
    this.#prefix = Uint8Array.from(prefix, (character) => character.charCodeAt(0));
    this.#scratch = new Uint8Array(this.bytes);
  }

  get bytesMax(): number {
    return this.bytes;
  }

  /**
   * Writes the key of `index` at `offset`. Allocates nothing. Precondition: 0 <= index < capacity.
   *
   * @returns its length
   */
  write(index: number, out: Uint8Array, offset: number): number {
    assert(index < this.capacity, 'a key index fits the digits of its text');
    const prefix = this.#prefix;
    for (let i = 0; i < prefix.length; i++) out[offset + i] = prefix[i]!;
    const first = offset + prefix.length;
    const split = Math.max(first, offset + this.bytes - LOW_DIGITS);
    const high = Math.floor(index / LOW_SPLIT);
    writeDigits(index - high * LOW_SPLIT, out, split, offset + this.bytes);
    writeDigits(high, out, first, split);
    return this.bytes;
  }

  /** The index of the key at `offset`, or NOT_A_KEY. Never throws on bad bytes. */
  read(bytes: Uint8Array, offset: number): number {
    if (offset + this.bytes > bytes.length) return NOT_A_KEY;
    const prefix = this.#prefix;
    for (let i = 0; i < prefix.length; i++) if (bytes[offset + i] !== prefix[i]) return NOT_A_KEY;
    let index = 0;
    for (let i = offset + prefix.length; i < offset + this.bytes; i++) {
      const digit = bytes[i]! - ASCII_ZERO;
      if (digit < 0 || digit > 9) return NOT_A_KEY;
      index = index * 10 + digit;
    }
    return index;
  }

  indexOf(text: string): number {
    return text.length === this.bytes ? this.read(new TextEncoder().encode(text), 0) : NOT_A_KEY;
  }

  /** The key as a string. Allocates: for logs, histories and printers. */
  format(index: number): string {
    this.write(index, this.#scratch, 0);
    return String.fromCharCode(...this.#scratch);
  }
}

/** Writes the low digits of `value`, which has at most 9, right-aligned to `end`. */
function writeDigits(value: number, out: Uint8Array, first: number, end: number): void {
  let rest = value | 0;
  for (let i = end - 1; i >= first; i--) {
    const quotient = (rest / 10) | 0;
    out[i] = ASCII_ZERO + rest - quotient * 10;
    rest = quotient;
  }
}
