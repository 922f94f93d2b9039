/** Prints the statements that touch registers and counters, and random numbers. */
import { present } from '@ballast/base';
import type { Expr, Statement, UpdateStatement } from '../ir.ts';
import { assignedVariables, visitUpdate } from '../lower/walk.ts';
import { assign, type Holder, holderNamed, valueIn } from './assignment.ts';
import type { PartContext } from './part-context.ts';
import type { RecordLayout } from './state-layout.ts';
import { addPairs, exactValue, isPair, single, type Value, ZERO } from './value.ts';
import {
  add,
  and,
  compare,
  conjunction,
  constant,
  disjunction,
  exact,
  onesOf,
  primary,
  select,
  shiftRight,
  type Word,
  WORD_BITS,
} from './word.ts';

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

/** Widths of the elements of typed arrays, whose setters keep the low bits by themselves. */
const ELEMENT_BITS: readonly number[] = [8, 16, 32];

/** The element of a cell's arrays. */
export function elementOf(arrays: Holder, index: string): Holder {
  return { hi: arrays.hi === null ? null : `${arrays.hi}[${index}]`, lo: `${arrays.lo}[${index}]` };
}

/** A cell of the record at an index. */
export function cellAt(
  record: RecordLayout,
  cell: string,
  index: string,
): { holder: Holder; width: number; value: Value } {
  const { arrays, width } = present(record.cells.get(cell), `cell ${cell} is declared`);
  const holder = elementOf(arrays, index);
  return { holder, width, value: valueIn(holder, (1n << BigInt(width)) - 1n) };
}

export class StatePrinter {
  readonly #part: PartContext;

  constructor(part: PartContext) {
    this.#part = part;
  }

