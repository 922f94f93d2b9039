/**
 * The DSL: `program(name, (p) => …)` runs the function once, records what it declares and does, checks it
 * and gives a Program. Loops and functions of TypeScript are its macros.
 */
import { assert, present } from '@ballast/base';
import { FIELD_BITS_MAX, type FieldSpec, type HeaderType } from '@ballast/wire';
import { checkProgram } from './check.ts';
import { Bits, Condition, type Operand } from './expression.ts';
import {
  type ActionDeclaration,
  type CacheDeclaration,
  type Cell,
  type CellFrom,
  type CellInto,
  type CounterDeclaration,
  type Expr,
  GROUP_BITS,
  HASH_BITS,
  type HashAlgorithm,
  type HeaderInstance,
  type Intrinsic,
  LENGTH_BITS,
  type MatchKind,
  NOW_BITS,
  PORT_BITS,
  type Program,
  RECIRCULATION_BITS,
  RECIRCULATION_LIMIT,
  type RegisterDeclaration,
  RUNT_FRAME,
  SLOT_STATUS_BITS,
  type SlotsDeclaration,
  type Statement,
  type TableDeclaration,
  type UpdateStatement,
  type VariableDeclaration,
} from './ir.ts';
import type { PacketFormat, ParserGraph } from './parser-graph.ts';
import { faultsOf, type ProgramFault } from './program-error.ts';
import { inTailForm, isOutcome } from './tail-form.ts';

type Body = () => void;
type Specs = Readonly<Record<string, FieldSpec>>;

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

type CellsOf<S extends Specs> = { readonly [K in keyof S]: Assignable };
type ValuesOf<S extends Specs> = { readonly [K in keyof S]: Bits };

export type KeySpec = { readonly [name: string]: { readonly kind: MatchKind; readonly value: Bits } };
export const exact = (value: Bits): { kind: 'exact'; value: Bits } => ({ kind: 'exact', value });
export const longestPrefix = (value: Bits): { kind: 'longestPrefix'; value: Bits } => ({ kind: 'longestPrefix', value });
export const ternary = (value: Bits): { kind: 'ternary'; value: Bits } => ({ kind: 'ternary', value });

export interface TableRef<A extends Readonly<Record<string, Specs>>> {
  readonly name: string;
  /** The one apply site of the table: a body per action, given its parameters, and one for a miss. */
  apply(branches: { readonly [K in keyof A]: (parameters: ValuesOf<A[K]>) => void } & { readonly miss: Body }): void;
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

type KeyValues<K extends Specs> = { readonly [N in keyof K]: Operand };
export interface SlotsRef<K extends Specs, S extends Specs> {
  readonly name: string;
  lookup(key: KeyValues<K>): { status: Bits; record: ValuesOf<S> };
  insert(key: KeyValues<K>, record: { readonly [N in keyof S]: Operand }): Bits;
  update(key: KeyValues<K>, body: (cell: CellsOf<S>) => void): Bits;
  remove(key: KeyValues<K>, condition?: (cell: ValuesOf<S>) => Condition): Bits;
}
export interface CacheRef<K extends Specs, S extends Specs> {
  readonly name: string;
  get(key: KeyValues<K>): { hit: Condition; record: ValuesOf<S> };
  put(key: KeyValues<K>, record: { readonly [N in keyof S]: Operand }): void;
  remove(key: KeyValues<K>): void;
}
export interface CounterRef {
  readonly name: string;
  count(index: Operand): void;
}

/** Builds a packet program. Throws a ProgramError that names the construct and the reason. */
export function program(name: string, define: (p: ProgramBuilder) => void): Program {
  const builder = new ProgramBuilder(name);
  define(builder);
  const built = builder.finish();
  checkProgram(built);
  return built;
}

export class ProgramBuilder {
  readonly name: string;
  readonly #fault: ProgramFault;
  #graph: ParserGraph | null = null;
  readonly #headers: HeaderInstance[] = [];
  readonly #variables: VariableDeclaration[] = [];
  readonly #tables: TableDeclaration[] = [];
  readonly #registers: RegisterDeclaration[] = [];
  readonly #slots: SlotsDeclaration[] = [];
  readonly #caches: CacheDeclaration[] = [];
  readonly #counters: CounterDeclaration[] = [];
  readonly #names = new Set<string>();
  readonly #dropReasons: string[] = [];
  readonly #controllerReasons: string[] = [];
  #ingress: Statement[] | null = null;
  #egress: Statement[] | null = null;
  #recirculationsMax = 0;
  /** The block that statements are recorded into, and what may stand in it. */
  #block: Statement[] | null = null;
  #part: 'none' | 'ingress' | 'egress' = 'none';
  #inUpdate = false;
  #results = 0;

