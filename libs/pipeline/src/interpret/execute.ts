/** The meaning of statements: one packet through one part of a program. */
import { assert, present } from '@ballast/base';
import { crc16, crc32, Hash64, halfSipHash64 } from '@ballast/wire';
import {
  type Expr,
  FRAME_BYTES_MIN,
  type HashAlgorithm,
  type Intrinsic,
  type Program,
  SlotStatus,
  type Statement,
  type UpdateStatement,
} from '../ir.ts';
import { bytesOf, type Environment, evaluate, holds } from './evaluate.ts';
import type { Packet } from './packet.ts';
import type { InterpreterState } from './state.ts';

/** How a part ended. */
export type PartOutcome =
  | { readonly kind: 'forward' | 'multicast'; readonly destination: number }
  | { readonly kind: 'drop' | 'controller'; readonly reason: string }
  | { readonly kind: 'recirculate' | 'pass' | 'emit' };

export type Intrinsics = Readonly<Record<Intrinsic, bigint>>;

type StateStatement = Exclude<
  Statement,
  {
    kind:
      | 'set'
      | 'if'
      | 'apply'
      | 'push'
      | 'pop'
      | 'forward'
      | 'multicast'
      | 'drop'
      | 'controller'
      | 'recirculate'
      | 'pass'
      | 'emit';
  }
>;

export class Execution implements Environment {
  readonly #program: Program;
  readonly #state: InterpreterState;
  readonly #packet: Packet;
  readonly #intrinsics: Intrinsics;
  readonly #variables = new Map<string, bigint>();
  /** The record under update, by cell. */
  #cells: Map<string, bigint> | null = null;

  constructor(program: Program, state: InterpreterState, packet: Packet, intrinsics: Intrinsics) {
    this.#program = program;
    this.#state = state;
    this.#packet = packet;
    this.#intrinsics = intrinsics;
  }

  field(header: string, field: string): bigint {
    return this.#packet.read(header, field);
  }
  variable(name: string): bigint {
    return this.#variables.get(name) ?? 0n;
  }
  cell(name: string): bigint {
    return present(this.#cells?.get(name), 'cells are read in updates');
  }
  intrinsic(name: Intrinsic): bigint {
    return this.#intrinsics[name];
  }
  isValid(header: string): boolean {
    return this.#packet.isValid(header);
  }

  /** Runs a part to its outcome. */
  run(statements: readonly Statement[]): PartOutcome {
    return present(this.#block(statements), 'every path of a checked program has an outcome');
  }

  #block(statements: readonly Statement[]): PartOutcome | null {
    for (const statement of statements) {
      const outcome = this.#statement(statement);
      if (outcome !== null) return outcome;
    }
    return null;
  }

  #statement(s: Statement): PartOutcome | null {
    switch (s.kind) {
      case 'set': {
        const value = evaluate(s.value, this);
        if (s.target.kind === 'variable') this.#variables.set(s.target.name, value);
        else this.#packet.assign(s.target.header, s.target.field, value);
        return null;
      }
      case 'if':
        return this.#block(holds(s.condition, this) ? s.then : s.otherwise);
      case 'apply':
        return this.#apply(s);
      case 'push':
        this.#packet.push(s.header);
        return null;
      case 'pop':
        this.#packet.pop(s.header);
        return null;
      case 'forward':
        return { kind: 'forward', destination: Number(evaluate(s.port, this)) };
      case 'multicast':
        return { kind: 'multicast', destination: Number(evaluate(s.group, this)) };
      case 'drop':
      case 'controller':
        return { kind: s.kind, reason: s.reason };
      case 'recirculate':
      case 'pass':
      case 'emit':
        return { kind: s.kind };
      default:
        this.#touchState(s);
        return null;
    }
  }

  #apply(s: Extract<Statement, { kind: 'apply' }>): PartOutcome | null {
    const hit = this.#state.lookup(s.table, this.#values(s.keys));
    if (hit === null) return this.#block(s.miss);
    const table = present(
      this.#program.tables.find((t) => t.name === s.table),
      'tables are declared',
    );
    const action = present(
      table.actions.find((a) => a.name === hit.action),
      'entries have declared actions',
    );
    action.parameters.forEach(({ variable }, i) => this.#variables.set(variable, hit.parameters[i]!));
    return this.#block(present(s.branches[hit.action], 'every action has a branch'));
  }

