/**
 * The history of one key, prepared for the search: a register's reads and writes. A delete writes "absent".
 *
 * Left out, because they bind nothing: operations that failed; gets that returned nothing; and open writes
 * whose value no later read returned, which may as well never have happened.
 */
import { type Nanos, NEVER } from '@ballast/base';
import { ABSENT, type HistoryColumns } from '../history-columns.ts';
import { endOf, type KeyOperations, startOf } from './partition.ts';
import { ReturnQueue } from './return-queue.ts';

export const READ = 0;
/** A write that took effect, once, before it ended. */
export const WRITE = 1;
/** A write that takes effect or not. */
export const OPEN_WRITE = 2;

/** The value that the register has at first. */
export const INITIAL = 0;

export interface RegisterHistory {
  /** Operations, in the order of invocation: the arrays down to `slot` have one entry for each. */
  readonly length: number;
  /** READ, WRITE or OPEN_WRITE. */
  readonly kind: Uint8Array;
  readonly start: Float64Array;
  /** Of an open write: the end of the last read of its value, after which it cannot matter. */
  readonly end: Float64Array;
  /** INITIAL (absent), or 1 ... valueCount - 1. */
  readonly value: Int32Array;
  /** A number that no other operation in progress at the same time has. */
  readonly slot: Int32Array;
  /** How many operations were invoked before it returned. */
  readonly invokedAtEnd: Int32Array;
  /** Index in the columns. */
  readonly source: Uint32Array;

  readonly slotCount: number;
  readonly valueCount: number;
  /** The value's id in the columns. */
  readonly valueIds: Int32Array;
  /**
   * Invocations (the operation) and returns (its complement) in the order of time.
   *
   * At one instant invocations come first: intervals are closed.
   */
  readonly events: Int32Array;
  readonly reads: ByValue;
  readonly writes: ByValue;
}

/** For each value v the operations `list[from[v]] ... list[from[v + 1] - 1]`, in the order of invocation. */
export interface ByValue {
  readonly from: Int32Array;
  readonly list: Int32Array;
}

/** Makes register histories. Keeps its tables between calls, since shrinking asks for many small ones. */
export class RegisterHistoryBuilder {
  readonly #columns: HistoryColumns;
  /** Value id of the columns to value of the register; -1 where this register does not have it. */
  readonly #valueOf: Int32Array;

  constructor(columns: HistoryColumns) {
    this.#columns = columns;
    this.#valueOf = new Int32Array(columns.valueCount).fill(-1);
  }

  /** @param operations of one key, in the order of invocation; any part of its history. */
  build(operations: KeyOperations): RegisterHistory {
    const lastReadEnd = this.#lastReadEnds(operations);
    const source = operations.filter((index) => this.#binds(index, lastReadEnd));
    const length = source.length;
    const kind = new Uint8Array(length);
    const start = new Float64Array(length);
    const end = new Float64Array(length);
    const value = new Int32Array(length);
    const valueIds = [ABSENT];
    this.#valueOf[ABSENT] = INITIAL;
    for (let i = 0; i < length; i++) {
      const index = source[i]!;
      const valueId = this.#columns.valueIdOf(index);
      if (this.#valueOf[valueId] === -1) this.#valueOf[valueId] = valueIds.push(valueId) - 1;
      value[i] = this.#valueOf[valueId]!;
      start[i] = startOf(this.#columns, index);
      end[i] = endOf(this.#columns, index);
      kind[i] = this.#columns.kindOf(index) === 'get' ? READ : end[i] === NEVER ? OPEN_WRITE : WRITE;
      if (kind[i] === OPEN_WRITE) end[i] = lastReadEnd.get(valueId)!;
    }
    for (const valueId of valueIds) this.#valueOf[valueId] = -1;
    const valueCount = valueIds.length;
    return {
      ...{ length, kind, start, end, value, source, valueCount, valueIds: Int32Array.from(valueIds) },
      ...schedule(kind, start, end),
      reads: groupByValue(value, valueCount, (i) => kind[i] === READ),
      writes: groupByValue(value, valueCount, (i) => kind[i] !== READ),
    };
  }

  #lastReadEnds(operations: KeyOperations): Map<number, Nanos> {
    // Only values of open writes are asked for, and these are few: a map of them stays small.
    const ends = new Map<number, Nanos>();
    for (const index of operations) {
      if (this.#isOpenWrite(index)) ends.set(this.#columns.valueIdOf(index), -NEVER);
    }
    if (ends.size === 0) return ends;
    for (const index of operations) {
      if (this.#columns.kindOf(index) !== 'get' || this.#columns.outcomeOf(index) !== 'ok') continue;
      const valueId = this.#columns.valueIdOf(index);
      const known = ends.get(valueId);
      if (known !== undefined) ends.set(valueId, Math.max(known, endOf(this.#columns, index)));
    }
    return ends;
  }

  #isOpenWrite(index: number): boolean {
    return this.#columns.outcomeOf(index) === 'unknown' && this.#columns.kindOf(index) !== 'get';
  }

  #binds(index: number, lastReadEnd: Map<number, Nanos>): boolean {
    const outcome = this.#columns.outcomeOf(index);
    if (outcome !== 'unknown') return outcome === 'ok';
    if (!this.#isOpenWrite(index)) return false;
    return lastReadEnd.get(this.#columns.valueIdOf(index))! >= startOf(this.#columns, index);
  }
}

type Schedule = Pick<RegisterHistory, 'events' | 'slot' | 'slotCount' | 'invokedAtEnd'>;

/** Merges invocations and returns, and gives out slots like a hotel gives out rooms. */
function schedule(kind: Uint8Array, start: Float64Array, end: Float64Array): Schedule {
  const length = kind.length;
  const events = new Int32Array(2 * length);
  const slot = new Int32Array(length);
  const invokedAtEnd = new Int32Array(length);
  const freeSlots: number[] = [];
  let slotCount = 0;
  let eventCount = 0;
  // At one instant an open write ends last, or it would be gone before the last read of its value returns.
  const pending = new ReturnQueue(
    end,
    kind.map((k) => Number(k === OPEN_WRITE)),
  );

  const popReturn = (invoked: number): void => {
    const operation = pending.pop();
    invokedAtEnd[operation] = invoked;
    events[eventCount++] = ~operation;
    freeSlots.push(slot[operation]!);
  };
  for (let i = 0; i < length; i++) {
    while (pending.size > 0 && pending.firstEnd < start[i]!) popReturn(i);
    slot[i] = freeSlots.pop() ?? slotCount++;
    events[eventCount++] = i;
    pending.push(i);
  }
  while (pending.size > 0) popReturn(length);
  return { events, slot, slotCount, invokedAtEnd };
}

function groupByValue(
  value: Int32Array,
  valueCount: number,
  belongs: (operation: number) => boolean,
): ByValue {
  const from = new Int32Array(valueCount + 1);
  let total = 0;
  for (let i = 0; i < value.length; i++) {
    if (!belongs(i)) continue;
    from[value[i]! + 1]!++;
    total++;
  }
  for (let v = 0; v < valueCount; v++) from[v + 1]! += from[v]!;
  const filled = from.slice();
  const list = new Int32Array(total);
  for (let i = 0; i < value.length; i++) {
    if (belongs(i)) list[filled[value[i]!]!++] = i;
  }
  return { from, list };
}
