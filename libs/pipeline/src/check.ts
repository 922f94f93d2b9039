/**
 * The checks that every program passes before any target sees it: header validity along every path,
 * index bounds, use of state, placement, widths. Errors name the program, the construct and the reason.
 */
import { present } from '@ballast/base';
import { checksumField } from './checksum-rules.ts';
import { describe, maximumOf } from './expression.ts';
import { HeaderRules, joined, type Knowledge } from './header-knowledge.ts';
import {
  type Bool,
  type Cell,
  type Expr,
  FRAME_BYTES_MIN,
  HASH_MODULUS_MAX,
  type Program,
  type Statement,
  type UpdateStatement,
} from './ir.ts';
import { faultsOf, type ProgramFault } from './program-error.ts';

/** Accepts a program or throws a ProgramError. */
export function checkProgram(program: Program): void {
  const fault = faultsOf(program.name);
  checkDeclarations(program, fault);
  new Checker(program, 'ingress').check(program.ingress);
  if (program.egress !== null) new Checker(program, 'egress').check(program.egress);
}

const SIZE_MAX = 1 << 24;
const WAYS_MAX = 256;

function checkDeclarations(program: Program, fault: ProgramFault): void {
  const { start, types } = program.parser;
  const startBytes = present(types[start], 'states have types').bytes;
  if (startBytes > FRAME_BYTES_MIN) {
    throw fault(
      'PARSER',
      `state ${start}`,
      `starts the parser with ${startBytes} bytes; frames may have ${FRAME_BYTES_MIN}`,
    );
  }
  const sized = [
    ...program.tables.map((t) => ({ what: `table ${t.name}`, size: t.size })),
    ...program.registers.map((r) => ({ what: `register ${r.name}`, size: r.size })),
    ...program.caches.map((c) => ({ what: `cache ${c.name}`, size: c.size })),
    ...program.counters.map((c) => ({ what: `counter ${c.name}`, size: c.size })),
    ...program.slots.map((s) => ({ what: `slots ${s.name}`, size: s.hashes * s.depth * s.buckets })),
  ];
  for (const { what, size } of sized) {
    if (!Number.isInteger(size) || size < 1 || size > SIZE_MAX) {
      throw fault('STATE_USE', what, `size ${size} is not between 1 and ${SIZE_MAX}`);
    }
  }
  for (const { name, hashes, depth, buckets } of program.slots) {
    // The number of a way is one byte of what its hash is over.
    const isShaped =
      [hashes, depth, buckets].every((n) => Number.isInteger(n) && n >= 1) && hashes <= WAYS_MAX;
    if (isShaped) continue;
    const rule = `hashes, depth and buckets are whole numbers from 1 on, at most ${WAYS_MAX} hashes`;
    throw fault('STATE_USE', `slots ${name}`, `${hashes} x ${depth} x ${buckets}: ${rule}`);
  }
  for (const table of program.tables) {
    if (table.keys.length === 0)
      throw fault('STATE_USE', `table ${table.name}`, 'a table matches at least one key');
    if (table.actions.length === 0)
      throw fault('STATE_USE', `table ${table.name}`, 'a table has at least one action');
    if (table.keys.filter((k) => k.kind === 'longestPrefix').length > 1) {
      throw fault('STATE_USE', `table ${table.name}`, 'at most one key is a longest prefix');
    }
  }
}

class Checker {
  readonly #program: Program;
  readonly #part: 'ingress' | 'egress';
  readonly #fault: ProgramFault;
  readonly #rules: HeaderRules;
  readonly #applied = new Set<string>();
  readonly #variables: ReadonlyMap<string, bigint>;
  /** What the walk is in, for messages. */
  #construct = '';

  constructor(program: Program, part: 'ingress' | 'egress') {
    this.#program = program;
    this.#part = part;
    this.#fault = faultsOf(program.name);
    this.#rules = new HeaderRules(program, this.#fault);
    this.#variables = new Map(program.variables.map((v) => [v.name, v.maximum]));
  }

  check(statements: readonly Statement[]): void {
    this.#block(statements, this.#rules.atStart());
  }

