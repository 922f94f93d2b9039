/** The names under which generated code knows a program's state, and what each of them is bound to. */
import { assert, present } from '@ballast/base';
import type {
  CacheDeclaration,
  Cell,
  CounterDeclaration,
  Program,
  SlotsDeclaration,
  TableDeclaration,
} from '../ir.ts';
import type { Holder } from './assignment.ts';
import type { Names } from './names.ts';
import { placesFor } from './state/exact-index.ts';
import type { CellStore } from './state/cell-store.ts';
import type { Columns } from './state/columns.ts';
import type { JsState } from './state/js-state.ts';
import { KeyPacking } from './state/key-packing.ts';
import type { Lookup, MatchTable } from './state/match-table.ts';

/** A constant of generated code. */
export interface Binding {
  readonly name: string;
  readonly of: (state: JsState) => unknown;
}

/** The arrays of a record's cells. */
export interface RecordLayout {
  readonly cells: ReadonlyMap<string, { readonly arrays: Holder; readonly width: number }>;
}

/** One function that finds the entry of a key, and what belongs to an entry. */
export interface TableLayout {
  readonly declaration: TableDeclaration;
  readonly find: string;
  /** By entry: position of its action; null when the table has one action only. */
  readonly actions: string | null;
  readonly parameters: readonly RecordLayout[];
  readonly lookup: LookupLayout;
}
export type LookupLayout =
  | { readonly kind: 'exact'; readonly index: IndexLayout }
  | {
      readonly kind: 'longestPrefix';
      readonly part: number;
      readonly trie: string;
      readonly groups: GroupLayout | null;
    }
  | {
      readonly kind: 'ternary';
      readonly packing: KeyPacking;
      readonly rows: string;
      readonly entries: string;
      readonly values: readonly string[];
      readonly masks: readonly string[];
    };
export interface IndexLayout {
  readonly packing: KeyPacking;
  /** Places are numbered from 0 to this; one less than a power of two. */
  readonly placesMask: number;
  readonly places: string;
  readonly keys: readonly string[];
}
export interface GroupLayout {
  readonly index: IndexLayout;
  readonly find: string;
  readonly roots: string;
}

export interface StoreLayout {
  readonly hash: string;
  readonly find: string;
  /** Slots only: finds a free cell. */
  readonly free: string;
  readonly used: string;
  readonly packing: KeyPacking;
  readonly keys: readonly string[];
  readonly record: RecordLayout;
}

export class StateLayout {
  readonly bindings: Binding[] = [];
  readonly tables: ReadonlyMap<string, TableLayout>;
  readonly registers: ReadonlyMap<string, RecordLayout>;
  readonly slots: ReadonlyMap<string, StoreLayout & { readonly declaration: SlotsDeclaration }>;
  readonly caches: ReadonlyMap<string, StoreLayout & { readonly declaration: CacheDeclaration }>;
  readonly counters: ReadonlyMap<string, { readonly packets: string; readonly bytes: string }>;
  readonly random: string;
  readonly drops: string;
  readonly #names: Names;

  constructor(program: Program, names: Names) {
    this.#names = names;
    this.registers = mapOf(program.registers, (r) =>
      this.#record(r.name, r.cells, (s) => s.register(r.name)),
    );
    this.tables = mapOf(program.tables, (t) => this.#table(t));
    this.slots = mapOf(program.slots, (s) => ({
      declaration: s,
      ...this.#store(s, (state) => state.slots(s.name)),
    }));
    this.caches = mapOf(program.caches, (c) => ({
      declaration: c,
      ...this.#store(c, (state) => state.cache(c.name)),
    }));
    this.counters = mapOf(program.counters, (c) => this.#counter(c));
    this.random = this.#bind('random', (s) => s.random);
    this.drops = this.#bind('drops', (s) => s.drops);
  }

  #bind(wanted: string, of: (state: JsState) => unknown): string {
    const name = this.#names.claim(wanted);
    this.bindings.push({ name, of });
    return name;
  }

  #record(stem: string, cells: readonly Cell[], columns: (state: JsState) => Columns): RecordLayout {
    let position = 0;
    const array = (name: string): string => {
      const at = position++;
      return this.#bind(name, (s) => columns(s).arrays[at]);
    };
    return {
      cells: mapOf(cells, ({ name, width }) => {
        const hi = width > 32 ? array(`${stem}_${name}_hi`) : null;
        return { width, arrays: { hi, lo: array(hi === null ? `${stem}_${name}` : `${stem}_${name}_lo`) } };
      }),
    };
  }

