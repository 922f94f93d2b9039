/** All state of a program on this target, in typed arrays that generated code and the control plane share. */
import { present } from '@ballast/base';
import type { MatchValue } from '../../control.ts';
import type { Program } from '../../ir.ts';
import type { StateStore, StoredRecord, StoredTableEntry } from '../../state-store.ts';
import type { CacheMode, StateDump } from '../../target.ts';
import { cachePosition, CellStore, slotPositions } from './cell-store.ts';
import { Columns } from './columns.ts';
import { MatchTable } from './match-table.ts';

/** Exact up to 2^53, as numbers are. */
export interface Counters {
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
}

/** Generated code keeps references to the arrays, so none is ever replaced. */
export class JsState implements StateStore {
  readonly #program: Program;
  readonly #cacheMode: CacheMode;
  readonly #registers: ReadonlyMap<string, Columns>;
  readonly #tables: ReadonlyMap<string, MatchTable>;
  readonly #slots: ReadonlyMap<string, CellStore>;
  readonly #caches: ReadonlyMap<string, CellStore>;
  readonly #counters: ReadonlyMap<string, Counters>;
  /** State of the generator, never 0. */
  readonly random: Uint32Array;
  /** By position in `dropReasons`. */
  readonly drops: number[];

  constructor(program: Program, seed: number, cacheMode: CacheMode) {
    this.#program = program;
    this.#cacheMode = cacheMode;
    const zeros = (size: number): Counters => ({
      packets: new Float64Array(size),
      bytes: new Float64Array(size),
    });
    this.#registers = new Map(program.registers.map((r) => [r.name, new Columns(r.cells, r.size)]));
    this.#tables = new Map(program.tables.map((t) => [t.name, new MatchTable(t)]));
    this.#slots = new Map(
      program.slots.map((s) => [s.name, new CellStore(s.key, s.cells, s.hashes * s.depth * s.buckets)]),
    );
    this.#caches = new Map(program.caches.map((c) => [c.name, new CellStore(c.key, c.cells, c.size)]));
    this.#counters = new Map(program.counters.map((c) => [c.name, zeros(c.size)]));
    this.random = Uint32Array.of(seed >>> 0 || 1);
    this.drops = program.dropReasons.map(() => 0);
  }

  register(name: string): Columns {
    return present(this.#registers.get(name), `register ${name} is declared`);
  }
  table(name: string): MatchTable {
    return present(this.#tables.get(name), `table ${name} is declared`);
  }
  slots(name: string): CellStore {
    return present(this.#slots.get(name), `slots ${name} are declared`);
  }
  cache(name: string): CellStore {
    return present(this.#caches.get(name), `cache ${name} is declared`);
  }
  counter(name: string): Counters {
    return present(this.#counters.get(name), `counter ${name} is declared`);
  }

  tableInsert(table: string, entry: StoredTableEntry): 'done' | 'exists' | 'full' {
    return this.table(table).insert(entry);
  }
  tableModify(table: string, entry: StoredTableEntry): 'done' | 'absent' {
    return this.table(table).modify(entry);
  }
  tableDelete(table: string, match: readonly MatchValue[], priority: number): 'done' | 'absent' {
    return this.table(table).remove(match, priority);
  }
  tableEntries(table: string): StoredTableEntry[] {
    return this.table(table).list();
  }

  registerRead(register: string, index: number): bigint[] {
    return this.register(register).read(index);
  }
  registerWrite(register: string, index: number, record: readonly bigint[]): void {
    this.register(register).write(index, record);
  }

  counterRead(counter: string, index: number): { packets: bigint; bytes: bigint } {
    const { packets, bytes } = this.counter(counter);
    return { packets: BigInt(packets[index]!), bytes: BigInt(bytes[index]!) };
  }
  counterWrite(counter: string, index: number, packets: bigint, bytes: bigint): void {
    const counters = this.counter(counter);
    counters.packets[index] = Number(packets);
    counters.bytes[index] = Number(bytes);
  }

  slotInsert(slots: string, key: readonly bigint[], record: readonly bigint[]): 'done' | 'exists' | 'full' {
    const store = this.slots(slots);
    const words = store.packing.pack(key);
    const positions = this.#slotPositions(slots, key);
    if (positions.some((position) => store.holds(position, words))) return 'exists';
    const free = positions.find((position) => store.used[position] === 0);
    if (free === undefined) return 'full';
    store.put(free, words, record);
    return 'done';
  }
  slotModify(slots: string, key: readonly bigint[], record: readonly bigint[]): 'done' | 'absent' {
    const position = this.#slotOf(slots, key);
    if (position === undefined) return 'absent';
    this.slots(slots).records.write(position, record);
    return 'done';
  }
  slotDelete(slots: string, key: readonly bigint[]): 'done' | 'absent' {
    const position = this.#slotOf(slots, key);
    if (position === undefined) return 'absent';
    this.slots(slots).remove(position);
    return 'done';
  }
  slotEntries(slots: string): StoredRecord[] {
    return recordsOf(this.slots(slots));
  }

  cachePut(cache: string, key: readonly bigint[], record: readonly bigint[]): void {
    if (this.#cacheMode === 'alwaysMiss') return;
    const store = this.cache(cache);
    store.put(this.#cachePosition(cache, key), store.packing.pack(key), record);
  }
  cacheHas(cache: string, key: readonly bigint[]): boolean {
    const store = this.cache(cache);
    return store.holds(this.#cachePosition(cache, key), store.packing.pack(key));
  }
  cacheDelete(cache: string, key: readonly bigint[]): 'done' | 'absent' {
    if (!this.cacheHas(cache, key)) return 'absent';
    this.cache(cache).remove(this.#cachePosition(cache, key));
    return 'done';
  }
  cacheEntries(cache: string): StoredRecord[] {
    return recordsOf(this.cache(cache));
  }

  dump(): StateDump {
    const { registers, slots, caches, counters } = this.#program;
    const indexes = (size: number): number[] => Array.from({ length: size }, (_, i) => i);
    return {
      registers: byName(registers, (r) => indexes(r.size).map((i) => this.registerRead(r.name, i))),
      slots: byName(slots, ({ name }) => this.slots(name).list()),
      caches: byName(caches, ({ name }) => this.cacheEntries(name).sort((a, b) => compareKeys(a.key, b.key))),
      counters: byName(counters, (c) => indexes(c.size).map((i) => this.counterRead(c.name, i))),
      drops: [...this.drops],
      random: this.random[0]!,
    };
  }

  #slotPositions(name: string, key: readonly bigint[]): number[] {
    const declaration = this.#program.slots.find((s) => s.name === name);
    return slotPositions(present(declaration, `slots ${name} are declared`), key);
  }

  #slotOf(name: string, key: readonly bigint[]): number | undefined {
    const store = this.slots(name);
    const words = store.packing.pack(key);
    return this.#slotPositions(name, key).find((position) => store.holds(position, words));
  }

  #cachePosition(name: string, key: readonly bigint[]): number {
    const declaration = this.#program.caches.find((c) => c.name === name);
    return cachePosition(present(declaration, `cache ${name} is declared`), key);
  }
}

function recordsOf(store: CellStore): StoredRecord[] {
  return store.list().map(({ key, record }) => ({ key, record }));
}

function byName<D extends { readonly name: string }, T>(
  declared: readonly D[],
  of: (declaration: D) => T,
): Record<string, T> {
  return Object.fromEntries(declared.map((d) => [d.name, of(d)]));
}

function compareKeys(a: readonly bigint[], b: readonly bigint[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  return 0;
}
