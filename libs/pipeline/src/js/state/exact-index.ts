/**
 * Finds the entry of a key: open addressing with linear probing over typed arrays, at most half full.
 * Generated code does the look-up with its words spelled out (find-printer.ts); both must hash alike.
 */
import { assert } from '@ballast/base';

/** An empty place of the index. */
export const NO_ENTRY = -1;

const FIRST_MULTIPLIER = 0x9e3779b1;
const NEXT_MULTIPLIER = 0x85ebca6b;

/** Spreads the words of a key over 32 bits (multiplicative hashing; constants of xxHash and MurmurHash). */
export function hashWords(words: Int32Array): number {
  let hash = Math.imul(words[0]!, FIRST_MULTIPLIER);
  for (let i = 1; i < words.length; i++) hash = Math.imul(hash ^ (hash >>> 15) ^ words[i]!, NEXT_MULTIPLIER);
  return hash ^ (hash >>> 16);
}

/** The text of `hashWords` for given words: statements that leave the hash in `hash`, and its final form. */
export function hashWordsText(words: readonly string[]): { statements: string[]; result: string } {
  const [first, ...others] = words;
  const statements = [
    `let hash = Math.imul(${first}, 0x${FIRST_MULTIPLIER.toString(16)});`,
    ...others.map(
      (word) => `hash = Math.imul(hash ^ (hash >>> 15) ^ ${word}, 0x${NEXT_MULTIPLIER.toString(16)});`,
    ),
  ];
  return { statements, result: 'hash ^ (hash >>> 16)' };
}

/** Places of an index over entries numbered below `size`. */
export function placesFor(size: number): number {
  return 2 ** Math.ceil(Math.log2(2 * size));
}

export class ExactIndex {
  /** By place: the entry there, or NO_ENTRY. */
  readonly places: Int32Array;
  /** By word of the key, then by entry. */
  readonly keys: readonly Int32Array[];
  readonly #mask: number;

  /** @param size entries are numbered below it */
  constructor(words: number, size: number) {
    this.places = new Int32Array(placesFor(size)).fill(NO_ENTRY);
    this.keys = Array.from({ length: words }, () => new Int32Array(size));
    this.#mask = this.places.length - 1;
  }

  find(key: Int32Array): number {
    let at = hashWords(key) & this.#mask;
    while (this.places[at] !== NO_ENTRY && !this.#holds(this.places[at]!, key)) at = (at + 1) & this.#mask;
    return this.places[at]!;
  }

  /** Precondition: neither the key nor the entry is there. */
  insert(key: Int32Array, entry: number): void {
    let at = hashWords(key) & this.#mask;
    while (this.places[at] !== NO_ENTRY) at = (at + 1) & this.#mask;
    this.places[at] = entry;
    this.keys.forEach((column, word) => (column[entry] = key[word]!));
  }

  /** Precondition: the key is there. */
  remove(key: Int32Array): void {
    let hole = hashWords(key) & this.#mask;
    while (!this.#holds(this.places[hole]!, key)) hole = (hole + 1) & this.#mask;
    // What was probed past this place moves up, so that no probe ends at the hole (Knuth 6.4, Algorithm R).
    for (let at = (hole + 1) & this.#mask; this.places[at] !== NO_ENTRY; at = (at + 1) & this.#mask) {
      const home = hashWords(this.#keyOf(this.places[at]!)) & this.#mask;
      if (((at - home) & this.#mask) < ((at - hole) & this.#mask)) continue;
      this.places[hole] = this.places[at]!;
      hole = at;
    }
    this.places[hole] = NO_ENTRY;
  }

  #holds(entry: number, key: Int32Array): boolean {
    assert(entry !== NO_ENTRY, 'a removed key is there');
    return this.keys.every((column, word) => column[entry] === key[word]);
  }

  #keyOf(entry: number): Int32Array {
    return Int32Array.from(this.keys, (column) => column[entry]!);
  }
}
