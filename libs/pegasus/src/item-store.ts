/**
 * Items of one server: key -> (value or tombstone, version). Open addressing over typed arrays with linear
 * probing and backward-shift deletion; keys and values in one byte arena cut into classes of 32 bytes.
 */
import { assert } from '@ballast/base';
import type { WriteLog } from './write-log.ts';

export const MISS = -1;
const GRANULE_BYTES = 32;
const TOMBSTONE = -1;
/** The index grows when more than this share of it is taken. */
const FILL_MAX = 0.7;

export class ItemStore {
  /** Item number + 1 by probe position, 0 when free. */
  #index: Int32Array;
  #hashHi: Uint32Array;
  #hashLo: Uint32Array;
  #incarnation: Uint16Array;
  #counter: Float64Array;
  #keyBytes: Uint16Array;
  /** TOMBSTONE for a deleted key. */
  #valueBytes: Int32Array;
  /** Where key and value stand in the arena, and how many granules they have there: 0 for a free item. */
  #offset: Float64Array;
  #granules: Uint32Array;
  #arena: Uint8Array;
  #arenaUsed = 0;
  /** Free arena cells by granules, and free item numbers. */
  readonly #freeCells = new Map<number, number[]>();
  readonly #freeItems: number[] = [];
  #items = 0;
  #live = 0;
  #contentBytes = 0;

  /** @param expected how many items to make room for at once; the store grows beyond it */
  constructor(expected = 1024) {
    const capacity = Math.max(16, expected);
    this.#index = new Int32Array(2 ** Math.ceil(Math.log2(capacity / FILL_MAX + 1)));
    this.#hashHi = new Uint32Array(capacity);
    this.#hashLo = new Uint32Array(capacity);
    this.#incarnation = new Uint16Array(capacity);
    this.#counter = new Float64Array(capacity);
    this.#keyBytes = new Uint16Array(capacity);
    this.#valueBytes = new Int32Array(capacity);
    this.#offset = new Float64Array(capacity);
    this.#granules = new Uint32Array(capacity);
    this.#arena = new Uint8Array(capacity * GRANULE_BYTES);
  }

  /** Keys in the store, tombstones included. */
  get size(): number {
    return this.#live;
  }

  /** Bytes of all keys and values. */
  get contentBytes(): number {
    return this.#contentBytes;
  }

  /** Items have numbers below this one. A number that was free may become an item again. */
  get itemsEnd(): number {
    return this.#items;
  }

  /** Is there an item of this number? Below `itemsEnd` these are all items, in no order of keys. */
  isItem(number: number): boolean {
    return this.#granules[number] !== 0;
  }

  /** Appends the item to a log, as the write that made it. */
  appendTo(item: number, log: WriteLog): void {
    const keyAt = this.#offset[item]!;
    const keyBytes = this.#keyBytes[item]!;
    const valueBytes = this.isTombstone(item) ? null : this.#valueBytes[item]!;
    const incarnation = this.#incarnation[item]!;
    const counter = this.#counter[item]!;
    const arena = this.#arena;
    log.put(arena, keyAt, keyBytes, arena, keyAt + keyBytes, valueBytes, incarnation, counter);
  }

  /** The item of a key, or MISS. A tombstone is an item. */
  find(hashHi: number, hashLo: number, key: Uint8Array, keyStart: number, keyBytes: number): number {
    const mask = this.#index.length - 1;
    for (let probe = hashLo & mask; ; probe = (probe + 1) & mask) {
      const item = this.#index[probe]! - 1;
      if (item < 0) return MISS;
      if (
        this.#hashLo[item] === hashLo &&
        this.#hashHi[item] === hashHi &&
        this.#keyIs(item, key, keyStart, keyBytes)
      ) {
        return item;
      }
    }
  }

