import { NEVER } from '@ballast/base';
import { ABSENT, type HistoryColumns } from '../history-columns.ts';
import { describeOperation, describeValue } from './describe.ts';
import { endOf, type KeyOperations, startOf } from './partition.ts';

/** See `Violation`. */
export interface Explanation {
  readonly reason: string;
  readonly evidence: readonly string[];
}

/**
 * Says in words why a shrunk history has no order.
 *
 * @param kept operations of one key, shrunk.
 * @param unplaced the read of `kept` that cannot be placed.
 */
export function explain(columns: HistoryColumns, kept: KeyOperations, unplaced: number): Explanation {
  return (
    neverWritten(columns, kept, unplaced) ?? replaced(columns, kept, unplaced) ?? noOrder(columns, unplaced)
  );
}

/** For a part that is too large to be explained, because a limit ended the search for a smaller one. */
export function explainLarge(operations: number): Explanation {
  const reason = `${operations} operations have no order that explains what the gets returned`;
  return { reason, evidence: ['a limit ended the search for fewer operations that show it'] };
}

function noOrder(columns: HistoryColumns, unplaced: number): Explanation {
  const read = describe(columns, unplaced);
  return {
    reason: `${read} has no place in any order of the operations that explains the other gets`,
    evidence: [],
  };
}

/** The read's value is not written in the part: looks through the whole history for its origin. */
function neverWritten(columns: HistoryColumns, kept: KeyOperations, unplaced: number): Explanation | null {
  const valueId = columns.valueIdOf(unplaced);
  if (valueId === ABSENT || kept.some((index) => isWriteOf(columns, index, valueId))) return null;
  const read = describe(columns, unplaced);
  const keyId = columns.keyIdOf(unplaced);
  const evidence: string[] = [];
  for (let index = 0; index < columns.length; index++) {
    if (!isWriteOf(columns, index, valueId)) continue;
    const write = describe(columns, index);
    if (columns.keyIdOf(index) !== keyId) {
      const otherKey = JSON.stringify(columns.keyText(columns.keyIdOf(index)));
      if (evidence.length === 0) evidence.push(`the value belongs to another key, ${otherKey}: ${write}`);
    } else if (columns.outcomeOf(index) === 'fail') {
      return { reason: `${read} returned what surely was not written`, evidence: [`${write} failed`] };
    } else {
      const order = `${write} was invoked after the get had returned`;
      return { reason: `${read} returned a value that was not written yet`, evidence: [order] };
    }
  }
  return { reason: `${read} returned a value that nobody wrote`, evidence };
}

/** Operations of one write: itself, and the reads that can only have read it. */
interface Cluster {
  /** An operation by whose end the write had taken effect. */
  readonly first: number;
  /** The operation that starts last: what ended before that came before the write's value was gone. */
  readonly last: number;
}

/**
 * A value shows again after another one had replaced it for good.
 *
 * With distinct values every violation is of this kind or of a value not written (Gibbons and Korach 1997).
 */
function replaced(columns: HistoryColumns, kept: KeyOperations, unplaced: number): Explanation | null {
  const valueId = columns.valueIdOf(unplaced);
  const origin = originOf(columns, kept, valueId);
  const originEnd = origin === null ? -NEVER : endOf(columns, origin);
  const readStart = startOf(columns, unplaced);
  for (const { first, last } of certainClusters(columns, kept, valueId)) {
    if (originEnd >= startOf(columns, last) || endOf(columns, first) >= readStart) continue;
    const read = describe(columns, unplaced);
    const value = describeValue(columns.at(unplaced).value);
    const by = columns.valueIdOf(first) === ABSENT ? 'a delete' : describeValue(columns.at(first).value);
    const before =
      origin === null
        ? 'the key was absent at first and nobody deleted it'
        : `${describe(columns, origin)} returned before ${describe(columns, last)} was invoked`;
    // Where one operation shows both, the text is easier to follow.
    const witness = endOf(columns, last) < readStart ? last : first;
    const after = `${describe(columns, witness)} returned before ${read} was invoked`;
    return { reason: `${read} came after ${by} had replaced ${value}`, evidence: [before, after] };
  }
  return null;
}

/** The operation by whose end every write of the value had taken effect; null: it was there at first only. */
function originOf(columns: HistoryColumns, kept: KeyOperations, valueId: number): number | null {
  const own = kept.filter((index) => columns.valueIdOf(index) === valueId);
  const writes = own.filter((index) => !isRead(columns, index));
  if (writes.length === 0) return null;
  if (writes.length === 1 && valueId !== ABSENT) return firstToEnd(columns, own);
  return writes.reduce((a, b) => (endOf(columns, b) > endOf(columns, a) ? b : a));
}

/** Clusters of the values other than `valueId` that were written once, and of writes that nobody read. */
function* certainClusters(columns: HistoryColumns, kept: KeyOperations, valueId: number): Generator<Cluster> {
  const others = new Set(Array.from(kept, (index) => columns.valueIdOf(index)));
  others.delete(valueId);
  for (const other of others) {
    const own = kept.filter((index) => columns.valueIdOf(index) === other);
    const writes = own.filter((index) => !isRead(columns, index));
    if (writes.length === own.length) {
      for (const write of writes) yield { first: write, last: write };
    } else if (writes.length === 1 && other !== ABSENT) {
      yield { first: firstToEnd(columns, own), last: own.at(-1)! };
    }
  }
}

function firstToEnd(columns: HistoryColumns, operations: KeyOperations): number {
  return operations.reduce((a, b) => (endOf(columns, b) < endOf(columns, a) ? b : a));
}

function isRead(columns: HistoryColumns, index: number): boolean {
  return columns.kindOf(index) === 'get';
}

function isWriteOf(columns: HistoryColumns, index: number, valueId: number): boolean {
  return !isRead(columns, index) && columns.valueIdOf(index) === valueId;
}

function describe(columns: HistoryColumns, index: number): string {
  return describeOperation(columns.at(index));
}