  constructor(name: string) {
    this.name = name;
    this.#fault = faultsOf(name);
    this.#declare(name, 'program');
  }

  /** Takes a packet format as the program's parser and gives its headers. Once per program. */
  parse<const H extends Record<string, HeaderType>>(format: PacketFormat<H>): HeaderRefs<H> {
    if (this.#graph !== null) throw this.#fault('PARSER', 'parse', 'a program has one parser');
    this.#graph = format.graph;
    const refs: Record<string, unknown> = {};
    for (const { header } of format.graph.states) {
      const type = present(format.graph.types[header], 'states have types');
      this.#headers.push({ name: header, type, added: false });
      refs[header] = this.#headerRef(header, type);
    }
    return refs as HeaderRefs<H>;
  }

  /** Declares a header that the program may push; it stands right before `before` in the packet. */
  added<T extends HeaderType>(name: string, type: T, options: { before: string }): HeaderRef<T> {
    this.#declare(name, 'added header');
    const position = this.#headers.findIndex((h) => h.name === options.before);
    if (position < 0) throw this.#fault('NAME', `added header ${name}`, `stands before ${options.before}, which does not exist`);
    this.#headers.splice(position, 0, { name, type, added: true });
    return this.#headerRef(name, type);
  }

  /** A per-packet variable, zero at first. */
  variable(name: string, spec: FieldSpec): Assignable {
    this.#declareVariable(name, spec.width, (1n << BigInt(spec.width)) - 1n);
    const node = { kind: 'variable', width: spec.width, name } as const;
    return new Assignable(node, this.name, `variable ${name}`, (value) => this.#emit({ kind: 'set', target: node, value }));
  }

  table<const A extends Readonly<Record<string, Specs>>>(
    name: string,
    spec: { readonly match: KeySpec; readonly actions: A; readonly size: number },
  ): TableRef<A> {
    this.#declare(name, 'table');
    const keys = Object.entries(spec.match).map(([key, m]) => ({ name: key, kind: m.kind, width: m.value.width }));
    const actions: ActionDeclaration[] = [];
    for (const [action, parameters] of Object.entries(spec.actions)) {
      if (action === 'miss') throw this.#fault('NAME', `table ${name}`, 'an action cannot be called miss');
      const declared = Object.entries(parameters).map(([parameter, { width }]) => {
        const variable = `${name}_${action}_${parameter}`;
        this.#declareVariable(variable, width, (1n << BigInt(width)) - 1n);
        return { name: parameter, width, variable };
      });
      actions.push({ name: action, parameters: declared });
    }
    this.#tables.push({ name, keys, actions, size: spec.size });
    const keyNodes = Object.values(spec.match).map((m) => m.value.node);
    const apply: TableRef<A>['apply'] = (branches) => {
      const recorded: Record<string, Statement[]> = {};
      for (const action of actions) {
        const values = Object.fromEntries(action.parameters.map((q) => [q.name, this.#variableRef(q.variable, q.width)]));
        const body = branches[action.name] as (parameters: unknown) => void;
        recorded[action.name] = this.#record(() => body(values));
      }
      const miss = this.#record(branches.miss);
      this.#emit({ kind: 'apply', table: name, keys: keyNodes, branches: recorded, miss });
    };
    return { name, apply };
  }

  register<const S extends Specs>(name: string, cells: S, size: number): RegisterRef<S> {
    this.#declare(name, 'register');
    this.#registers.push({ name, cells: this.#cells(`register ${name}`, cells), size });
    const widthOf = (cell: string): number => present<FieldSpec>(cells[cell], `register ${name} has cell ${cell}`).width;
    const at = (index: Operand): RegisterAt<S> => {
      const indexNode = this.#index(index, size, `register ${name}`);
      return {
        read: () => {
          const { refs, into } = this.#intoVariables(name, cells);
          this.#emit({ kind: 'read', register: name, index: indexNode, into });
          return refs as ValuesOf<S>;
        },
        add: (cell, amount) => {
          const width = widthOf(cell);
          const result = this.#result(`${name}_${cell}`, width);
          const amountNode = result.coerce(amount);
          this.#emit({ kind: 'add', register: name, cell, index: indexNode, amount: amountNode, into: variableName(result) });
          return result;
        },
        update: (body) => {
          const statements = this.#updateBody(name, cells, body);
          this.#emit({ kind: 'update', register: name, index: indexNode, body: statements });
        },
      };
    };
    const argmin: RegisterRef<S>['argmin'] = (cell, { count, among }) => {
      const width = widthOf(cell);
      const index = this.#result(`${name}_least`, PORT_BITS, BigInt(count - 1));
      const minimum = this.#result(`${name}_minimum`, width);
      this.#emit({
        kind: 'argmin',
        register: name,
        cell,
        count,
        among: among?.node ?? null,
        index: variableName(index),
        minimum: variableName(minimum),
      });
      return { index, minimum };
    };
    return { name, at, argmin };
  }

  slots<const K extends Specs, const S extends Specs>(
    name: string,
    spec: { key: K; record: S; buckets: number; hashes?: number; depth?: number },
  ): SlotsRef<K, S> {
    this.#declare(name, 'slots');
    const construct = `slots ${name}`;
    const key = this.#cells(construct, spec.key);
    const { hashes = 2, depth = 4, buckets } = spec;
    this.#slots.push({ name, key, cells: this.#cells(construct, spec.record), hashes, depth, buckets });
    const status = (): Bits => this.#result(`${name}_status`, SLOT_STATUS_BITS);
    return {
      name,
      lookup: (values) => {
        const { refs, into } = this.#intoVariables(name, spec.record);
        const result = status();
        const statement = { slots: name, key: this.#keyNodes(construct, key, values), into, status: variableName(result) };
        this.#emit({ kind: 'slotLookup', ...statement });
        return { status: result, record: refs as ValuesOf<S> };
      },
      insert: (values, record) => {
        const result = status();
        const from = this.#recordFrom(construct, spec.record, record);
        const keyNodes = this.#keyNodes(construct, key, values);
        this.#emit({ kind: 'slotInsert', slots: name, key: keyNodes, record: from, status: variableName(result) });
        return result;
      },
      update: (values, body) => {
        const result = status();
        const statements = this.#updateBody(name, spec.record, body);
        const keyNodes = this.#keyNodes(construct, key, values);
        this.#emit({ kind: 'slotUpdate', slots: name, key: keyNodes, body: statements, status: variableName(result) });
        return result;
      },
      remove: (values, condition) => {
        const result = status();
        const test = condition?.(this.#cellRefs(name, spec.record) as ValuesOf<S>).node ?? null;
        const keyNodes = this.#keyNodes(construct, key, values);
        this.#emit({ kind: 'slotRemove', slots: name, key: keyNodes, condition: test, status: variableName(result) });
        return result;
      },
    };
  }

  cache<const K extends Specs, const S extends Specs>(
    name: string,
    spec: { key: K; record: S; size: number },
  ): CacheRef<K, S> {
    this.#declare(name, 'cache');
    const construct = `cache ${name}`;
    const key = this.#cells(construct, spec.key);
    this.#caches.push({ name, key, cells: this.#cells(construct, spec.record), size: spec.size });
    return {
      name,
      get: (values) => {
        const { refs, into } = this.#intoVariables(name, spec.record);
        const hit = this.#result(`${name}_hit`, 1);
        const statement = { cache: name, key: this.#keyNodes(construct, key, values), into, hit: variableName(hit) };
        this.#emit({ kind: 'cacheGet', ...statement });
        return { hit: hit.eq(1), record: refs as ValuesOf<S> };
      },
      put: (values, record) => {
        const from = this.#recordFrom(construct, spec.record, record);
        this.#emit({ kind: 'cachePut', cache: name, key: this.#keyNodes(construct, key, values), record: from });
      },
      remove: (values) => this.#emit({ kind: 'cacheRemove', cache: name, key: this.#keyNodes(construct, key, values) }),
    };
  }

  counter(name: string, size: number): CounterRef {
    this.#declare(name, 'counter');
    this.#counters.push({ name, size });
    return {
      name,
      count: (index) => this.#emit({ kind: 'count', counter: name, index: this.#index(index, size, `counter ${name}`) }),
    };
  }

  constant(value: number | bigint, spec: FieldSpec): Bits {
    const zero = new Bits({ kind: 'const', width: spec.width, value: 0n }, this.#site('constant'));
    return new Bits(zero.coerce(value), zero.site);
  }

  /** Bytes of the packet as it came in. */
  get packetLength(): Bits {
    return this.#intrinsic('length', LENGTH_BITS);
  }
  get ingressPort(): Bits {
    return this.#intrinsic('ingressPort', PORT_BITS);
  }
  /** Local time in ns, its low 48 bits. */
  get now(): Bits {
    return this.#intrinsic('now', NOW_BITS);
  }
  /** How often this packet has recirculated. */
  get recirculations(): Bits {
    return this.#intrinsic('recirculations', RECIRCULATION_BITS);
  }
  /** Egress part only. */
  get egressPort(): Bits {
    return this.#intrinsic('egressPort', PORT_BITS);
  }
  /** Egress part only: the replica id of a multicast copy, 0 of a forwarded packet. */
  get replica(): Bits {
    return this.#intrinsic('replica', GROUP_BITS);
  }

  ingress(body: Body): void {
    if (this.#ingress !== null) throw this.#fault('PLACEMENT', 'ingress', 'a program has one ingress part');
    this.#ingress = this.#recordPart('ingress', body);
  }

  egress(body: Body): void {
    if (this.#egress !== null) throw this.#fault('PLACEMENT', 'egress', 'a program has one egress part');
    this.#egress = this.#recordPart('egress', body);
  }

  when(condition: Condition, then: Body, otherwise: Body = () => undefined): void {
    this.#emit({
      kind: 'if',
      condition: condition.node,
      then: this.#record(then),
      otherwise: this.#record(otherwise),
    });
  }

  /** One body by the value of an expression; the last argument runs when none fits. */
  match(value: Bits, cases: Readonly<Record<number, Body>>, otherwise: Body = () => undefined): void {
    const chain = Object.entries(cases).reduceRight<Body>(
      (rest, [constant, body]) =>
        () =>
          this.when(value.eq(Number(constant)), body, rest),
      otherwise,
    );
    chain();
  }

  /** Hash of the arguments, each whole bytes. With a modulus the result is provably below it. */
  hash(algorithm: HashAlgorithm, args: readonly Bits[], options: { modulus?: number; key?: bigint } = {}): Bits {
    const modulus = options.modulus ?? null;
    const result =
      modulus === null
        ? this.#result(algorithm, HASH_BITS[algorithm])
        : this.#result(algorithm, Math.max(1, Math.ceil(Math.log2(modulus))), BigInt(modulus - 1));
    const key = algorithm === 'halfSipHash' ? (options.key ?? 0n) : null;
    const nodes = args.map((a) => a.node);
    this.#emit({ kind: 'hash', algorithm, key, args: nodes, modulus, into: variableName(result) });
    return result;
  }

  /** A random value of at most 32 bits. */
  random(spec: FieldSpec): Bits {
    const result = this.#result('random', spec.width);
    this.#emit({ kind: 'random', into: variableName(result) });
    return result;
  }

  push(header: { readonly instance: string }): void {
    this.#emit({ kind: 'push', header: header.instance });
  }
  pop(header: { readonly instance: string }): void {
    this.#emit({ kind: 'pop', header: header.instance });
  }

  forward(port: Operand): void {
    this.#emit({ kind: 'forward', port: this.#sized(port, PORT_BITS, 'forward') });
  }
  multicast(group: Operand): void {
    this.#emit({ kind: 'multicast', group: this.#sized(group, GROUP_BITS, 'multicast') });
  }
  drop(reason: string): void {
    if (!this.#dropReasons.includes(reason)) this.#dropReasons.push(reason);
    this.#emit({ kind: 'drop', reason });
  }
  toController(reason: string): void {
    if (!this.#controllerReasons.includes(reason)) this.#controllerReasons.push(reason);
    this.#emit({ kind: 'controller', reason });
  }
  /** Runs the program on the packet again, at most `max` times in all. */
  recirculate(max: number): void {
    this.#recirculationsMax = Math.max(this.#recirculationsMax, max);
    this.#emit({ kind: 'recirculate' });
  }
  pass(): void {
    this.#emit({ kind: 'pass' });
  }
  /** Egress part only: lets the copy leave. */
  emit(): void {
    this.#emit({ kind: 'emit' });
  }

  finish(): Program {
    if (this.#graph === null) throw this.#fault('PARSER', 'parse', 'the program has no parser');
    if (this.#ingress === null) throw this.#fault('PLACEMENT', 'ingress', 'the program has no ingress part');
    return {
      name: this.name,
      headers: this.#headers,
      parser: this.#graph,
      variables: this.#variables,
      tables: this.#tables,
      registers: this.#registers,
      slots: this.#slots,
      caches: this.#caches,
      counters: this.#counters,
      ingress: inTailForm(this.name, 'ingress', this.#ingress),
      egress: this.#egress === null ? null : inTailForm(this.name, 'egress', this.#egress),
      dropReasons: [...new Set([...this.#dropReasons, RUNT_FRAME, RECIRCULATION_LIMIT])],
      controllerReasons: this.#controllerReasons,
      recirculationsMax: this.#recirculationsMax,
    };
  }

  #site(construct: string): { program: string; construct: string } {
    return { program: this.name, construct };
  }

  #declare(name: string, what: string): void {
    if (!/^[a-z][A-Za-z0-9_]*$/.test(name)) {
      throw this.#fault('NAME', `${what} ${name}`, 'a name is a lower-case letter, then letters, digits and _');
    }
    if (this.#names.has(name)) throw this.#fault('NAME', `${what} ${name}`, 'the name is taken');
    this.#names.add(name);
  }

  #declareVariable(name: string, width: number, maximum: bigint): void {
    this.#declare(name, 'variable');
    this.#variables.push({ name, width, maximum });
  }

  #variableRef(name: string, width: number): Bits {
    return new Bits({ kind: 'variable', width, name }, this.#site(`variable ${name}`));
  }

  /** A fresh variable for the result of a statement; nobody else assigns it, so its maximum holds. */
  #result(stem: string, width: number, maximum = (1n << BigInt(width)) - 1n): Bits {
    const name = `${stem}_${this.#results++}`;
    this.#declareVariable(name, width, maximum);
    return this.#variableRef(name, width);
  }

  #headerRef<T extends HeaderType>(instance: string, type: T): HeaderRef<T> {
    const ref: Record<string, unknown> = {
      instance,
      isValid: () => new Condition({ kind: 'valid', header: instance }),
    };
    for (const { name, width } of type.layout) {
      const node = { kind: 'field', width, header: instance, field: name } as const;
      ref[name] = new Assignable(node, this.name, `${instance}.${name}`, (value) =>
        this.#emit({ kind: 'set', target: node, value }),
      );
    }
    return ref as HeaderRef<T>;
  }

  #cells(construct: string, specs: Specs): Cell[] {
    const cells = Object.entries(specs).map(([name, { width }]) => ({ name, width }));
    if (cells.length === 0) throw this.#fault('STATE_USE', construct, 'a record has at least one cell');
    for (const { width } of cells) assert(width <= FIELD_BITS_MAX, 'specs come from bits()');
    return cells;
  }

  #intrinsic(name: Intrinsic, width: number): Bits {
    return new Bits({ kind: 'intrinsic', width, name }, this.#site(name));
  }

  #sized(value: Operand, width: number, construct: string): Expr {
    const shape = new Bits({ kind: 'const', width, value: 0n }, this.#site(construct));
    return value instanceof Bits && value.width < width ? value.extend(width).node : shape.coerce(value);
  }

  /** An index expression; a constant takes the smallest width that holds it. Bounds are checked later. */
  #index(index: Operand, size: number, construct: string): Expr {
    if (index instanceof Bits) return index.node;
    const value = BigInt(index);
    if (value < 0n || value >= BigInt(size)) throw this.#fault('INDEX_BOUND', construct, `index ${value} of ${size} records`);
    return { kind: 'const', width: Math.max(1, value.toString(2).length), value };
  }

  #intoVariables(stem: string, specs: Specs): { refs: Record<string, Bits>; into: CellInto[] } {
    const refs: Record<string, Bits> = {};
    const into: CellInto[] = [];
    for (const [cell, { width }] of Object.entries(specs)) {
      const result = this.#result(`${stem}_${cell}`, width);
      refs[cell] = result;
      into.push({ cell, variable: variableName(result) });
    }
    return { refs, into };
  }

  #recordFrom(construct: string, specs: Specs, values: Readonly<Record<string, Operand>>): CellFrom[] {
    return Object.entries(specs).map(([cell, { width }]) => {
      const value = values[cell];
      if (value === undefined) throw this.#fault('STATE_USE', construct, `no value for cell ${cell}`);
      return { cell, value: this.#exactly(construct, value, width) };
    });
  }

  #keyNodes(construct: string, key: readonly Cell[], values: Readonly<Record<string, Operand>>): Expr[] {
    return key.map(({ name, width }) => {
      const value = values[name];
      if (value === undefined) throw this.#fault('STATE_USE', construct, `no value for key ${name}`);
      return this.#exactly(construct, value, width);
    });
  }

  #exactly(construct: string, value: Operand, width: number): Expr {
    return new Bits({ kind: 'const', width, value: 0n }, this.#site(construct)).coerce(value);
  }

  #cellRefs(owner: string, specs: Specs): Record<string, Assignable> {
    return Object.fromEntries(
      Object.entries(specs).map(([cell, { width }]) => [
        cell,
        new Assignable({ kind: 'cell', width, cell }, this.name, `${owner}.${cell}`, (value) => {
          if (!this.#inUpdate) throw this.#fault('PLACEMENT', `${owner}.${cell}`, 'cells are set in an update only');
          present(this.#block, 'an update has a block').push({ kind: 'setCell', cell, value } as never);
        }),
      ]),
    );
  }

  #updateBody<S extends Specs>(owner: string, specs: S, body: (cell: CellsOf<S>) => void): UpdateStatement[] {
    if (this.#inUpdate) throw this.#fault('PLACEMENT', `update of ${owner}`, 'updates do not nest');
    this.#inUpdate = true;
    try {
      // #emit lets nothing but assignments and conditionals into the block while #inUpdate holds.
      return this.#record(() => body(this.#cellRefs(owner, specs) as CellsOf<S>)) as unknown as UpdateStatement[];
    } finally {
      this.#inUpdate = false;
    }
  }

  #record(body: Body): Statement[] {
    const outer = this.#block;
    const block: Statement[] = [];
    this.#block = block;
    try {
      body();
    } finally {
      this.#block = outer;
    }
    return block;
  }

  #recordPart(part: 'ingress' | 'egress', body: Body): Statement[] {
    this.#part = part;
    try {
      return this.#record(body);
    } finally {
      this.#part = 'none';
    }
  }

  #emit(statement: Statement): void {
    if (this.#block === null) {
      throw this.#fault('PLACEMENT', statement.kind, 'statements stand in the ingress or the egress part');
    }
    if (this.#inUpdate) {
      const allowed = statement.kind === 'if' || (statement.kind === 'set' && statement.target.kind === 'variable');
      if (!allowed) throw this.#fault('PLACEMENT', statement.kind, 'an update holds only assignments to cells and variables, and conditionals');
    }
    if ((statement.kind === 'emit') !== (this.#part === 'egress') && isOutcome(statement) && statement.kind !== 'drop') {
      throw this.#fault('OUTCOME', statement.kind, `is no outcome of the ${this.#part} part`);
    }
    this.#block.push(statement);
  }
}

function variableName(result: Bits): string {
  assert(result.node.kind === 'variable', 'results are variables');
  return result.node.name;
}
