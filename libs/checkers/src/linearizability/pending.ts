import { type Nanos, NEVER } from '@ballast/base';
import { type ByValue, OPEN_WRITE, READ, type RegisterHistory } from './register-history.ts';

/** The end of a list of operations. */
export const NONE = -1;

/**
 * Where the sweep stands in the history: what is in progress, by value, and what the future still asks for.
 *
 * All configurations share it.
 */
export class Pending {
  readonly #history: RegisterHistory;
  /** Lists for each value: reads, newest first; writes, first to end first; open writes, oldest first. */
  readonly #firstRead: Int32Array;
  readonly #firstWrite: Int32Array;
  readonly #firstOpen: Int32Array;
  readonly #lastOpen: Int32Array;
  readonly #next: Int32Array;
  /** For each value how far the sweep has come in `history.reads.list` and `history.writes.list`. */
  readonly #readCursor: Int32Array;
  readonly #writeCursor: Int32Array;
  readonly #firstReadEnds: Float64Array;
  readonly #firstEnds: Float64Array;
  #invoked = 0;

  constructor(history: RegisterHistory) {
    this.#history = history;
    this.#firstRead = new Int32Array(history.valueCount).fill(NONE);
    this.#firstWrite = new Int32Array(history.valueCount).fill(NONE);
    this.#firstOpen = new Int32Array(history.valueCount).fill(NONE);
    this.#lastOpen = new Int32Array(history.valueCount).fill(NONE);
    this.#next = new Int32Array(history.length).fill(NONE);
    this.#readCursor = history.reads.from.slice(0, -1);
    this.#writeCursor = history.writes.from.slice(0, -1);
    this.#firstReadEnds = firstEndsByValue(history.reads, history.end);
    this.#firstEnds = firstEndsOfAll(history);
  }

  begin(operation: number): void {
    const { kind, value, end } = this.#history;
    this.#invoked = operation + 1;
    const v = value[operation]!;
    if (kind[operation] === READ) {
      this.#readCursor[v]!++;
      this.#next[operation] = this.#firstRead[v]!;
      this.#firstRead[v] = operation;
      return;
    }
    this.#writeCursor[v]!++;
    if (kind[operation] === OPEN_WRITE) {
      if (this.#firstOpen[v] === NONE) this.#firstOpen[v] = operation;
      else this.#next[this.#lastOpen[v]!] = operation;
      this.#lastOpen[v] = operation;
      return;
    }
    let before = NONE;
    let after = this.#firstWrite[v]!;
    while (after !== NONE && end[after]! < end[operation]!) {
      before = after;
      after = this.#next[after]!;
    }
    this.#next[operation] = after;
    if (before === NONE) this.#firstWrite[v] = operation;
    else this.#next[before] = operation;
  }

  finish(operation: number): void {
    const v = this.#history.value[operation]!;
    const kind = this.#history.kind[operation];
    if (kind === OPEN_WRITE) {
      this.#firstOpen[v] = NONE; // All open writes of a value end with the last read of it.
      return;
    }
    const first = kind === READ ? this.#firstRead : this.#firstWrite;
    if (first[v] === operation) {
      first[v] = this.#next[operation]!;
      return;
    }
    let before = first[v]!;
    while (this.#next[before] !== operation) before = this.#next[before]!;
    this.#next[before] = this.#next[operation]!;
  }

  /** Takes out the oldest open write of a value. Precondition: there is one. */
  dropOldestOpen(value: number): void {
    this.#firstOpen[value] = this.#next[this.#firstOpen[value]!]!;
  }

  /** A read of `value` in progress, or NONE; `next` gives the others. */
  firstRead(value: number): number {
    return this.#firstRead[value]!;
  }

  /** The write of `value` in progress that ends first, or NONE; `next` gives the others in this order. */
  firstWrite(value: number): number {
    return this.#firstWrite[value]!;
  }

  /** The oldest open write of `value`, or NONE; `next` gives the others. All end together. */
  oldestOpen(value: number): number {
    return this.#firstOpen[value]!;
  }

  next(operation: number): number {
    return this.#next[operation]!;
  }

  /** Whether a read of `value` is still to be invoked. */
  hasFutureReads(value: number): boolean {
    return this.#readCursor[value]! < this.#history.reads.from[value + 1]!;
  }

  /** When the next write of `value` is invoked; NEVER if there is none. */
  nextWriteStart(value: number): Nanos {
    const cursor = this.#writeCursor[value]!;
    if (cursor === this.#history.writes.from[value + 1]!) return NEVER;
    return this.#history.start[this.#history.writes.list[cursor]!]!;
  }

  /** When the next read of `value` is invoked; NEVER if there is none. */
  nextReadStart(value: number): Nanos {
    if (!this.hasFutureReads(value)) return NEVER;
    return this.#history.start[this.#history.reads.list[this.#readCursor[value]!]!]!;
  }

  /**
   * Whether the register, having `value` now, may have it still when a read of it is invoked.
   *
   * It need not when another operation comes and goes before: one of the same value would bring it back.
   */
  mayLast(value: number): boolean {
    return this.hasFutureReads(value) && this.nextReadStart(value) <= this.#firstEnds[this.#invoked]!;
  }

  /** Whether a write in progress may be what a read still to be invoked returns. */
  mayServeLater(write: number): boolean {
    const { value, invokedAtEnd } = this.#history;
    const v = value[write]!;
    if (!this.hasFutureReads(v)) return false;
    return this.nextReadStart(v) <= this.#firstEnds[invokedAtEnd[write]!]!;
  }

  /** Whether a read of `value` that is still to be invoked ends before the next write of it is invoked. */
  isNeeded(value: number): boolean {
    return (
      this.hasFutureReads(value) &&
      this.#firstReadEnds[this.#readCursor[value]!]! < this.nextWriteStart(value)
    );
  }
}

/** For each operation the first end of it and the later ones, open writes apart; one entry more: NEVER. */
function firstEndsOfAll({ length, kind, end }: RegisterHistory): Float64Array {
  const firstEndFrom = new Float64Array(length + 1).fill(NEVER);
  for (let i = length - 1; i >= 0; i--) {
    firstEndFrom[i] = Math.min(kind[i] === OPEN_WRITE ? NEVER : end[i]!, firstEndFrom[i + 1]!);
  }
  return firstEndFrom;
}

/** Parallel to `reads.list`: the first end of this read and the later ones of its value. */
function firstEndsByValue(reads: ByValue, end: Float64Array): Float64Array {
  const firstEndFrom = new Float64Array(reads.list.length);
  for (let v = 0; v + 1 < reads.from.length; v++) {
    let first: Nanos = NEVER;
    for (let i = reads.from[v + 1]! - 1; i >= reads.from[v]!; i--) {
      first = Math.min(first, end[reads.list[i]!]!);
      firstEndFrom[i] = first;
    }
  }
  return firstEndFrom;
}
