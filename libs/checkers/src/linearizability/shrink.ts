/**
 * Shrinks the failing history of a key to a part that still fails, and that proves the whole to fail.
 *
 * Not every part would prove it: without its write a read of "v" fails by itself. From a history that has a
 * linearization these can be taken away, leaving one that has a linearization:
 *
 *  - a read;
 *  - a value: all its writes together with all its reads;
 *  - a write of a value that no read in the part returned;
 *  - what came after an instant: operations invoked later, and reads that returned later.
 *
 * So when the smaller part has none, the larger had none.
 */
import type { Nanos } from '@ballast/base';
import type { HistoryColumns } from '../history-columns.ts';
import type { Budget } from './budget.ts';
import { endOf, type KeyOperations, sortByStart, startOf } from './partition.ts';
import type { RegisterHistoryBuilder } from './register-history.ts';
import { sweep } from './sweep.ts';

export interface ShrinkInput {
  readonly columns: HistoryColumns;
  readonly builder: RegisterHistoryBuilder;
  /** All operations of one key, which are not linearizable. */
  readonly operations: KeyOperations;
  /** Ids of values to try first, and the operation at which the search found that there is no order. */
  readonly suspects: readonly number[];
  readonly foundAt: number;
  /** For all attempts together. What has not been taken away when it is used up stays. */
  readonly budget: Budget;
}

export interface Shrunk {
  readonly kept: KeyOperations;
  /** The last read of `kept` to return. If `kept` is the smallest part, the rest has an order without it. */
  readonly unplaced: number;
}

/** Call it, then see whether the budget held: if it did, the part is the smallest. */
export function shrink(input: ShrinkInput): Shrunk {
  const binding = input.operations.filter((index) => binds(input.columns, index));
  const attempt = new Shrinker(input);
  const few = attempt.keepFewValues(binding);
  const prefix = attempt.cutAfterFailure(few);
  return { kept: attempt.minimise(prefix.kept), unplaced: prefix.unplaced };
}

class Shrinker {
  readonly #input: ShrinkInput;

  constructor(input: ShrinkInput) {
    this.#input = input;
  }

  /** Keeps the suspects and so many other values that it still fails, those just before the failure first. */
  keepFewValues(operations: KeyOperations): KeyOperations {
    const { columns, suspects, foundAt } = this.#input;
    const order = new Set(suspects);
    const failure = operations.indexOf(foundAt);
    for (let i = failure; i >= 0; i--) order.add(columns.valueIdOf(operations[i]!));
    for (let i = failure + 1; i < operations.length; i++) order.add(columns.valueIdOf(operations[i]!));
    const values = [...order];
    for (let count = suspects.length; count < values.length; count = 2 * count) {
      const kept = new Set(values.slice(0, count));
      const part = operations.filter((index) => kept.has(columns.valueIdOf(index)));
      if (this.#fails(part)) return part;
    }
    return operations;
  }

  /** Cuts right after the first read whose return shows the failure. */
  cutAfterFailure(operations: KeyOperations): Shrunk {
    const { columns } = this.#input;
    const reads = operations.filter((index) => isRead(columns, index));
    reads.sort((a, b) => endOf(columns, a) - endOf(columns, b) || a - b);
    // Invariant: cut after `reads[fails]` it fails, cut after `reads[passes]` it does not.
    let passes = -1;
    let fails = reads.length - 1;
    while (fails - passes > 1) {
      const middle = (passes + fails) >>> 1;
      if (this.#fails(this.#cutAfter(operations, reads, middle))) fails = middle;
      else passes = middle;
    }
    return { kept: this.#cutAfter(operations, reads, fails), unplaced: reads[fails]! };
  }

  minimise(operations: KeyOperations): KeyOperations {
    const { columns } = this.#input;
    const values = [...new Set(Array.from(operations, (index) => columns.valueIdOf(index)))];
    const keptValues = this.#needed(values, (candidates) => {
      const kept = new Set(candidates);
      return operations.filter((index) => kept.has(columns.valueIdOf(index)));
    });
    const ofKeptValues = operations.filter((index) => keptValues.includes(columns.valueIdOf(index)));

    const writes = ofKeptValues.filter((index) => !isRead(columns, index));
    const reads = ofKeptValues.filter((index) => isRead(columns, index));
    const keptReads = this.#needed([...reads], (candidates) => merge(columns, writes, candidates));

    const read = new Set(keptReads.map((index) => columns.valueIdOf(index)));
    const readWrites = writes.filter((index) => read.has(columns.valueIdOf(index)));
    const unread = writes.filter((index) => !read.has(columns.valueIdOf(index)));
    const others = [...readWrites, ...keptReads];
    const keptUnread = this.#needed([...unread], (candidates) => merge(columns, others, candidates));
    return merge(columns, others, keptUnread);
  }

  /**
   * The items without which the part does not fail: tries to do without ever smaller runs of them (the
   * complements of delta debugging; Zeller and Hildebrandt 2002).
   */
  #needed(items: number[], partOf: (items: number[]) => KeyOperations): number[] {
    let needed = items;
    for (let run = Math.ceil(items.length / 2); run >= 1; run = run === 1 ? 0 : Math.ceil(run / 2)) {
      for (let from = 0; from < needed.length && this.#input.budget.exceeded === null;) {
        const without = needed.toSpliced(from, run);
        if (this.#fails(partOf(without))) needed = without;
        else from += run;
      }
    }
    return needed;
  }

  /** Operations as known when `reads[last]` returned. */
  #cutAfter(operations: KeyOperations, reads: KeyOperations, last: number): KeyOperations {
    const { columns } = this.#input;
    const end: Nanos = endOf(columns, reads[last]!);
    const returned = new Set(reads.subarray(0, last + 1));
    return operations.filter((index) =>
      isRead(columns, index) ? returned.has(index) : startOf(columns, index) <= end,
    );
  }

  #fails(operations: KeyOperations): boolean {
    const { builder, budget } = this.#input;
    return budget.exceeded === null && sweep(builder.build(operations), budget).outcome === 'violation';
  }
}

function binds(columns: HistoryColumns, index: number): boolean {
  const outcome = columns.outcomeOf(index);
  return outcome === 'ok' || (outcome === 'unknown' && !isRead(columns, index));
}

function isRead(columns: HistoryColumns, index: number): boolean {
  return columns.kindOf(index) === 'get';
}

function merge(columns: HistoryColumns, a: Iterable<number>, b: Iterable<number>): KeyOperations {
  const merged = Uint32Array.from([...a, ...b]);
  sortByStart(columns, merged);
  return merged;
}
