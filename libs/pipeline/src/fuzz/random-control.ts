/** Random control-plane calls: most make entries that packets hit, some repeat, some must be refused. */
import type { Prng } from '@ballast/base';
import type { Entity, MatchValue, ReadRequest, TableEntry, Update } from '../control.ts';
import type { Cell, MatchKey, Program, TableDeclaration } from '../ir.ts';
import { cellPath, indexPath, type ProgramLinks } from './program-links.ts';
import { ANSWERS } from './random-state.ts';
import { between, onesOf, pickWeighted, randomValue } from './random-values.ts';
import type { ValuePool } from './value-pool.ts';

const PRIORITIES = 3;
/** Share of table entries that are made from one before them. */
const NEIGHBOUR_RATIO = 0.4;
/** Entities to insert again, modify and delete. */
const REMEMBERED_MAX = 40;

export class ControlSource {
  readonly #rng: Prng;
  readonly #links: ProgramLinks;
  readonly #pool: ValuePool;
  readonly #makers: readonly (() => Entity)[];
  /** Some of the makers: those whose entities come and go while packets pass. */
  readonly #focus: readonly (() => Entity)[];
  #remembered: Entity[] = [];

  constructor(rng: Prng, program: Program, links: ProgramLinks, pool: ValuePool) {
    this.#rng = rng;
    this.#links = links;
    this.#pool = pool;
    this.#makers = [
      // Tables start empty and only the control plane fills them: they come up more often.
      ...program.tables.flatMap((t) => Array.from({ length: 3 }, () => () => this.#tableEntry(t))),
      ...program.registers.map(({ name, cells, size }) => (): Entity => {
        return {
          entity: 'register',
          register: name,
          index: this.#index(name, size),
          record: this.#record(name, cells),
        };
      }),
      ...program.slots.map(({ name, key, cells }) => (): Entity => {
        return { entity: 'slot', slots: name, key: this.#key(name, key), record: this.#record(name, cells) };
      }),
      ...program.caches.map(({ name, key, cells }) => (): Entity => {
        return { entity: 'cache', cache: name, key: this.#key(name, key), record: this.#record(name, cells) };
      }),
      // The counter of answers is the fuzzer's own.
      ...program.counters
        .filter((c) => c.name !== ANSWERS)
        .map(({ name, size }) => (): Entity => {
          const [packets, bytes] = [pool.ofWidth(32), pool.ofWidth(40)];
          return { entity: 'counter', counter: name, index: this.#index(name, size), packets, bytes };
        }),
    ];
    const some = this.#makers.filter(() => rng.chance(0.4));
    this.#focus = some.length > 0 ? some : this.#makers;
  }

  /** False: the program has no state to write. */
  get hasState(): boolean {
    return this.#makers.length > 0;
  }

  /** An entity of the state that this case is about. */
  #entity(): Entity {
    return this.#rng.pick(this.#focus)();
  }

  /** A batch that fills state, before packets come. */
  filling(): Update[] {
    const count = between(this.#rng, 0, 3 * this.#makers.length);
    return Array.from({ length: count }, () => this.#setting(this.#rng.pick(this.#makers)()));
  }

  /** A batch in the midst of traffic. Precondition: hasState. */
  batch(): Update[] {
    return Array.from({ length: between(this.#rng, 1, 4) }, () => this.#update());
  }

  /** Precondition: hasState. */
  read(): ReadRequest {
    const rng = this.#rng;
    const entity = this.#entity();
    const request = { entity: entity.entity, name: nameOf(entity) };
    return 'index' in entity && rng.chance(0.6) ? { ...request, index: entity.index } : request;
  }

  #update(): Update {
    const rng = this.#rng;
    const again = this.#remembered.length > 0 && rng.chance(0.5);
    const entity = again ? rng.pick(this.#remembered) : this.#entity();
    if (rng.chance(0.04))
      return { type: rng.pick(['insert', 'modify', 'delete']), entity: spoilt(rng, entity) };
    if (!again || rng.chance(0.1)) return this.#setting(entity);
    if (entity.entity === 'register' || entity.entity === 'counter') return { type: 'modify', entity };
    return { type: rng.pick(['insert', 'modify', 'delete', 'delete']), entity };
  }

  /** Inserts or modifies, as the entity's kind has it, and remembers the entity. */
  #setting(entity: Entity): Update {
    this.#remembered.push(entity);
    if (this.#remembered.length > REMEMBERED_MAX)
      this.#remembered = this.#remembered.slice(REMEMBERED_MAX / 2);
    const type = entity.entity === 'register' || entity.entity === 'counter' ? 'modify' : 'insert';
    return { type, entity };
  }

  #tableEntry(table: TableDeclaration): TableEntry {
    const rng = this.#rng;
    const action = rng.pick(table.actions);
    const parameters = action.parameters.map(({ variable, width }) =>
      this.#cell(cellPath(table.name, variable), width),
    );
    const match = this.#neighbour(table) ?? this.#newMatch(table);
    const entry = { entity: 'table', table: table.name, match, action: action.name, parameters } as const;
    const isTernary = table.keys.some((k) => k.kind === 'ternary');
    return isTernary || rng.chance(0.01) ? { ...entry, priority: 1 + rng.below(PRIORITIES) } : entry;
  }

  #newMatch(table: TableDeclaration): MatchValue[] {
    const keys = this.#links.keysOf(table.name);
    return table.keys.map((key, i) => {
      const applied = keys[i];
      const value = applied === undefined ? this.#pool.ofWidth(key.width) : this.#pool.plausible(applied);
      return this.#match(key, value);
    });
  }

  /** Sometimes a match around that of an entry before it: which of them wins, and which is left? */
  #neighbour(table: TableDeclaration): MatchValue[] | null {
    const rng = this.#rng;
    const before = this.#remembered.filter(
      (e): e is TableEntry => e.entity === 'table' && e.table === table.name,
    );
    const isRanked = table.keys.some((k) => k.kind !== 'exact');
    if (before.length === 0 || !isRanked || !rng.chance(NEIGHBOUR_RATIO)) return null;
    return rng.pick(before).match.map((match, i) => {
      const width = table.keys[i]?.width ?? 1;
      if (match.kind === 'exact') return match;
      if (match.kind === 'ternary') {
        const mask = match.mask & ~(1n << BigInt(rng.below(width)));
        return { ...match, value: match.value & mask, mask };
      }
      const prefixBits = Math.max(0, Math.min(width, match.prefixBits + between(rng, -6, 2)));
      const mask = onesOf(width) - onesOf(width - prefixBits);
      return { ...match, value: match.value & mask, prefixBits };
    });
  }

  #match({ kind, width }: MatchKey, value: bigint): MatchValue {
    const rng = this.#rng;
    // Bits that do not matter are zero in most entries; the others are for the control plane to judge.
    const clean = rng.chance(0.97);
    if (kind === 'exact') return { kind, value };
    if (kind === 'longestPrefix') {
      const prefixBits = rng.chance(0.3) ? rng.pick([0, width]) : rng.below(width + 1);
      const mask = onesOf(width) - onesOf(width - prefixBits);
      return { kind, value: clean ? value & mask : value, prefixBits };
    }
    const few = randomValue(rng, width) & randomValue(rng, width);
    const mask = rng.pick([onesOf(width), 0n, randomValue(rng, width), few]);
    return { kind, value: clean ? value & mask : value, mask };
  }

  #key(store: string, cells: readonly Cell[]): bigint[] {
    const keys = this.#links.keysOf(store);
    return cells.map(({ width }, i) => {
      const used = keys[i];
      return used === undefined ? this.#pool.ofWidth(width) : this.#pool.plausible(used);
    });
  }

  #record(owner: string, cells: readonly Cell[]): bigint[] {
    return cells.map(({ name, width }) => this.#cell(cellPath(owner, name), width));
  }

  /** A value for a piece of state; header fields that are compared with it will know of it. */
  #cell(path: string, width: number): bigint {
    const value = this.#pool.ofWidth(width);
    this.#pool.note(path, value);
    return value;
  }

  #index(owner: string, size: number): number {
    const index = this.#rng.chance(0.5) ? this.#rng.below(Math.min(size, 4)) : this.#rng.below(size);
    this.#pool.note(indexPath(owner), BigInt(index));
    return index;
  }
}

function nameOf(entity: Entity): string {
  switch (entity.entity) {
    case 'table':
      return entity.table;
    case 'register':
      return entity.register;
    case 'slot':
      return entity.slots;
    case 'cache':
      return entity.cache;
    case 'counter':
      return entity.counter;
  }
}

/** The entity with something in it that a control plane must refuse. */
function spoilt(rng: Prng, entity: Entity): Entity {
  const tooWide = 1n << 70n;
  switch (entity.entity) {
    case 'table':
      return pickWeighted<Entity>(rng, [
        [1, { ...entity, action: 'no_such_action' }],
        [1, { ...entity, parameters: [...entity.parameters, 1n] }],
        [1, { ...entity, parameters: entity.parameters.map(() => tooWide) }],
        [1, { ...entity, match: entity.match.slice(1) }],
        [1, { ...entity, match: entity.match.map((m) => ({ ...m, value: tooWide })) }],
      ]);
    case 'register':
    case 'counter':
      return { ...entity, index: rng.pick([-1, 1 << 25]) };
    default:
      return rng.chance(0.5)
        ? { ...entity, key: entity.key.map(() => tooWide) }
        : { ...entity, record: entity.record.slice(1) };
  }
}
