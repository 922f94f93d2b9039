/**
 * What the DSL guarantees by how it builds programs and `checkProgram` therefore need not ask: widths that
 * meet, names that exist, variables that stay below their maximum, outcomes in tail position. Random and
 * shrunk programs are made without the DSL, so they are held to it here.
 */
import { assert, present } from '@ballast/base';
import {
  type Bool,
  type Cell,
  CTZ_BITS,
  type Expr,
  GROUP_BITS,
  HASH_BITS,
  PORT_BITS,
  type Program,
  SLOT_STATUS_BITS,
  type Statement,
  type UpdateStatement,
  type VariableDeclaration,
  WIDTH_MAX,
} from '../ir.ts';
import { isOutcome } from '../tail-form.ts';
import { onesOf } from './random-values.ts';

/** Stops with an AssertionFailure unless a program is as the DSL would have built it. */
export function assertWellTyped(program: Program): void {
  const typing = new Typing(program);
  typing.block(program.ingress, true);
  if (program.egress !== null) typing.block(program.egress, true);
}

/** A declared thing by name. */
function named<T extends { readonly name: string }>(all: readonly T[], name: string): T {
  return present(
    all.find((each) => each.name === name),
    `${name} is declared`,
  );
}

class Typing {
  readonly #program: Program;
  #cells: readonly Cell[] = [];

  constructor(program: Program) {
    this.#program = program;
  }

  block(statements: readonly Statement[], ends: boolean): void {
    assert(!ends || statements.length > 0, 'every path ends in an outcome');
    for (const [i, statement] of statements.entries()) {
      const isLast = i === statements.length - 1;
      assert(isOutcome(statement) ? ends && isLast : true, `${statement.kind} stands in tail position`);
      const branches = branchesOf(statement);
      if (branches === null)
        assert(!(ends && isLast) || isOutcome(statement), 'every path ends in an outcome');
      else for (const branch of branches) this.block(branch, ends && isLast);
      this.#statement(statement);
    }
  }

