import { assert } from '@ballast/base';
import type { KeyNames } from './key-names.ts';
import { NOT_A_KEY } from './key-text.ts';

/** Longest key that the rack takes: its length is one byte on the wire. */
export const TRACE_KEY_BYTES_MAX = 255;

/**
 * The keys of a trace, numbered from 0 in the order of their first appearance.
 *
 * The one part of reading a trace that grows: with the number of different keys, not with the operations.
 */
export class TraceKeys implements KeyNames {
  readonly bytesMax = TRACE_KEY_BYTES_MAX;
  readonly #indexes = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #encoder = new TextEncoder();

  get size(): number {
    return this.#texts.length;
  }

  /** The number of a key; the next free one when it is new. */
  add(text: string): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    const index = this.#texts.length;
    this.#indexes.set(text, index);
    this.#texts.push(text);
    return index;
  }

  write(index: number, out: Uint8Array, offset: number): number {
    return this.#encoder.encodeInto(this.format(index), out.subarray(offset)).written;
  }

  indexOf(text: string): number {
    return this.#indexes.get(text) ?? NOT_A_KEY;
  }

  format(index: number): string {
    const text = this.#texts[index];
    assert(text !== undefined, 'a key of the trace has been read');
    return text;
  }
}