  #table(declaration: TableDeclaration): TableLayout {
    const { name, actions } = declaration;
    const table = (s: JsState): MatchTable => s.table(name);
    return {
      declaration,
      find: this.#names.claim(`${name}_find`),
      actions: actions.length > 1 ? this.#bind(`${name}_action`, (s) => table(s).actions) : null,
      parameters: actions.map((action, i) => {
        const of = (s: JsState): Columns => present(table(s).parameters[i], 'each action has parameters');
        return this.#record(`${name}_${action.name}_of`, action.parameters, of);
      }),
      lookup: this.#lookup(declaration, (s) => table(s).lookup),
    };
  }

  #lookup({ name, keys, size }: TableDeclaration, lookup: (state: JsState) => Lookup): LookupLayout {
    const widths = keys.map((k) => k.width);
    if (keys.some((k) => k.kind === 'ternary')) {
      const of = ofKind(lookup, 'ternary');
      const packing = new KeyPacking(widths);
      return {
        kind: 'ternary',
        packing,
        rows: this.#bind(`${name}_rows`, (s) => of(s).rows),
        values: this.#words(`${name}_value`, packing, (s) => of(s).rows.values),
        masks: this.#words(`${name}_mask`, packing, (s) => of(s).rows.masks),
        entries: this.#bind(`${name}_entry`, (s) => of(s).rows.entries),
      };
    }
    const part = keys.findIndex((k) => k.kind === 'longestPrefix');
    if (part < 0) {
      const of = ofKind(lookup, 'exact');
      return { kind: 'exact', index: this.#index({ name, size }, widths, (s) => of(s).index) };
    }
    const of = ofKind(lookup, 'longestPrefix');
    const groupsOf = (s: JsState) => present(of(s).groups, `${name} has exact keys`);
    const trie = this.#bind(`${name}_trie`, (s) => of(s).trie);
    if (keys.length === 1) return { kind: 'longestPrefix', part, trie, groups: null };
    const groups = {
      index: this.#index(
        { name: `${name}_group`, size },
        widths.toSpliced(part, 1),
        (s) => groupsOf(s).index,
      ),
      find: this.#names.claim(`${name}_group_find`),
      roots: this.#bind(`${name}_root`, (s) => groupsOf(s).roots),
    };
    return { kind: 'longestPrefix', part, trie, groups };
  }

  #index(
    { name, size }: { name: string; size: number },
    widths: readonly number[],
    index: (state: JsState) => { readonly places: Int32Array; readonly keys: readonly Int32Array[] },
  ): IndexLayout {
    const packing = new KeyPacking(widths);
    return {
      packing,
      placesMask: placesFor(size) - 1,
      places: this.#bind(`${name}_place`, (s) => index(s).places),
      keys: this.#words(`${name}_key`, packing, (s) => index(s).keys),
    };
  }

  #words(stem: string, packing: KeyPacking, arrays: (state: JsState) => readonly Int32Array[]): string[] {
    return Array.from({ length: packing.words }, (_, word) =>
      this.#bind(`${stem}_${word}`, (s) => arrays(s)[word]),
    );
  }

  #store(
    declaration: SlotsDeclaration | CacheDeclaration,
    store: (state: JsState) => CellStore,
  ): StoreLayout {
    const { name, key, cells } = declaration;
    const packing = new KeyPacking(key.map((k) => k.width));
    return {
      hash: this.#names.claim(`${name}_hash`),
      find: this.#names.claim(`${name}_find`),
      free: this.#names.claim(`${name}_free`),
      used: this.#bind(`${name}_used`, (s) => store(s).used),
      packing,
      keys: this.#words(`${name}_key`, packing, (s) => store(s).keys),
      record: this.#record(name, cells, (s) => store(s).records),
    };
  }

  #counter({ name }: CounterDeclaration): { packets: string; bytes: string } {
    return {
      packets: this.#bind(`${name}_packets`, (s) => s.counter(name).packets),
      bytes: this.#bind(`${name}_bytes`, (s) => s.counter(name).bytes),
    };
  }
}

function mapOf<T extends { readonly name: string }, U>(
  items: readonly T[],
  map: (item: T) => U,
): Map<string, U> {
  return new Map(items.map((item) => [item.name, map(item)]));
}

function ofKind<K extends Lookup['kind']>(
  lookup: (state: JsState) => Lookup,
  kind: K,
): (state: JsState) => Extract<Lookup, { kind: K }> {
  return (state) => {
    const found = lookup(state);
    assert(found.kind === kind, 'the look-up follows from the keys');
    return found as Extract<Lookup, { kind: K }>;
  };
}
