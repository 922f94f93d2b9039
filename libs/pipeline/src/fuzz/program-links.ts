/**
 * What a program brings together: fields with the constants and the state that it compares them with, fields
 * with the indices and keys that they are. Read off its text, so that packets and state come to fit each
 * other without anybody's help.
 */
import type { Bool, CellInto, Expr, Program, Statement } from '../ir.ts';
import { visitBlock } from '../lower/walk.ts';

/** Something that a field meets, with the lowest bit of the field that takes part. */
interface Meeting<T> {
  readonly with: T;
  readonly low: number;
}

/** What a field of headers meets in a program. */
export interface FieldLinks {
  readonly constants: readonly (Meeting<bigint> & { readonly width: number })[];
  /** Pieces of state, by `cellPath` or `indexPath`. */
  readonly state: readonly Meeting<string>[];
}

/** A cell of a register, slots or cache, or a parameter's variable of a table. */
export function cellPath(owner: string, cell: string): string {
  return `${owner}.${cell}`;
}

/** Indices of a register or counter. */
export function indexPath(owner: string): string {
  return `${owner}[]`;
}

const NOTHING: FieldLinks = { constants: [], state: [] };

export class ProgramLinks {
  readonly #fields = new Map<
    string,
    { constants: FieldLinks['constants'][number][]; state: Meeting<string>[] }
  >();
  /** By variable: the pieces of state that it may hold. */
  readonly #held = new Map<string, string[]>();
  /** By table, slots or cache: the keys of one of its statements. */
  readonly #keys = new Map<string, readonly Expr[]>();

  constructor(program: Program) {
    for (const { name, actions } of program.tables) {
      for (const { variable } of actions.flatMap((a) => a.parameters))
        this.#hold(variable, cellPath(name, variable));
    }
    const parts = [program.ingress, program.egress ?? []];
    for (const part of parts) visitBlock(part, { statement: (s) => this.#statement(s) });
    for (const part of parts) visitBlock(part, { bool: (b) => this.#bool(b) });
  }

  /** @param path 'header.field' */
  ofField(path: string): FieldLinks {
    return this.#fields.get(path) ?? NOTHING;
  }

  /** The keys that a table, slots or a cache is asked for; none when nothing asks. */
  keysOf(store: string): readonly Expr[] {
    return this.#keys.get(store) ?? [];
  }

  #statement(s: Statement): void {
    switch (s.kind) {
      case 'apply':
        return void this.#keys.set(s.table, s.keys);
      case 'read':
        this.#into(s.register, s.into);
        return this.#index(s.register, s.index);
      case 'add':
      case 'update':
        return this.#index(s.register, s.index);
      case 'count':
        return this.#index(s.counter, s.index);
      case 'slotLookup':
        this.#into(s.slots, s.into);
        return void this.#keys.set(s.slots, s.key);
      case 'slotInsert':
      case 'slotUpdate':
      case 'slotRemove':
        return void this.#keys.set(s.slots, s.key);
      case 'cacheGet':
        this.#into(s.cache, s.into);
        return void this.#keys.set(s.cache, s.key);
      case 'cachePut':
      case 'cacheRemove':
        return void this.#keys.set(s.cache, s.key);
      default:
    }
  }

  #bool(b: Bool): void {
    if (b.kind !== 'compare') return;
    this.#compared(b.left, b.right);
    this.#compared(b.right, b.left);
  }

  #compared(subject: Expr, other: Expr): void {
    const part = fieldPart(subject);
    if (part === null) return;
    const { constants, state } = this.#linksOf(part.path);
    if (other.kind === 'const') constants.push({ with: other.value, low: part.low, width: other.width });
    if (other.kind !== 'variable') return;
    for (const path of this.#held.get(other.name) ?? []) state.push({ with: path, low: part.low });
  }

  #index(owner: string, index: Expr): void {
    const part = fieldPart(index);
    if (part !== null) this.#linksOf(part.path).state.push({ with: indexPath(owner), low: part.low });
  }

  #into(owner: string, into: readonly CellInto[]): void {
    for (const { cell, variable } of into) this.#hold(variable, cellPath(owner, cell));
  }

  #hold(variable: string, path: string): void {
    this.#held.set(variable, [...(this.#held.get(variable) ?? []), path]);
  }

  #linksOf(path: string): { constants: FieldLinks['constants'][number][]; state: Meeting<string>[] } {
    const known = this.#fields.get(path) ?? { constants: [], state: [] };
    this.#fields.set(path, known);
    return known;
  }
}

/** The field that an expression shows bits of, and the lowest bit shown. */
function fieldPart(e: Expr): { path: string; low: number } | null {
  switch (e.kind) {
    case 'field':
      return { path: `${e.header}.${e.field}`, low: 0 };
    case 'extend':
      return fieldPart(e.value);
    case 'binary':
      return e.op === 'and' ? (fieldPart(e.left) ?? fieldPart(e.right)) : null;
    case 'slice': {
      const inner = fieldPart(e.value);
      return inner === null ? null : { path: inner.path, low: inner.low + e.low };
    }
    default:
      return null;
  }
}