  #touchState(s: StateStatement): void {
    const state = this.#state;
    switch (s.kind) {
      case 'read': {
        const record = state.registerRead(s.register, this.#index(s.index));
        return this.#intoVariables(s.into, this.#named(this.#registerCells(s.register), record));
      }
      case 'add':
        return this.#add(s);
      case 'update': {
        const index = this.#index(s.index);
        const cells = this.#registerCells(s.register);
        const record = this.#named(cells, state.registerRead(s.register, index));
        this.#update(record, s.body);
        return state.registerWrite(
          s.register,
          index,
          cells.map((cell) => present(record.get(cell), 'cells keep their names')),
        );
      }
      case 'argmin':
        return this.#argmin(s);
      case 'hash':
        return this.#set(s.into, this.#hash(s));
      case 'random': {
        const width = BigInt(this.#widthOf(s.into));
        return this.#set(s.into, BigInt(state.nextRandom()) >> (32n - width));
      }
      case 'count':
        return state.count(s.counter, this.#index(s.index), Number(this.#intrinsics.length));
      case 'slotLookup':
      case 'slotInsert':
      case 'slotUpdate':
      case 'slotRemove':
        return this.#set(s.status, BigInt(this.#slot(s)));
      case 'cacheGet': {
        const record = state.cacheGet(s.cache, this.#values(s.key));
        this.#set(s.hit, record === null ? 0n : 1n);
        if (record !== null) this.#intoVariables(s.into, this.#named(this.#cacheCells(s.cache), record));
        return;
      }
      case 'cachePut': {
        const record = this.#record(this.#cacheCells(s.cache), s.record);
        return state.cachePut(s.cache, this.#values(s.key), record);
      }
      case 'cacheRemove':
        state.cacheDelete(s.cache, this.#values(s.key));
    }
  }

  #add(s: Extract<Statement, { kind: 'add' }>): void {
    const index = this.#index(s.index);
    const record = this.#state.registerRead(s.register, index);
    const position = this.#registerCells(s.register).indexOf(s.cell);
    const sum = present(record[position], 'the cell is declared') + evaluate(s.amount, this);
    record[position] = BigInt.asUintN(s.amount.width, sum);
    this.#state.registerWrite(s.register, index, record);
    if (s.into !== null) this.#set(s.into, record[position]);
  }

  #argmin(s: Extract<Statement, { kind: 'argmin' }>): void {
    const among = s.among === null ? null : evaluate(s.among, this);
    const position = this.#registerCells(s.register).indexOf(s.cell);
    const width = this.#program.registers.find((r) => r.name === s.register)!.cells[position]!.width;
    let index = 0n;
    let minimum = (1n << BigInt(width)) - 1n;
    let isFound = false;
    for (let i = 0; i < s.count; i++) {
      if (among !== null && ((among >> BigInt(i)) & 1n) === 0n) continue;
      const value = this.#state.registerRead(s.register, i)[position]!;
      if (isFound && value >= minimum) continue;
      isFound = true;
      minimum = value;
      index = BigInt(i);
    }
    this.#set(s.index, index);
    if (s.minimum !== null) this.#set(s.minimum, minimum);
  }

  #slot(
    s: Extract<Statement, { kind: 'slotLookup' | 'slotInsert' | 'slotUpdate' | 'slotRemove' }>,
  ): SlotStatus {
    const state = this.#state;
    const key = this.#values(s.key);
    const cells = present(
      this.#program.slots.find((d) => d.name === s.slots),
      'slots are declared',
    ).cells.map((c) => c.name);
    if (s.kind === 'slotInsert') {
      const answer = state.slotInsert(s.slots, key, this.#record(cells, s.record));
      return { done: SlotStatus.Done, exists: SlotStatus.Exists, full: SlotStatus.Full }[answer];
    }
    const stored = state.slotGet(s.slots, key);
    if (stored === null) return SlotStatus.Absent;
    const record = this.#named(cells, stored);
    switch (s.kind) {
      case 'slotLookup':
        this.#intoVariables(s.into, record);
        return SlotStatus.Done;
      case 'slotUpdate':
        this.#update(record, s.body);
        state.slotModify(
          s.slots,
          key,
          cells.map((cell) => present(record.get(cell), 'cells keep their names')),
        );
        return SlotStatus.Done;
      case 'slotRemove': {
        const isMet = s.condition === null || this.#withCells(record, () => holds(s.condition!, this));
        if (!isMet) return SlotStatus.Exists;
        state.slotDelete(s.slots, key);
        return SlotStatus.Done;
      }
    }
  }

  #hash(s: Extract<Statement, { kind: 'hash' }>): bigint {
    const bytes = bytesOf(
      this.#values(s.args),
      s.args.map((a) => a.width),
    );
    const value = hashOf(s.algorithm, s.key, bytes);
    return s.modulus === null ? value : value % BigInt(s.modulus);
  }

  #update(record: Map<string, bigint>, body: readonly UpdateStatement[]): void {
    this.#withCells(record, () => this.#updateBlock(record, body));
  }

  #updateBlock(record: Map<string, bigint>, body: readonly UpdateStatement[]): void {
    for (const s of body) {
      if (s.kind === 'if') this.#updateBlock(record, holds(s.condition, this) ? s.then : s.otherwise);
      else if (s.kind === 'setCell') record.set(s.cell, evaluate(s.value, this));
      else this.#set(s.target.name, evaluate(s.value, this));
    }
  }

