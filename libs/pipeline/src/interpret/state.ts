/** State of an interpreted program: Maps and arrays of bigints. */
import { present } from '@ballast/base';
import { crc32 } from '@ballast/wire';
import type { MatchValue } from '../control.ts';
import { prefixMask } from '../control-plane.ts';
import type { Cell, Program, TableDeclaration } from '../ir.ts';
import type { StateStore, StoredRecord, StoredTableEntry } from '../state-store.ts';
import type { CacheMode, StateDump } from '../target.ts';
import { bytesOf } from './evaluate.ts';

interface CounterCell {
  packets: bigint;
  bytes: bigint;
}

export class InterpreterState implements StateStore {
  readonly #program: Program;
  readonly #cacheMode: CacheMode;
  readonly #tables = new Map<string, StoredTableEntry[]>();
  readonly #registers = new Map<string, bigint[][]>();
  /** By position. */
  readonly #slots = new Map<string, Map<number, StoredRecord>>();
  readonly #caches = new Map<string, Map<number, StoredRecord>>();
  readonly #counters = new Map<string, CounterCell[]>();
  #random: number;

  constructor(program: Program, seed: number, cacheMode: CacheMode) {
    this.#program = program;
    this.#cacheMode = cacheMode;
    this.#random = seed >>> 0 || 1;
    for (const t of program.tables) this.#tables.set(t.name, []);
    for (const r of program.registers) {
      this.#registers.set(
        r.name,
        Array.from({ length: r.size }, () => r.cells.map(() => 0n)),
      );
    }
    for (const s of program.slots) this.#slots.set(s.name, new Map());
    for (const c of program.caches) this.#caches.set(c.name, new Map());
    for (const c of program.counters) {
      this.#counters.set(
        c.name,
        Array.from({ length: c.size }, () => ({ packets: 0n, bytes: 0n })),
      );
    }
  }

  // What statements use.

  /** Marsaglia's xorshift32. */
  nextRandom(): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x >>> 0;
    return this.#random;
  }

  count(counter: string, index: number, bytes: number): void {
    const cell = present(this.#counter(counter)[index], 'indexes are below the size');
    cell.packets += 1n;
    cell.bytes += BigInt(bytes);
  }

  /** The entry that a packet's keys hit, or null. */
  lookup(table: string, keys: readonly bigint[]): StoredTableEntry | null {
    const declared = this.#table(table);
    const hits = this.#entries(table).filter((entry) =>
      entry.match.every((match, i) => isHit(match, keys[i]!, declared.keys[i]!.width)),
    );
    // The longest prefix or the highest priority; among equals the entry inserted first.
    let best: StoredTableEntry | null = null;
    for (const hit of hits) if (best === null || isBetter(hit, best)) best = hit;
    return best;
  }

  cacheGet(cache: string, key: readonly bigint[]): readonly bigint[] | null {
    const stored = this.#cache(cache).get(this.#cachePlace(cache, key));
    return stored !== undefined && sameKey(stored.key, key) ? stored.record : null;
  }

  slotGet(slots: string, key: readonly bigint[]): readonly bigint[] | null {
    const position = this.#slotOf(slots, key);
    return position === null
      ? null
      : present(this.#slotMap(slots).get(position), 'the position is taken').record;
  }

  // What the control plane uses.

  tableInsert(table: string, entry: StoredTableEntry): 'done' | 'exists' | 'full' {
    const entries = this.#entries(table);
    if (this.#findEntry(table, entry.match, entry.priority) >= 0) return 'exists';
    if (entries.length >= this.#table(table).size) return 'full';
    entries.push(entry);
    return 'done';
  }

  tableModify(table: string, entry: StoredTableEntry): 'done' | 'absent' {
    const position = this.#findEntry(table, entry.match, entry.priority);
    if (position < 0) return 'absent';
    this.#entries(table)[position] = entry;
    return 'done';
  }

  tableDelete(table: string, match: readonly MatchValue[], priority: number): 'done' | 'absent' {
    const position = this.#findEntry(table, match, priority);
    if (position < 0) return 'absent';
    this.#entries(table).splice(position, 1);
    return 'done';
  }

  tableEntries(table: string): StoredTableEntry[] {
    return [...this.#entries(table)];
  }

  registerRead(register: string, index: number): bigint[] {
    return [...present(this.#register(register)[index], 'indexes are below the size')];
  }

  registerWrite(register: string, index: number, record: readonly bigint[]): void {
    this.#register(register)[index] = [...record];
  }

  counterRead(counter: string, index: number): { packets: bigint; bytes: bigint } {
    return { ...present(this.#counter(counter)[index], 'indexes are below the size') };
  }

  counterWrite(counter: string, index: number, packets: bigint, bytes: bigint): void {
    this.#counter(counter)[index] = { packets, bytes };
  }

  slotInsert(slots: string, key: readonly bigint[], record: readonly bigint[]): 'done' | 'exists' | 'full' {
    if (this.#slotOf(slots, key) !== null) return 'exists';
    const map = this.#slotMap(slots);
    const free = this.#slotPlaces(slots, key).find((place) => !map.has(place));
    if (free === undefined) return 'full';
    map.set(free, { key: [...key], record: [...record] });
    return 'done';
  }

  slotModify(slots: string, key: readonly bigint[], record: readonly bigint[]): 'done' | 'absent' {
    const position = this.#slotOf(slots, key);
    if (position === null) return 'absent';
    this.#slotMap(slots).set(position, { key: [...key], record: [...record] });
    return 'done';
  }

  slotDelete(slots: string, key: readonly bigint[]): 'done' | 'absent' {
    const position = this.#slotOf(slots, key);
    if (position === null) return 'absent';
    this.#slotMap(slots).delete(position);
    return 'done';
  }

  slotEntries(slots: string): StoredRecord[] {
    return [...this.#slotMap(slots).values()];
  }

  cachePut(cache: string, key: readonly bigint[], record: readonly bigint[]): void {
    if (this.#cacheMode === 'alwaysMiss') return;
    this.#cache(cache).set(this.#cachePlace(cache, key), { key: [...key], record: [...record] });
  }

  cacheHas(cache: string, key: readonly bigint[]): boolean {
    return this.cacheGet(cache, key) !== null;
  }

  cacheDelete(cache: string, key: readonly bigint[]): 'done' | 'absent' {
    if (!this.cacheHas(cache, key)) return 'absent';
    this.#cache(cache).delete(this.#cachePlace(cache, key));
    return 'done';
  }

  cacheEntries(cache: string): StoredRecord[] {
    return [...this.#cache(cache).values()];
  }

  dump(drops: readonly number[]): StateDump {
    const { registers, slots, caches, counters } = this.#program;
    const byName = <T>(declared: readonly { name: string }[], of: (name: string) => T): Record<string, T> =>
      Object.fromEntries(declared.map(({ name }) => [name, of(name)]));
    return {
      registers: byName(registers, (name) => this.#register(name).map((record) => [...record])),
      slots: byName(slots, (name) =>
        [...this.#slotMap(name)]
          .sort(([a], [b]) => a - b)
          .map(([position, stored]) => ({ position, ...stored })),
      ),
      caches: byName(caches, (name) =>
        [...this.#cache(name).values()].sort((a, b) => compareKeys(a.key, b.key)),
      ),
      counters: byName(counters, (name) => this.#counter(name).map((cell) => ({ ...cell }))),
      drops: [...drops],
      random: this.#random,
    };
  }

  #slotOf(slots: string, key: readonly bigint[]): number | null {
    const map = this.#slotMap(slots);
    const held = this.#slotPlaces(slots, key).find((place) => {
      const stored = map.get(place);
      return stored !== undefined && sameKey(stored.key, key);
    });
    return held ?? null;
  }

  /** Every place that a key may have, in the order in which they are tried. */
  #slotPlaces(slots: string, key: readonly bigint[]): number[] {
    const { hashes, depth, buckets, key: cells } = this.#find(this.#program.slots, slots);
    const keyBytes = bytesOf(key, widthsOf(cells));
    return Array.from({ length: hashes }, (_, way) => {
      const bytes = Uint8Array.from([way, ...keyBytes]);
      const bucket = crc32(bytes, 0, bytes.length) % buckets;
      return Array.from({ length: depth }, (_cell, cell) => way * buckets * depth + bucket * depth + cell);
    }).flat();
  }

  #cachePlace(cache: string, key: readonly bigint[]): number {
    const { size, key: cells } = this.#find(this.#program.caches, cache);
    const bytes = bytesOf(key, widthsOf(cells));
    return crc32(bytes, 0, bytes.length) % size;
  }

  #findEntry(table: string, match: readonly MatchValue[], priority: number): number {
    return this.#entries(table).findIndex(
      (entry) => entry.priority === priority && entry.match.every((m, i) => sameMatch(m, match[i]!)),
    );
  }

  #find<T extends { readonly name: string }>(declared: readonly T[], name: string): T {
    return present(
      declared.find((d) => d.name === name),
      `${name} is declared`,
    );
  }
  #table(name: string): TableDeclaration {
    return this.#find(this.#program.tables, name);
  }
  #entries(name: string): StoredTableEntry[] {
    return present(this.#tables.get(name), `table ${name} is declared`);
  }
  #register(name: string): bigint[][] {
    return present(this.#registers.get(name), `register ${name} is declared`);
  }
  #counter(name: string): CounterCell[] {
    return present(this.#counters.get(name), `counter ${name} is declared`);
  }
  #slotMap(name: string): Map<number, StoredRecord> {
    return present(this.#slots.get(name), `slots ${name} are declared`);
  }
  #cache(name: string): Map<number, StoredRecord> {
    return present(this.#caches.get(name), `cache ${name} is declared`);
  }
}

function widthsOf(cells: readonly Cell[]): number[] {
  return cells.map((cell) => cell.width);
}

function isHit(match: MatchValue, key: bigint, width: number): boolean {
  switch (match.kind) {
    case 'exact':
      return match.value === key;
    case 'ternary':
      return match.value === (key & match.mask);
    case 'longestPrefix':
      return match.value === (key & prefixMask(match.prefixBits, width));
  }
}

/** With a ternary key only priorities count, and prefixes are masks like others. */
function isBetter(a: StoredTableEntry, b: StoredTableEntry): boolean {
  if (a.match.some((m) => m.kind === 'ternary')) return a.priority > b.priority;
  const prefix = (entry: StoredTableEntry): number =>
    entry.match.reduce((bits, m) => (m.kind === 'longestPrefix' ? m.prefixBits : bits), 0);
  return prefix(a) > prefix(b);
}

function sameMatch(a: MatchValue, b: MatchValue): boolean {
  if (a.kind !== b.kind || a.value !== b.value) return false;
  if (a.kind === 'ternary' && b.kind === 'ternary') return a.mask === b.mask;
  return !(a.kind === 'longestPrefix' && b.kind === 'longestPrefix') || a.prefixBits === b.prefixBits;
}

function sameKey(a: readonly bigint[], b: readonly bigint[]): boolean {
  return compareKeys(a, b) === 0;
}

function compareKeys(a: readonly bigint[], b: readonly bigint[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  return 0;
}
