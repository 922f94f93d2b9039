/** What the DSL hands to programs: headers with their fields, and state with its operations. */
import type { FieldSpec, HeaderType } from '@ballast/wire';
import { Bits, type Condition, type Operand } from '../expression.ts';
import type { Expr, MatchKind } from '../ir.ts';

export type Body = () => void;
/** Cells, keys or parameters by name. */
export type Specs = Readonly<Record<string, FieldSpec>>;

/** A value that can be assigned: a header field, a variable, or a cell inside an update. */
export class Assignable extends Bits {
  readonly #assign: (value: Expr) => void;

  constructor(node: Expr, program: string, construct: string, assign: (value: Expr) => void) {
    super(node, { program, construct });
    this.#assign = assign;
  }

  set(value: Operand): void {
    this.#assign(this.coerce(value));
  }
}

/** A header of the packet: its fields by name, and whether it is there. */
export type HeaderRef<T extends HeaderType> = { readonly [K in keyof T['fields'] & string]: Assignable } & {
  isValid(): Condition;
  readonly instance: string;
};
export type HeaderRefs<H extends Record<string, HeaderType>> = { readonly [K in keyof H]: HeaderRef<H[K]> };

export type CellsOf<S extends Specs> = { readonly [K in keyof S]: Assignable };
export type ValuesOf<S extends Specs> = { readonly [K in keyof S]: Bits };
export type OperandsOf<S extends Specs> = { readonly [K in keyof S]: Operand };

export type KeySpec = { readonly [name: string]: { readonly kind: MatchKind; readonly value: Bits } };
export const exact = (value: Bits): { kind: 'exact'; value: Bits } => ({ kind: 'exact', value });
export const longestPrefix = (value: Bits): { kind: 'longestPrefix'; value: Bits } => ({
  kind: 'longestPrefix',
  value,
});
export const ternary = (value: Bits): { kind: 'ternary'; value: Bits } => ({ kind: 'ternary', value });

export interface TableRef<A extends Readonly<Record<string, Specs>>> {
  readonly name: string;
  /** The one apply site of the table: a body per action, given its parameters, and one for a miss. */
  apply(
    branches: { readonly [K in keyof A]: (parameters: ValuesOf<A[K]>) => void } & { readonly miss: Body },
  ): void;
}

export interface RegisterAt<S extends Specs> {
  /** The record's cells, as they are now. */
  read(): ValuesOf<S>;
  /** Atomically adds to one cell, wrapping around, and gives its new value. */
  add(cell: keyof S & string, amount: Operand): Bits;
  /** One atomic read-modify-write: assign cells and variables, with conditionals (`p.when`). */
  update(body: (cell: CellsOf<S>) => void): void;
}
export interface RegisterRef<S extends Specs> {
  readonly name: string;
  at(index: Operand): RegisterAt<S>;
  /** The first index below `count` with the least cell; `among` limits it to the bits set. */
  argmin(cell: keyof S & string, options: { count: number; among?: Bits }): { index: Bits; minimum: Bits };
}

/** Each operation but `lookup` gives a SlotStatus. */
export interface SlotsRef<K extends Specs, S extends Specs> {
  readonly name: string;
  /** Unless the status is `Done` the record is all zero. */
  lookup(key: OperandsOf<K>): { status: Bits; record: ValuesOf<S> };
  insert(key: OperandsOf<K>, record: OperandsOf<S>): Bits;
  update(key: OperandsOf<K>, body: (cell: CellsOf<S>) => void): Bits;
  remove(key: OperandsOf<K>, condition?: (cell: ValuesOf<S>) => Condition): Bits;
}
export interface CacheRef<K extends Specs, S extends Specs> {
  readonly name: string;
  /** Without a hit the record is all zero. */
  get(key: OperandsOf<K>): { hit: Condition; record: ValuesOf<S> };
  put(key: OperandsOf<K>, record: OperandsOf<S>): void;
  remove(key: OperandsOf<K>): void;
}
export interface CounterRef {
  readonly name: string;
  count(index: Operand): void;
}