  #statement(s: Statement): void {
    switch (s.kind) {
      case 'set':
        this.#sameWidth(this.#expr(s.target), this.#expr(s.value), 'set');
        if (s.target.kind === 'variable') this.#assigned(s.target.name, onesOf(s.value.width));
        return;
      case 'if':
        return this.#bool(s.condition);
      case 'apply': {
        const table = named(this.#program.tables, s.table);
        this.#keys(s.keys, table.keys);
        assert(
          Object.keys(s.branches).join() === table.actions.map((a) => a.name).join(),
          'a branch per action',
        );
        for (const { variable, width } of table.actions.flatMap((a) => a.parameters))
          this.#result(variable, width);
        return;
      }
      case 'hash':
        return this.#hash(s);
      case 'random': {
        const { name, width } = named(this.#program.variables, s.into);
        return this.#assigned(name, onesOf(width));
      }
      case 'count':
        named(this.#program.counters, s.counter);
        this.#expr(s.index);
        return;
      case 'forward':
        return this.#sameWidth(this.#expr(s.port), PORT_BITS, 'port');
      case 'multicast':
        return this.#sameWidth(this.#expr(s.group), GROUP_BITS, 'group');
      case 'drop':
        return assert(this.#program.dropReasons.includes(s.reason), `drop reason ${s.reason} is declared`);
      case 'controller':
        return assert(
          this.#program.controllerReasons.includes(s.reason),
          `controller reason ${s.reason} is declared`,
        );
      case 'push':
      case 'pop':
        named(this.#program.headers, s.header);
        return;
      case 'recirculate':
      case 'pass':
      case 'emit':
        return;
      default:
        return this.#stateStatement(s);
    }
  }

  #stateStatement(s: StateStatement): void {
    switch (s.kind) {
      case 'read':
      case 'add':
      case 'update':
      case 'argmin':
        return this.#registerStatement(s);
      case 'slotLookup':
      case 'slotInsert':
      case 'slotUpdate':
      case 'slotRemove': {
        const { key, cells } = named(this.#program.slots, s.slots);
        this.#keys(s.key, key);
        if (s.kind === 'slotLookup') this.#into(s.into, cells);
        if (s.kind === 'slotInsert') this.#record(s.record, cells);
        if (s.kind === 'slotUpdate') this.#inRecord(cells, () => this.#update(s.body));
        if (s.kind === 'slotRemove')
          this.#inRecord(cells, () => (s.condition === null ? undefined : this.#bool(s.condition)));
        return this.#result(s.status, SLOT_STATUS_BITS);
      }
      case 'cacheGet':
      case 'cachePut':
      case 'cacheRemove': {
        const { key, cells } = named(this.#program.caches, s.cache);
        this.#keys(s.key, key);
        if (s.kind === 'cachePut') this.#record(s.record, cells);
        if (s.kind !== 'cacheGet') return;
        this.#into(s.into, cells);
        this.#result(s.hit, 1);
      }
    }
  }

  #registerStatement(s: Extract<StateStatement, { kind: 'read' | 'add' | 'update' | 'argmin' }>): void {
    const { cells } = named(this.#program.registers, s.register);
    if (s.kind !== 'argmin') this.#expr(s.index);
    switch (s.kind) {
      case 'read':
        return this.#into(s.into, cells);
      case 'add': {
        const { width } = named(cells, s.cell);
        this.#sameWidth(this.#expr(s.amount), width, 'amount');
        if (s.into !== null) this.#result(s.into, width);
        return;
      }
      case 'update':
        return this.#inRecord(cells, () => this.#update(s.body));
      case 'argmin': {
        if (s.among !== null) this.#expr(s.among);
        this.#sameWidth(this.#declared(s.index).width, PORT_BITS, 'argmin index');
        this.#assigned(s.index, BigInt(s.count - 1));
        if (s.minimum !== null) this.#result(s.minimum, named(cells, s.cell).width);
      }
    }
  }

  #hash(s: Extract<Statement, { kind: 'hash' }>): void {
    for (const arg of s.args) this.#expr(arg);
    const maximum = s.modulus === null ? onesOf(HASH_BITS[s.algorithm]) : BigInt(s.modulus - 1);
    assert(maximum <= onesOf(this.#declared(s.into).width), `the hash fits ${s.into}`);
    this.#assigned(s.into, maximum);
  }

  #update(body: readonly UpdateStatement[]): void {
    for (const s of body) {
      if (s.kind === 'if') {
        this.#bool(s.condition);
        this.#update(s.then);
        this.#update(s.otherwise);
      } else if (s.kind === 'setCell') {
        this.#sameWidth(named(this.#cells, s.cell).width, this.#expr(s.value), 'set cell');
      } else {
        this.#statement(s);
      }
    }
  }

  #inRecord(cells: readonly Cell[], check: () => void): void {
    this.#cells = cells;
    check();
    this.#cells = [];
  }

  #keys(keys: readonly Expr[], declared: readonly { readonly width: number }[]): void {
    this.#sameWidth(keys.length, declared.length, 'number of keys');
    keys.forEach((key, i) => this.#sameWidth(this.#expr(key), declared[i]!.width, 'key'));
  }

  #into(into: readonly { cell: string; variable: string }[], cells: readonly Cell[]): void {
    for (const { cell, variable } of into) this.#result(variable, named(cells, cell).width);
    assert(
      new Set(into.map((each) => each.variable)).size === into.length,
      'cells go to variables of their own',
    );
  }

  #record(record: readonly { cell: string; value: Expr }[], cells: readonly Cell[]): void {
    assert(
      record.map((from) => from.cell).join() === cells.map((cell) => cell.name).join(),
      'a value per cell',
    );
    for (const { cell, value } of record)
      this.#sameWidth(this.#expr(value), named(cells, cell).width, 'cell');
  }

  #declared(variable: string): VariableDeclaration {
    return named(this.#program.variables, variable);
  }

  /** A variable takes any value of exactly `width` bits. */
  #result(variable: string, width: number): void {
    this.#sameWidth(this.#declared(variable).width, width, `variable ${variable}`);
    this.#assigned(variable, onesOf(width));
  }

  #assigned(variable: string, maximum: bigint): void {
    assert(maximum <= this.#declared(variable).maximum, `variable ${variable} stays below its maximum`);
  }

  #sameWidth(left: number, right: number, what: string): void {
    assert(left === right, `${what}: ${left} is ${right}`);
  }

