/**
 * Linearizability is local (Herlihy and Wing 1990, theorem 1; P-compositionality in Horn and Kroening 2015):
 * a history is linearizable if and only if the history of each key is. So each key is judged alone.
 */
import { type Nanos, NEVER } from '@ballast/base';
import { PRELOAD_PROCESS } from '../history.ts';
import type { HistoryColumns } from '../history-columns.ts';

/** The indices of one key's operations, in the order of invocation. */
export type KeyOperations = Uint32Array;

/** When an operation begins for the checker: the load comes before all others, whatever its times. */
export function startOf(columns: HistoryColumns, index: number): Nanos {
  return columns.processOf(index) === PRELOAD_PROCESS ? -NEVER : columns.invokeOf(index);
}

/** When an operation ends for the checker; NEVER for one that stays open. */
export function endOf(columns: HistoryColumns, index: number): Nanos {
  const end = columns.returnOf(index);
  return columns.processOf(index) === PRELOAD_PROCESS && end < NEVER ? -NEVER : end;
}

/** One list for each key id. All lists share one buffer. */
export function partitionByKey(columns: HistoryColumns): KeyOperations[] {
  const counts = new Uint32Array(columns.keyCount);
  for (let i = 0; i < columns.length; i++) counts[columns.keyIdOf(i)]!++;

  const all = new Uint32Array(columns.length);
  const lists: KeyOperations[] = [];
  let start = 0;
  for (const count of counts) {
    lists.push(all.subarray(start, start + count));
    start += count;
  }

  const filled = new Uint32Array(columns.keyCount);
  for (let i = 0; i < columns.length; i++) {
    const keyId = columns.keyIdOf(i);
    lists[keyId]![filled[keyId]!++] = i;
  }
  for (const list of lists) sortByStart(columns, list);
  return lists;
}

/** Sorts by invocation. A recorder's history comes sorted: the sort itself is for those from elsewhere. */
export function sortByStart(columns: HistoryColumns, list: KeyOperations): void {
  let sorted = true;
  for (let i = 1; i < list.length && sorted; i++)
    sorted = startOf(columns, list[i - 1]!) <= startOf(columns, list[i]!);
  if (sorted) return;
  // Not a difference: two infinite starts would give NaN. Equal starts keep the order of the history.
  list.sort((a, b) => compare(startOf(columns, a), startOf(columns, b)) || a - b);
}

function compare(a: Nanos, b: Nanos): number {
  return a < b ? -1 : Number(a > b);
}