  /** How many keys have this hash, tombstones included, and the first of them. */
  withHash(hashHi: number, hashLo: number): { count: number; first: number } {
    const mask = this.#index.length - 1;
    let count = 0;
    let first = MISS;
    for (let probe = hashLo & mask; ; probe = (probe + 1) & mask) {
      const item = this.#index[probe]! - 1;
      if (item < 0) return { count, first };
      if (this.#hashLo[item] !== hashLo || this.#hashHi[item] !== hashHi) continue;
      if (count++ === 0) first = item;
    }
  }

  hashHi(item: number): number {
    return this.#hashHi[item]!;
  }
  hashLo(item: number): number {
    return this.#hashLo[item]!;
  }
  versionIncarnation(item: number): number {
    return this.#incarnation[item]!;
  }
  versionCounter(item: number): number {
    return this.#counter[item]!;
  }
  isTombstone(item: number): boolean {
    return this.#valueBytes[item] === TOMBSTONE;
  }
  /** Bytes of the value; 0 for a tombstone. */
  valueBytes(item: number): number {
    return Math.max(0, this.#valueBytes[item]!);
  }

  /** Copies the value to `target` at `at`. */
  copyValue(item: number, target: Uint8Array, at: number): void {
    const from = this.#offset[item]! + this.#keyBytes[item]!;
    const bytes = this.#valueBytes[item]!;
    for (let i = 0; i < bytes; i++) target[at + i] = this.#arena[from + i]!;
  }

  /** A copy of the key. Allocates. */
  key(item: number): Uint8Array {
    const from = this.#offset[item]!;
    return this.#arena.slice(from, from + this.#keyBytes[item]!);
  }

  /**
   * Writes a key's value and version, whatever was there.
   *
   * @param valueBytes of the value at `valueStart` of `value`; null writes a tombstone
   * @returns the item
   */
  put(
    hashHi: number,
    hashLo: number,
    key: Uint8Array,
    keyStart: number,
    keyBytes: number,
    value: Uint8Array,
    valueStart: number,
    valueBytes: number | null,
    incarnation: number,
    counter: number,
  ): number {
    let item = this.find(hashHi, hashLo, key, keyStart, keyBytes);
    const granules = Math.ceil((keyBytes + (valueBytes ?? 0)) / GRANULE_BYTES) || 1;
    if (item === MISS) {
      item = this.#newItem(hashHi, hashLo);
      this.#takeCell(item, granules);
      this.#keyBytes[item] = keyBytes;
    } else {
      this.#contentBytes -= keyBytes + this.valueBytes(item);
      if (granules !== this.#granules[item]) {
        this.#releaseCell(item);
        this.#takeCell(item, granules);
      }
    }
    const offset = this.#offset[item]!;
    const arena = this.#arena;
    for (let i = 0; i < keyBytes; i++) arena[offset + i] = key[keyStart + i]!;
    const at = offset + keyBytes;
    const bytes = valueBytes ?? 0;
    this.#contentBytes += keyBytes + bytes;
    for (let i = 0; i < bytes; i++) arena[at + i] = value[valueStart + i]!;
    this.#valueBytes[item] = valueBytes ?? TOMBSTONE;
    this.#incarnation[item] = incarnation;
    this.#counter[item] = counter;
    return item;
  }

  /** Forgets a key altogether: the copy of a server that is not its home, never a tombstone of the home. */
  remove(item: number): void {
    const mask = this.#index.length - 1;
    let hole = this.#hashLo[item]! & mask;
    while (this.#index[hole] !== item + 1) hole = (hole + 1) & mask;
    // Whatever probed past the hole moves into it, so that no search stops early.
    for (let probe = (hole + 1) & mask; this.#index[probe] !== 0; probe = (probe + 1) & mask) {
      const wanted = this.#hashLo[this.#index[probe]! - 1]! & mask;
      if (((probe - wanted) & mask) >= ((probe - hole) & mask)) {
        this.#index[hole] = this.#index[probe]!;
        hole = probe;
      }
    }
    this.#index[hole] = 0;
    this.#contentBytes -= this.#keyBytes[item]! + this.valueBytes(item);
    this.#releaseCell(item);
    this.#granules[item] = 0;
    this.#freeItems.push(item);
    this.#live--;
  }

  #keyIs(item: number, key: Uint8Array, keyStart: number, keyBytes: number): boolean {
    if (this.#keyBytes[item] !== keyBytes) return false;
    const offset = this.#offset[item]!;
    for (let i = 0; i < keyBytes; i++) if (this.#arena[offset + i] !== key[keyStart + i]) return false;
    return true;
  }

  #newItem(hashHi: number, hashLo: number): number {
    if (this.#live + 1 > this.#index.length * FILL_MAX) this.#growIndex();
    const item = this.#freeItems.pop() ?? this.#items++;
    if (item >= this.#hashHi.length) this.#growItems();
    this.#hashHi[item] = hashHi;
    this.#hashLo[item] = hashLo;
    this.#enter(item);
    this.#live++;
    return item;
  }

  #enter(item: number): void {
    const mask = this.#index.length - 1;
    let probe = this.#hashLo[item]! & mask;
    while (this.#index[probe] !== 0) probe = (probe + 1) & mask;
    this.#index[probe] = item + 1;
  }

  #growIndex(): void {
    const items = this.#index.filter((entry) => entry !== 0);
    this.#index = new Int32Array(this.#index.length * 2);
    for (const entry of items) this.#enter(entry - 1);
  }

  #growItems(): void {
    const capacity = this.#hashHi.length * 2;
    const grown = <T extends Uint32Array | Uint16Array | Int32Array | Float64Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.#hashHi = grown(this.#hashHi, new Uint32Array(capacity));
    this.#hashLo = grown(this.#hashLo, new Uint32Array(capacity));
    this.#incarnation = grown(this.#incarnation, new Uint16Array(capacity));
    this.#counter = grown(this.#counter, new Float64Array(capacity));
    this.#keyBytes = grown(this.#keyBytes, new Uint16Array(capacity));
    this.#valueBytes = grown(this.#valueBytes, new Int32Array(capacity));
    this.#offset = grown(this.#offset, new Float64Array(capacity));
    this.#granules = grown(this.#granules, new Uint32Array(capacity));
  }

  #takeCell(item: number, granules: number): void {
    this.#granules[item] = granules;
    const free = this.#freeCells.get(granules)?.pop();
    if (free !== undefined) {
      this.#offset[item] = free;
      return;
    }
    const bytes = granules * GRANULE_BYTES;
    if (this.#arenaUsed + bytes > this.#arena.length) {
      const larger = new Uint8Array(Math.max(this.#arena.length * 2, this.#arenaUsed + bytes));
      larger.set(this.#arena);
      this.#arena = larger;
    }
    assert(this.#arenaUsed + bytes <= this.#arena.length, 'the arena was grown');
    this.#offset[item] = this.#arenaUsed;
    this.#arenaUsed += bytes;
  }

  #releaseCell(item: number): void {
    const granules = this.#granules[item]!;
    const free = this.#freeCells.get(granules);
    if (free === undefined) this.#freeCells.set(granules, [this.#offset[item]!]);
    else free.push(this.#offset[item]!);
  }
}