  /** Checks an expression and gives its width. */
  #expr(e: Expr): number {
    assert(
      Number.isInteger(e.width) && e.width >= 1 && e.width <= WIDTH_MAX,
      `width ${e.width} is 1 to 64 bits`,
    );
    const width = this.#widthOf(e);
    if (width !== null) this.#sameWidth(e.width, width, e.kind);
    return e.width;
  }

  /** The width that an expression must have; null: any. */
  #widthOf(e: Expr): number | null {
    switch (e.kind) {
      case 'const':
        assert(e.value >= 0n && e.value <= onesOf(e.width), `constant ${e.value} fits ${e.width} bits`);
        return null;
      case 'field':
        return present(named(this.#program.headers, e.header).type.fields[e.field], `field ${e.field} exists`)
          .width;
      case 'variable':
        return this.#declared(e.name).width;
      case 'cell':
        return named(this.#cells, e.cell).width;
      case 'intrinsic':
        return null;
      case 'binary':
        this.#sameWidth(this.#expr(e.left), this.#expr(e.right), e.op);
        assert(e.op !== 'mul' || e.width <= 32, 'multiplication is on at most 32 bits');
        return e.left.width;
      case 'not':
        return this.#expr(e.value);
      case 'shift':
        return this.#shift(e);
      case 'slice':
        assert(
          e.low >= 0 && e.high >= e.low && e.high < this.#expr(e.value),
          `slice [${e.high}:${e.low}] is inside`,
        );
        return e.high - e.low + 1;
      case 'concat':
        return e.parts.reduce((sum, part) => sum + this.#expr(part), 0);
      case 'extend':
        assert(this.#expr(e.value) <= e.width, 'extension widens');
        return null;
      case 'mux':
        this.#bool(e.condition);
        this.#sameWidth(this.#expr(e.then), this.#expr(e.otherwise), 'mux');
        return e.then.width;
      case 'ctz':
        this.#expr(e.value);
        return CTZ_BITS;
    }
  }

  #shift(e: Extract<Expr, { kind: 'shift' }>): number {
    const { amount } = e;
    const width = this.#expr(e.value);
    if (typeof amount === 'number')
      assert(amount >= 0 && amount < width, `shift by ${amount} is below ${width}`);
    else
      assert(width <= 32 && this.#expr(amount) <= Math.floor(Math.log2(width)), 'a variable shift is narrow');
    return width;
  }

  #bool(b: Bool): void {
    switch (b.kind) {
      case 'compare':
        return this.#sameWidth(this.#expr(b.left), this.#expr(b.right), b.op);
      case 'negation':
        return this.#bool(b.of);
      case 'all':
      case 'any':
        return b.of.forEach((part) => this.#bool(part));
      case 'valid':
        named(this.#program.headers, b.header);
        return;
      case 'literal':
    }
  }
}

type StateStatement = Extract<
  Statement,
  { kind: 'read' | 'add' | 'update' | 'argmin' | `slot${string}` | `cache${string}` }
>;

function branchesOf(s: Statement): (readonly Statement[])[] | null {
  if (s.kind === 'if') return [s.then, s.otherwise];
  if (s.kind === 'apply') return [...Object.values(s.branches), s.miss];
  return null;
}
