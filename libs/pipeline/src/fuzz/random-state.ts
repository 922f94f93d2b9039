/**
 * Declarations of a random program, made as its statements ask for them, so that nothing is declared that
 * nothing uses. Sizes are tiny: tables and slots fill up, caches collide.
 */
import type { Prng } from '@ballast/base';
import {
  type ActionDeclaration,
  type CacheDeclaration,
  type Cell,
  type CounterDeclaration,
  type HeaderInstance,
  type MatchKey,
  type MatchKind,
  type Program,
  type RegisterDeclaration,
  type SlotsDeclaration,
  type TableDeclaration,
  type VariableDeclaration,
} from '../ir.ts';
import type { ParserGraph } from '../parser-graph.ts';
import { checksumCovers } from './checksum-covers.ts';
import { between, onesOf, randomWidth } from './random-values.ts';

/** Counts the answers of slots and caches: position 4 * operation + status, and CACHE_ANSWERS + hit. */
export const ANSWERS = 'answers';
export const SLOT_OPERATIONS = ['slotLookup', 'slotInsert', 'slotUpdate', 'slotRemove'] as const;
export const CACHE_ANSWERS = 16;
export const ANSWERS_SIZE = 32;

const TABLES_MAX = 4;
const REGISTERS_MAX = 3;
const SLOTS_MAX = 2;
const CACHES_MAX = 2;
const COUNTERS_MAX = 2;

/** A program while it is drawn up. */
export class Declarations {
  readonly rng: Prng;
  readonly graph: ParserGraph;
  readonly headers: readonly HeaderInstance[];
  /** By header: those whose checksum covers it. */
  readonly covers: ReadonlyMap<string, readonly string[]>;
  /** Headers that some statement pops. */
  readonly popped = new Set<string>();
  readonly variables: VariableDeclaration[] = [];
  readonly tables: TableDeclaration[] = [];
  readonly registers: RegisterDeclaration[] = [];
  readonly slots: SlotsDeclaration[] = [];
  readonly caches: CacheDeclaration[] = [];
  readonly counters: CounterDeclaration[] = [];
  readonly dropReasons = new Set<string>();
  readonly controllerReasons = new Set<string>();
  #results = 0;

  /** @param program nothing but a parser and headers */
  constructor(rng: Prng, program: Program) {
    this.rng = rng;
    this.graph = program.parser;
    this.headers = program.headers;
    this.covers = checksumCovers(program);
  }

  /** A variable of that width which may take any value: one that is there, or a new one. */
  variable(width: number): VariableDeclaration {
    const fitting = this.variables.filter((v) => v.width === width && v.maximum === onesOf(width));
    if (fitting.length > 0 && this.rng.chance(0.5)) return this.rng.pick(fitting);
    return this.result(width, onesOf(width));
  }

  /** A new variable that only one statement assigns, so that its maximum holds. */
  result(width: number, maximum: bigint): VariableDeclaration {
    const declared = { name: `v${this.#results++}`, width, maximum };
    this.variables.push(declared);
    return declared;
  }

  /** Distinct variables for these cells, in their order. */
  variablesFor(cells: readonly Cell[]): VariableDeclaration[] {
    const taken = new Set<string>();
    return cells.map(({ width }) => {
      const candidate = this.variable(width);
      const chosen = taken.has(candidate.name) ? this.result(width, onesOf(width)) : candidate;
      taken.add(chosen.name);
      return chosen;
    });
  }

  /** A new table, or null when there are enough: each has one apply site. */
  table(): TableDeclaration | null {
    const { rng, tables } = this;
    if (tables.length >= TABLES_MAX) return null;
    const name = `t${tables.length}`;
    const actions = Array.from({ length: between(rng, 1, 3) }, (_, i) => this.#action(`a${i}`));
    const declared = {
      name,
      keys: randomKeys(rng),
      actions,
      size: rng.chance(0.6) ? between(rng, 1, 4) : between(rng, 5, 40),
    };
    tables.push(declared);
    return declared;
  }

  register(): RegisterDeclaration {
    const { rng, registers } = this;
    const make = (): RegisterDeclaration => ({
      name: `r${registers.length}`,
      cells: this.#cells('c', 4),
      size: rng.chance(0.7) ? 2 ** rng.below(5) : between(rng, 1, 80),
    });
    return this.#oneOf(registers, REGISTERS_MAX, make);
  }

  slotStore(): SlotsDeclaration {
    const { rng, slots } = this;
    const make = (): SlotsDeclaration => ({
      name: `s${slots.length}`,
      key: this.#cells('k', 3),
      cells: this.#cells('c', 3),
      hashes: between(rng, 1, 3),
      depth: between(rng, 1, 3),
      buckets: between(rng, 1, 3),
    });
    return this.#oneOf(slots, SLOTS_MAX, make);
  }

  cache(): CacheDeclaration {
    const { rng, caches } = this;
    const make = (): CacheDeclaration => ({
      name: `h${caches.length}`,
      key: this.#cells('k', 3),
      cells: this.#cells('c', 3),
      size: between(rng, 1, 6),
    });
    return this.#oneOf(caches, CACHES_MAX, make);
  }

  counter(): CounterDeclaration {
    const own = this.counters.filter((c) => c.name !== ANSWERS);
    if (own.length >= COUNTERS_MAX || (own.length > 0 && this.rng.chance(0.6))) return this.rng.pick(own);
    const declared = { name: `n${own.length}`, size: between(this.rng, 1, 20) };
    this.counters.push(declared);
    return declared;
  }

  /** The counter of answers. */
  answers(): CounterDeclaration {
    const existing = this.counters.find((c) => c.name === ANSWERS);
    if (existing !== undefined) return existing;
    const declared = { name: ANSWERS, size: ANSWERS_SIZE };
    this.counters.push(declared);
    return declared;
  }

  #action(name: string): ActionDeclaration {
    const count = this.rng.below(4);
    const cells = Array.from({ length: count }, (_, i) => ({ name: `p${i}`, width: randomWidth(this.rng) }));
    const variables = this.variablesFor(cells);
    return { name, parameters: cells.map((cell, i) => ({ ...cell, variable: variables[i]!.name })) };
  }

  #cells(prefix: string, most: number): Cell[] {
    const count = between(this.rng, 1, most);
    return Array.from({ length: count }, (_, i) => ({ name: `${prefix}${i}`, width: randomWidth(this.rng) }));
  }

  #oneOf<T>(declared: T[], most: number, make: () => T): T {
    if (declared.length >= most || (declared.length > 0 && this.rng.chance(0.6)))
      return this.rng.pick(declared);
    const fresh = make();
    declared.push(fresh);
    return fresh;
  }
}

/** Keys of one table: at most one longest prefix. */
function randomKeys(rng: Prng): MatchKey[] {
  const style = rng.below(4);
  const count = between(rng, 1, 3);
  const prefixAt = rng.below(count);
  return Array.from({ length: count }, (_, i) => {
    const kinds: readonly MatchKind[] = [
      'exact',
      i === prefixAt ? 'longestPrefix' : 'exact',
      rng.chance(0.6) ? 'ternary' : 'exact',
      i === prefixAt ? 'longestPrefix' : 'ternary',
    ];
    // Style 3 mixes a prefix with ternary keys, where priority decides: rare.
    const kind = kinds[style === 3 && !rng.chance(0.3) ? 1 : style]!;
    return { name: `k${i}`, kind, width: randomWidth(rng) };
  });
}