  read(s: Of<'read'>): void {
    this.#part.writer.comment(`read of ${s.register}`);
    this.load(this.#register(s.register), this.#index(s, s.index), s.into);
  }

  /** Variables from the cells of a record. */
  load(record: RecordLayout, at: string, into: Of<'read'>['into']): void {
    for (const { cell, variable } of into)
      this.#part.assignVariable(variable, cellAt(record, cell, at).value);
  }

  add(s: Of<'add'>): void {
    const { expressions, writer } = this.#part;
    writer.comment(`add to ${s.register}.${s.cell}`);
    const at = this.#index(s, s.index);
    const { holder, width, value } = cellAt(this.#register(s.register), s.cell, at);
    const sum = this.#sum(value, expressions.exact(s.amount), s.cell);
    if (s.into !== null && this.#part.isRead(s.into)) {
      this.#part.assignVariable(s.into, sum);
      assign(writer, holder, this.#part.variable(s.into));
    } else {
      this.store(holder, width, sum);
    }
  }

  #sum(before: Value, amount: Value, name: string): Value {
    const { expressions } = this.#part;
    if (!isPair(before) || !isPair(amount)) return single(add(before.lo, amount.lo));
    const a = { hi: before.hi, lo: expressions.atom(before.lo, `${name}_before`) };
    const b = { hi: amount.hi, lo: expressions.atom(amount.lo, `${name}_amount`) };
    return addPairs(a, b, expressions.atom(exact(add(a.lo, b.lo), WORD_BITS), `${name}_sum`));
  }

  update(s: Of<'update'>): void {
    this.#part.writer.comment(`update of ${s.register}`);
    this.updateRecord(this.#register(s.register), this.#index(s, s.index), s);
  }

  /** The body of an update on the record at an index. Cells that it reads are in locals while it lasts. */
  updateRecord(record: RecordLayout, at: string, s: Of<'update'> | Of<'slotUpdate'>): void {
    const { names, writer } = this.#part;
    const isRead = new Set<string>();
    visitUpdate(s.body, { expr: (e) => e.kind === 'cell' && isRead.add(e.cell) });
    const isSet = cellsSet(s.body);
    const locals = new Map<string, Holder>();
    for (const cell of record.cells.keys()) {
      if (!isRead.has(cell)) continue;
      const { width, value } = cellAt(record, cell, at);
      const local = holderNamed((n) => names.claim(n), cell, width);
      assign(writer, local, value, isSet.has(cell) ? 'let ' : 'const ');
      locals.set(cell, local);
    }
    const values = new Map(
      [...locals].map(([cell, local]) => [cell, valueIn(local, cellMaximum(record, cell))]),
    );
    this.#part.withCells(values, () => {
      this.#updateBlock(record, at, s.body, locals);
    });
  }

  #updateBlock(
    record: RecordLayout,
    at: string,
    body: readonly UpdateStatement[],
    locals: ReadonlyMap<string, Holder>,
  ): void {
    const { expressions, writer } = this.#part;
    for (const s of body) {
      if (s.kind === 'set') {
        this.#part.assignVariable(s.target.name, expressions.value(s.value));
      } else if (s.kind === 'setCell') {
        const { holder, width } = cellAt(record, s.cell, at);
        const value = expressions.value(s.value);
        const local = locals.get(s.cell);
        if (local !== undefined) assign(writer, local, exactValue(value, width));
        this.store(holder, width, local === undefined ? value : valueIn(local, cellMaximum(record, s.cell)));
      } else {
        this.#part.nested(`if (${expressions.condition(s.condition).text})`, () => {
          this.#updateBlock(record, at, s.then, locals);
        });
        if (s.otherwise.length === 0) continue;
        this.#part.nestedElse(s.otherwise.length === 1 && s.otherwise[0]!.kind === 'if', () => {
          this.#updateBlock(record, at, s.otherwise, locals);
        });
      }
    }
  }

  /** Stores a value that is right in the bits of its width. */
  store(element: Holder, width: number, value: Value): void {
    const { writer } = this.#part;
    if (value.hi === null) {
      const lo = ELEMENT_BITS.includes(width) ? value.lo : exact(value.lo, width);
      return assign(writer, element, single(lo));
    }
    const hiBits = width - WORD_BITS;
    const hi = ELEMENT_BITS.includes(hiBits) ? value.hi : exact(value.hi, hiBits);
    assign(writer, element, { hi, lo: value.lo });
  }

  count(s: Of<'count'>): void {
    const { expressions, layout, writer } = this.#part;
    const { packets, bytes } = present(layout.counters.get(s.counter), `counter ${s.counter} is declared`);
    writer.comment(`count ${s.counter}`);
    const index = expressions.atom(expressions.exactLow(s.index), 'at').text;
    writer.line(`${packets}[${index}] += 1;`);
    writer.line(`${bytes}[${index}] += length;`);
  }

  random(s: Of<'random'>): void {
    const { layout, writer } = this.#part;
    const next = primary(`nextRandom(${layout.random})`, 0x7fff_ffff, -0x8000_0000);
    // The generator goes on even if nobody looks at the number.
    if (!this.#part.isRead(s.into)) writer.line(`${next.text};`);
    else this.#part.assignVariable(s.into, single(shiftRight(next, WORD_BITS - this.#part.widthOf(s.into))));
  }

  /** The first index whose cell is least; with no candidate 0, and all ones for the minimum. */
  argmin(s: Of<'argmin'>): void {
    const { expressions, names, writer } = this.#part;
    writer.comment(`argmin of ${s.register}.${s.cell}`);
    const candidates = s.among === null ? null : expressions.atoms(expressions.exact(s.among), 'among');
    const { width } = cellAt(this.#register(s.register), s.cell, '0');
    const least = names.claim('least');
    const minimum = holderNamed((n) => names.claim(n), 'minimum', width);
    writer.line(`let ${least} = 0;`);
    // Above any value, so that the first candidate is taken whatever it holds.
    const above: Value =
      width > WORD_BITS ? { hi: constant(2 ** (width - WORD_BITS)), lo: ZERO } : single(constant(2 ** width));
    assign(writer, minimum, above, 'let ');
    const visit = (index: string): void => {
      this.#tryLeast(s, index, least, minimum);
    };
    if (candidates === null) this.#eachIndex(s.count, visit);
    else {
      const lo = and(candidates.lo, constant(onesOf(Math.min(s.count, WORD_BITS))));
      this.#eachBit(s.count >= WORD_BITS ? candidates.lo : lo, 0, visit);
      if (candidates.hi !== null && s.count > WORD_BITS) {
        const hi = and(candidates.hi, constant(onesOf(s.count - WORD_BITS)));
        this.#eachBit(s.count === 2 * WORD_BITS ? candidates.hi : hi, WORD_BITS, visit);
      }
    }
    this.#part.assignVariable(s.index, single(primary(least, s.count - 1)));
    if (s.minimum !== null) this.#part.assignVariable(s.minimum, this.#orAllOnes(minimum, above, width));
  }

  #eachIndex(count: number, visit: (index: string) => void): void {
    const i = this.#part.names.claim('i');
    this.#part.writer.block(`for (let ${i} = 0; ${i} < ${count}; ${i}++)`, () => {
      visit(i);
    });
  }

  /** In ascending order. */
  #eachBit(among: Word, base: number, visit: (index: string) => void): void {
    const { names, writer } = this.#part;
    const [bits, i] = [names.claim('bits'), names.claim('i')];
    writer.block(`for (let ${bits} = ${among.text}; ${bits} !== 0; ${bits} &= ${bits} - 1)`, () => {
      const lowest = `31 - Math.clz32(${bits} & -${bits})`;
      writer.line(`const ${i} = ${base === 0 ? lowest : `${base} + ${lowest}`};`);
      visit(i);
    });
  }

  #tryLeast(s: Of<'argmin'>, index: string, least: string, minimum: Holder): void {
    const { names, writer } = this.#part;
    const { width, value } = cellAt(this.#register(s.register), s.cell, index);
    const candidate = holderNamed((n) => names.claim(n), s.cell, width);
    assign(writer, candidate, value, 'const ');
    const [a, b] = [candidate, minimum].map((holder) => valueIn(holder, 1n << 63n));
    let isLess = compare('<', a!.lo, b!.lo);
    if (isPair(a!) && isPair(b!)) {
      isLess = disjunction([compare('<', a.hi, b.hi), conjunction([compare('===', a.hi, b.hi), isLess])]);
    }
    writer.block(`if (${isLess.text})`, () => {
      assign(writer, minimum, a!);
      writer.line(`${least} = ${index};`);
    });
  }

  #orAllOnes(minimum: Holder, above: Value, width: number): Value {
    const found = valueIn(minimum, (1n << BigInt(width)) - 1n);
    const top = (value: Value): Word => value.hi ?? value.lo;
    const isNone = compare('===', top(found), top(above));
    if (!isPair(found)) return single(select(isNone, constant(onesOf(width)), found.lo));
    const hi = select(isNone, constant(onesOf(width - WORD_BITS)), found.hi);
    return { hi, lo: select(isNone, constant(onesOf(WORD_BITS)), found.lo) };
  }

  #register(name: string): RecordLayout {
    return present(this.#part.layout.registers.get(name), `register ${name} is declared`);
  }

  /** The text of an index; of a copy where the statement itself assigns the variable that is the index. */
  #index(s: Statement, index: Expr): string {
    const { expressions, names, writer } = this.#part;
    const word = expressions.exactLow(index);
    const isAssigned = assignedVariables(s).some(
      (v) => this.#part.isRead(v) && this.#part.variable(v).lo.text === word.text,
    );
    if (!isAssigned) return expressions.atom(word, 'at').text;
    const copy = names.claim('at');
    writer.line(`const ${copy} = ${word.text};`);
    return copy;
  }
}

function cellMaximum(record: RecordLayout, cell: string): bigint {
  return (1n << BigInt(present(record.cells.get(cell), `cell ${cell} is declared`).width)) - 1n;
}

function cellsSet(body: readonly UpdateStatement[]): Set<string> {
  const cells = new Set<string>();
  for (const s of body) {
    if (s.kind === 'setCell') cells.add(s.cell);
    if (s.kind === 'if') for (const cell of [...cellsSet(s.then), ...cellsSet(s.otherwise)]) cells.add(cell);
  }
  return cells;
}
