/**
 * The DSL: `program(name, (p) => …)` runs the function once, records what it declares and does, checks it
 * and gives a Program. Loops and functions of TypeScript are its macros.
 */
import { present } from '@ballast/base';
import type { FieldSpec, HeaderType } from '@ballast/wire';
import { checkProgram } from './check.ts';
import { Recorder, variableName } from './dsl/recorder.ts';
import {
  Assignable,
  type Body,
  type CacheRef,
  type CounterRef,
  type HeaderRef,
  type HeaderRefs,
  type RegisterRef,
  type SlotsRef,
  type Specs,
  type TableRef,
} from './dsl/references.ts';
import { declareRegister } from './dsl/registers.ts';
import { type CacheSpec, declareCache, declareSlots, type SlotsSpec } from './dsl/stores.ts';
import { declareTable, type TableSpec } from './dsl/tables.ts';
import { Bits, Condition, type Operand } from './expression.ts';
import {
  type CacheDeclaration,
  type CounterDeclaration,
  type Expr,
  GROUP_BITS,
  HASH_BITS,
  HASH_MODULUS_MAX,
  type HashAlgorithm,
  type HeaderInstance,
  type Intrinsic,
  LENGTH_BITS,
  NOW_BITS,
  PORT_BITS,
  type Program,
  RECIRCULATION_BITS,
  RECIRCULATION_LIMIT,
  type RegisterDeclaration,
  RUNT_FRAME,
  type SlotsDeclaration,
  type Statement,
  type TableDeclaration,
} from './ir.ts';
import type { PacketFormat, ParserGraph } from './parser-graph.ts';
import type { ProgramFault } from './program-error.ts';
import { inTailForm } from './tail-form.ts';

export {
  Assignable,
  type CacheRef,
  type CounterRef,
  exact,
  type HeaderRef,
  type HeaderRefs,
  type KeySpec,
  longestPrefix,
  type RegisterAt,
  type RegisterRef,
  type SlotsRef,
  type TableRef,
  ternary,
} from './dsl/references.ts';