  #withCells<T>(record: Map<string, bigint>, action: () => T): T {
    this.#cells = record;
    const result = action();
    this.#cells = null;
    return result;
  }

  #set(variable: string, value: bigint): void {
    this.#variables.set(variable, value);
  }

  #values(exprs: readonly Expr[]): bigint[] {
    return exprs.map((e) => evaluate(e, this));
  }

  #index(e: Expr): number {
    return Number(evaluate(e, this));
  }

  #record(
    cells: readonly string[],
    from: readonly { readonly cell: string; readonly value: Expr }[],
  ): bigint[] {
    return cells.map((cell) => {
      const given = present(
        from.find((f) => f.cell === cell),
        'a record gives every cell',
      );
      return evaluate(given.value, this);
    });
  }

  #named(cells: readonly string[], record: readonly bigint[]): Map<string, bigint> {
    return new Map(cells.map((cell, i) => [cell, present(record[i], 'a record has every cell')]));
  }

  #intoVariables(
    into: readonly { readonly cell: string; readonly variable: string }[],
    record: Map<string, bigint>,
  ): void {
    for (const { cell, variable } of into)
      this.#set(variable, present(record.get(cell), 'the cell is declared'));
  }

  #registerCells(name: string): string[] {
    return this.#program.registers.find((r) => r.name === name)!.cells.map((c) => c.name);
  }
  #cacheCells(name: string): string[] {
    return this.#program.caches.find((c) => c.name === name)!.cells.map((c) => c.name);
  }
  #widthOf(variable: string): number {
    return this.#program.variables.find((v) => v.name === variable)!.width;
  }
}

function hashOf(algorithm: HashAlgorithm, key: bigint | null, bytes: Uint8Array): bigint {
  switch (algorithm) {
    case 'crc16':
      return BigInt(crc16(bytes, 0, bytes.length));
    case 'crc32':
      return BigInt(crc32(bytes, 0, bytes.length));
    case 'halfSipHash': {
      assert(key !== null, 'halfSipHash has a key');
      const out = new Hash64();
      // The key's bytes, first one most significant, are two little-endian words to the algorithm.
      const [k0, k1] = [swap(Number(key >> 32n)), swap(Number(key & 0xffff_ffffn))];
      halfSipHash64(bytes, 0, bytes.length, { k0, k1 }, out);
      return (BigInt(out.hi) << 32n) | BigInt(out.lo);
    }
  }
}

function swap(word: number): number {
  return ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word & 0xff00) << 8) | (word << 24)) >>> 0;
}

/** Frames that a program sees at all. */
export function isRunt(bytes: number): boolean {
  return bytes < FRAME_BYTES_MIN;
}