  #block(statements: readonly Statement[], before: Knowledge): Knowledge {
    return statements.reduce((known, statement) => this.#statement(statement, known), before);
  }

  #statement(s: Statement, known: Knowledge): Knowledge {
    this.#construct = constructOf(s);
    switch (s.kind) {
      case 'set':
        this.#expr(s.value, known);
        this.#target(s.target, known);
        return known;
      case 'if':
        return this.#conditional(s, known);
      case 'apply':
        return this.#apply(s, known);
      case 'push':
        return this.#push(s.header, known);
      case 'pop':
        return this.#pop(s.header, known);
      case 'hash':
        this.#hash(s, known);
        return known;
      case 'random':
        this.#stateful();
        if (this.#width(s.into) > 32) throw this.#error('WIDTH', 'random values have at most 32 bits');
        return known;
      case 'drop':
        return known;
      case 'forward':
      case 'multicast':
      case 'controller':
      case 'recirculate':
      case 'pass':
      case 'emit':
        this.#leave(s, known);
        return known;
      default:
        this.#stateful();
        this.#stateStatement(s, known);
        return known;
    }
  }

  #stateStatement(
    s: Exclude<Statement, { kind: 'set' | 'if' | 'apply' | 'push' | 'pop' | 'hash' | 'random' } | Outcomes>,
    known: Knowledge,
  ): void {
    switch (s.kind) {
      case 'read':
      case 'add':
      case 'update': {
        const register = this.#declared(this.#program.registers, s.register);
        this.#index(s.index, register.size, known);
        if (s.kind === 'add') this.#expr(s.amount, known);
        if (s.kind === 'update') this.#update(s.body, register.cells, known);
        return;
      }
      case 'argmin': {
        const register = this.#declared(this.#program.registers, s.register);
        if (!(Number.isInteger(s.count) && s.count >= 1 && s.count <= register.size))
          throw this.#error('INDEX_BOUND', `range of ${s.count} in ${register.size} records`);
        if (s.among !== null && s.among.width < s.count)
          throw this.#error('WIDTH', `${s.among.width} candidate bits for ${s.count} records`);
        if (s.among !== null) this.#expr(s.among, known);
        return;
      }
      case 'count':
        this.#index(s.index, this.#declared(this.#program.counters, s.counter).size, known);
        return;
      case 'slotLookup':
      case 'slotInsert':
      case 'slotUpdate':
      case 'slotRemove': {
        const slots = this.#declared(this.#program.slots, s.slots);
        for (const key of s.key) this.#expr(key, known);
        if (s.kind === 'slotInsert') for (const { value } of s.record) this.#expr(value, known);
        if (s.kind === 'slotUpdate') this.#update(s.body, slots.cells, known);
        if (s.kind === 'slotRemove' && s.condition !== null) this.#bool(s.condition, known, slots.cells);
        return;
      }
      case 'cacheGet':
      case 'cachePut':
      case 'cacheRemove':
        this.#declared(this.#program.caches, s.cache);
        for (const key of s.key) this.#expr(key, known);
        if (s.kind === 'cachePut') for (const { value } of s.record) this.#expr(value, known);
    }
  }

  #conditional(s: Extract<Statement, { kind: 'if' }>, known: Knowledge): Knowledge {
    this.#bool(s.condition, known, []);
    const then = this.#block(s.then, this.#rules.assuming(known, s.condition, true));
    const otherwise = this.#block(s.otherwise, this.#rules.assuming(known, s.condition, false));
    return joined([then, otherwise]);
  }

  #apply(s: Extract<Statement, { kind: 'apply' }>, known: Knowledge): Knowledge {
    this.#stateful();
    if (this.#applied.has(s.table)) {
      throw this.#error('STATE_USE', 'a table has one apply site; merge them with a mode variable');
    }
    this.#applied.add(s.table);
    for (const key of s.keys) this.#expr(key, known);
    const ends = [...Object.values(s.branches), s.miss].map((branch) => this.#block(branch, known));
    return joined(ends);
  }

  #push(name: string, known: Knowledge): Knowledge {
    const instance = this.#program.headers.find((h) => h.name === name);
    if (instance?.added !== true)
      throw this.#error('STATE_USE', 'only headers declared with added() are pushed');
    if (known.pushed.has(name)) throw this.#error('VALIDITY', 'may be there already on a path to here');
    return this.#rules.afterPush(known, name, this.#construct);
  }

  #pop(name: string, known: Knowledge): Knowledge {
    this.#requireValid(name, known);
    return this.#rules.afterPop(known, name, this.#construct);
  }

  /** No header may come or go under a checksum that stays: the sum would need the bytes behind it. */
  #leave(s: Extract<Outcomes, { kind: Exclude<Outcomes['kind'], 'drop'> }>, known: Knowledge): void {
    if (s.kind === 'forward') this.#expr(s.port, known);
    if (s.kind === 'multicast') this.#expr(s.group, known);
    for (const [header, construct] of known.owed) {
      this.#construct = construct;
      throw this.#error('STATE_USE', `the checksum of ${header} covers it, and ${header} may stay; pop both`);
    }
  }

  #hash(s: Extract<Statement, { kind: 'hash' }>, known: Knowledge): void {
    if (s.args.length === 0) throw this.#error('HASH', 'a hash has at least one argument');
    for (const arg of s.args) {
      this.#expr(arg, known);
      if (arg.width % 8 !== 0)
        throw this.#error('HASH', `${describe(arg)} has ${arg.width} bits; hashes are over whole bytes`);
    }
    if (
      s.modulus !== null &&
      !(Number.isInteger(s.modulus) && s.modulus >= 1 && s.modulus <= HASH_MODULUS_MAX)
    ) {
      throw this.#error('HASH', `modulus ${s.modulus} is not between 1 and 2^31`);
    }
    if (s.modulus !== null && s.algorithm === 'halfSipHash')
      throw this.#error('HASH', 'halfSipHash takes no modulus; slice it');
    if ((s.key !== null) !== (s.algorithm === 'halfSipHash'))
      throw this.#error('HASH', 'halfSipHash has a key, the others have none');
    if (s.key !== null && (s.key < 0n || s.key >> 64n !== 0n)) {
      throw this.#error('HASH', `key ${s.key} does not fit 64 bits`);
    }
  }

  #update(body: readonly UpdateStatement[], cells: readonly Cell[], known: Knowledge): void {
    for (const s of body) {
      if (s.kind === 'setCell') this.#cell(s.cell, s.value.width, cells);
      if (s.kind === 'set') this.#target(s.target, known);
      if (s.kind === 'if') {
        this.#bool(s.condition, known, cells);
        this.#update(s.then, cells, this.#rules.assuming(known, s.condition, true));
        this.#update(s.otherwise, cells, this.#rules.assuming(known, s.condition, false));
      } else {
        this.#expr(s.value, known, cells);
      }
    }
  }

  #target(target: Extract<Statement, { kind: 'set' }>['target'], known: Knowledge): void {
    if (target.kind === 'variable') {
      this.#width(target.name);
      return;
    }
    this.#requireValid(target.header, known);
    const instance = present(
      this.#program.headers.find((h) => h.name === target.header),
      'fields are of declared headers',
    );
    if (checksumField(instance) === target.field) {
      throw this.#error('STATE_USE', 'checksums follow by themselves; no program sets one');
    }
  }

  #index(index: Expr, size: number, known: Knowledge): void {
    this.#expr(index, known);
    const maximum = maximumOf(index, (name) =>
      present(this.#variables.get(name), `variable ${name} is declared`),
    );
    if (maximum >= BigInt(size)) {
      const cure = 'slice or mask it, or take it from a hash with a modulus';
      throw this.#error(
        'INDEX_BOUND',
        `${describe(index)} may be as large as ${maximum}, with ${size} records; ${cure}`,
      );
    }
  }

  #expr(e: Expr, known: Knowledge, cells: readonly Cell[] = []): void {
    switch (e.kind) {
      case 'field':
        return this.#requireValid(e.header, known);
      case 'variable':
        this.#width(e.name);
        return;
      case 'cell':
        return this.#cell(e.cell, e.width, cells);
      case 'intrinsic':
        if ((e.name === 'egressPort' || e.name === 'replica') && this.#part !== 'egress') {
          throw this.#error('PLACEMENT', `${e.name} is known in the egress part only`);
        }
        if ((e.name === 'ingressPort' || e.name === 'recirculations') && this.#part !== 'ingress') {
          throw this.#error('PLACEMENT', `${e.name} is known in the ingress part only; carry it in a header`);
        }
        return;
      case 'binary':
        this.#expr(e.left, known, cells);
        return this.#expr(e.right, known, cells);
      case 'concat':
        for (const part of e.parts) this.#expr(part, known, cells);
        return;
      case 'mux':
        this.#bool(e.condition, known, cells);
        this.#expr(e.then, known, cells);
        return this.#expr(e.otherwise, known, cells);
      case 'shift':
        if (typeof e.amount !== 'number') this.#expr(e.amount, known, cells);
        return this.#expr(e.value, known, cells);
      case 'not':
      case 'slice':
      case 'extend':
      case 'ctz':
        return this.#expr(e.value, known, cells);
      case 'const':
    }
  }

  /** Cells of another record, kept from another update, are none of these. */
  #cell(cell: string, width: number, cells: readonly Cell[]): void {
    if (cells.some((c) => c.name === cell && c.width === width)) return;
    throw this.#error('PLACEMENT', `cell ${cell} is used outside of its update`);
  }

  #bool(b: Bool, known: Knowledge, cells: readonly Cell[]): void {
    switch (b.kind) {
      case 'compare':
        this.#expr(b.left, known, cells);
        return this.#expr(b.right, known, cells);
      case 'negation':
        return this.#bool(b.of, known, cells);
      case 'all':
      case 'any': {
        // Evaluated from the left, and only as far as needed: each part may rely on those before it.
        let sofar = known;
        for (const part of b.of) {
          this.#bool(part, sofar, cells);
          sofar = this.#rules.assuming(sofar, part, b.kind === 'all');
        }
        return;
      }
      case 'literal':
      case 'valid':
    }
  }

  #requireValid(header: string, known: Knowledge): void {
    if (!known.valid.has(header)) {
      throw this.#error(
        'VALIDITY',
        `header ${header} may not be in the packet here; ask ${header}.isValid() first`,
      );
    }
  }

  #stateful(): void {
    if (this.#part === 'egress') throw this.#error('PLACEMENT', 'the egress part touches no state');
  }

  #width(variable: string): number {
    const declared = this.#program.variables.find((v) => v.name === variable);
    if (declared === undefined) throw this.#error('NAME', `variable ${variable} is not declared`);
    return declared.width;
  }

  #declared<T extends { readonly name: string }>(all: readonly T[], name: string): T {
    const found = all.find((d) => d.name === name);
    if (found === undefined) throw this.#error('NAME', `${name} is not declared`);
    return found;
  }

  #error(...[code, reason]: [Parameters<ProgramFault>[0], string]): Error {
    return this.#fault(code, `${this.#part}, ${this.#construct}`, reason);
  }
}

type Outcomes = Extract<
  Statement,
  { kind: 'forward' | 'multicast' | 'drop' | 'controller' | 'recirculate' | 'pass' | 'emit' }
>;

/** How a statement is called in an error. */
function constructOf(s: Statement): string {
  switch (s.kind) {
    case 'set':
      return `set ${describe(s.target)}`;
    case 'apply':
      return `apply ${s.table}`;
    case 'read':
    case 'add':
    case 'update':
    case 'argmin':
      return `${s.kind} ${s.register}`;
    case 'slotLookup':
    case 'slotInsert':
    case 'slotUpdate':
    case 'slotRemove':
      return `${s.kind} ${s.slots}`;
    case 'cacheGet':
    case 'cachePut':
    case 'cacheRemove':
      return `${s.kind} ${s.cache}`;
    case 'count':
      return `count ${s.counter}`;
    case 'push':
    case 'pop':
      return `${s.kind} of ${s.header}`;
    default:
      return s.kind;
  }
}