const RECIRCULATIONS_MAX = (1 << RECIRCULATION_BITS) - 1;

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
  readonly #recorder: Recorder;
  readonly #fault: ProgramFault;
  #graph: ParserGraph | null = null;
  readonly #headers: HeaderInstance[] = [];
  readonly #tables: TableDeclaration[] = [];
  readonly #registers: RegisterDeclaration[] = [];
  readonly #slots: SlotsDeclaration[] = [];
  readonly #caches: CacheDeclaration[] = [];
  readonly #counters: CounterDeclaration[] = [];
  readonly #dropReasons = new Set<string>();
  readonly #controllerReasons = new Set<string>();
  #ingress: Statement[] | null = null;
  #egress: Statement[] | null = null;
  #recirculationsMax = 0;

  constructor(name: string) {
    this.name = name;
    this.#recorder = new Recorder(name);
    this.#fault = this.#recorder.fault;
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
    const construct = `added header ${name}`;
    this.#recorder.declare(name, 'added header');
    if (this.#headers.some((h) => h.name === name)) {
      throw this.#fault('NAME', construct, 'the parser has a header of that name');
    }
    const position = this.#headers.findIndex((h) => h.name === options.before);
    if (position < 0) {
      throw this.#fault('NAME', construct, `stands before ${options.before}, which does not exist`);
    }
    this.#headers.splice(position, 0, { name, type, added: true });
    return this.#headerRef(name, type);
  }

  /** A per-packet variable, zero at first. */
  variable(name: string, spec: FieldSpec): Assignable {
    const { width } = spec;
    this.#recorder.declareVariable(name, width);
    const node = { kind: 'variable', width, name } as const;
    const assign = (value: Expr): void => this.#emit({ kind: 'set', target: node, value });
    return new Assignable(node, this.name, `variable ${name}`, assign);
  }

  table<const A extends Readonly<Record<string, Specs>>>(name: string, spec: TableSpec<A>): TableRef<A> {
    const { declared, ref } = declareTable(this.#recorder, name, spec);
    this.#tables.push(declared);
    return ref;
  }

  /** An array of `size` records, all zero at first. */
  register<const S extends Specs>(name: string, cells: S, size: number): RegisterRef<S> {
    const { declared, ref } = declareRegister(this.#recorder, name, cells, size);
    this.#registers.push(declared);
    return ref;
  }

  slots<const K extends Specs, const S extends Specs>(name: string, spec: SlotsSpec<K, S>): SlotsRef<K, S> {
    const { declared, ref } = declareSlots(this.#recorder, name, spec);
    this.#slots.push(declared);
    return ref;
  }

  cache<const K extends Specs, const S extends Specs>(name: string, spec: CacheSpec<K, S>): CacheRef<K, S> {
    const { declared, ref } = declareCache(this.#recorder, name, spec);
    this.#caches.push(declared);
    return ref;
  }

  /** Packets and bytes of `size` indexes. */
  counter(name: string, size: number): CounterRef {
    this.#recorder.declare(name, 'counter');
    this.#counters.push({ name, size });
    const count = (index: Operand): void =>
      this.#emit({
        kind: 'count',
        counter: name,
        index: this.#recorder.index(index, size, `counter ${name}`),
      });
    return { name, count };
  }

  constant(value: number | bigint, spec: FieldSpec): Bits {
    const construct = 'constant';
    return new Bits(this.#recorder.operand(construct, value, spec.width), this.#recorder.site(construct));
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
    this.#ingress = this.#recorder.recordPart('ingress', body);
  }

  egress(body: Body): void {
    if (this.#egress !== null) throw this.#fault('PLACEMENT', 'egress', 'a program has one egress part');
    this.#egress = this.#recorder.recordPart('egress', body);
  }

  when(condition: Condition, then: Body, otherwise: Body = () => undefined): void {
    this.#emit({
      kind: 'if',
      condition: condition.node,
      then: this.#recorder.record(then),
      otherwise: this.#recorder.record(otherwise),
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
  hash(
    algorithm: HashAlgorithm,
    args: readonly Bits[],
    options: { modulus?: number; key?: bigint } = {},
  ): Bits {
    const modulus = options.modulus ?? null;
    if (modulus !== null && !(Number.isInteger(modulus) && modulus >= 1 && modulus <= HASH_MODULUS_MAX)) {
      throw this.#fault('HASH', `hash ${algorithm}`, `modulus ${modulus} is not between 1 and 2^31`);
    }
    const result =
      modulus === null
        ? this.#recorder.result(algorithm, HASH_BITS[algorithm])
        : this.#recorder.result(algorithm, Math.max(1, Math.ceil(Math.log2(modulus))), BigInt(modulus - 1));
    const key = options.key ?? (algorithm === 'halfSipHash' ? 0n : null);
    const nodes = args.map((a) => a.node);
    this.#emit({ kind: 'hash', algorithm, key, args: nodes, modulus, into: variableName(result) });
    return result;
  }

  /** A random value of at most 32 bits. */
  random(spec: FieldSpec): Bits {
    const result = this.#recorder.result('random', spec.width);
    this.#emit({ kind: 'random', into: variableName(result) });
    return result;
  }

  push(header: { readonly instance: string }): void {
    this.#emit({ kind: 'push', header: header.instance });
  }
  pop(header: { readonly instance: string }): void {
    this.#emit({ kind: 'pop', header: header.instance });
  }

  /** Ports of less than 16 bits are zero-extended. */
  forward(port: Operand): void {
    this.#emit({ kind: 'forward', port: this.#extended('forward', port, PORT_BITS) });
  }
  multicast(group: Operand): void {
    this.#emit({ kind: 'multicast', group: this.#extended('multicast', group, GROUP_BITS) });
  }
  drop(reason: string): void {
    this.#recorder.requireName(reason, 'drop reason');
    this.#dropReasons.add(reason);
    this.#emit({ kind: 'drop', reason });
  }
  toController(reason: string): void {
    this.#recorder.requireName(reason, 'controller reason');
    this.#controllerReasons.add(reason);
    this.#emit({ kind: 'controller', reason });
  }
  /** Runs the program on the packet again, at most `max` times in all; the largest `max` counts. */
  recirculate(max: number): void {
    if (!Number.isInteger(max) || max < 0 || max > RECIRCULATIONS_MAX) {
      throw this.#fault('OUTCOME', 'recirculate', `${max} times is not between 0 and ${RECIRCULATIONS_MAX}`);
    }
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
      variables: this.#recorder.variables,
      tables: this.#tables,
      registers: this.#registers,
      slots: this.#slots,
      caches: this.#caches,
      counters: this.#counters,
      ingress: inTailForm(this.name, 'ingress', this.#ingress),
      egress: this.#egress === null ? null : inTailForm(this.name, 'egress', this.#egress),
      dropReasons: [...new Set([...this.#dropReasons, RUNT_FRAME, RECIRCULATION_LIMIT])],
      controllerReasons: [...this.#controllerReasons],
      recirculationsMax: this.#recirculationsMax,
    };
  }

  #headerRef<T extends HeaderType>(instance: string, type: T): HeaderRef<T> {
    const ref: Record<string, unknown> = {
      instance,
      isValid: () => new Condition({ kind: 'valid', header: instance }),
    };
    for (const { name, width } of type.layout) {
      if (name in ref) throw this.#fault('NAME', `header ${instance}`, `a field cannot be called ${name}`);
      const node = { kind: 'field', width, header: instance, field: name } as const;
      const assign = (value: Expr): void => this.#emit({ kind: 'set', target: node, value });
      ref[name] = new Assignable(node, this.name, `${instance}.${name}`, assign);
    }
    return ref as HeaderRef<T>;
  }

  #intrinsic(name: Intrinsic, width: number): Bits {
    return new Bits({ kind: 'intrinsic', width, name }, this.#recorder.site(name));
  }

  #extended(construct: string, value: Operand, width: number): Expr {
    const wide = value instanceof Bits && value.width < width ? value.extend(width) : value;
    return this.#recorder.operand(construct, wide, width);
  }

  #emit(statement: Statement): void {
    this.#recorder.emit(statement);
  }
}
