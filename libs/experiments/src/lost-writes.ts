/** Acknowledged writes that are gone, by what a history says of every written key when all was over. */
import { type Operation, PRELOAD_PROCESS } from '@ballast/checkers';

export interface LostWrites {
  /**
   * Writes that were acknowledged before the last read of their key began, which shows a value that was
   * written, and acknowledged, before they were asked for; or nothing at all.
   */
  readonly lost: number;
  /** Keys with acknowledged writes that were not read back. */
  readonly unread: number;
}

interface WrittenKey {
  /** When each of its acknowledged writes was asked for. */
  readonly invoked: number[];
  /** By value: when its write was acknowledged. */
  readonly acknowledged: Map<string, number>;
  /** What was read at the end. Undefined: nothing was. */
  last?: string | null;
}

/**
 * Precondition: values differ and nobody deletes. All writes are over at `readBackNs`; reads from then on
 * are those that look for them.
 */
export function lostWrites(history: Iterable<Operation>, readBackNs: number): LostWrites {
  const keys = new Map<string, WrittenKey>();
  for (const { key, operation, value, process, invoke, return: returned, outcome } of history) {
    let written = keys.get(key);
    if (written === undefined) keys.set(key, (written = { invoked: [], acknowledged: new Map() }));
    if (outcome !== 'ok' || returned === null) continue;
    if (operation === 'put' && value !== null) {
      written.acknowledged.set(value, returned);
      if (process !== PRELOAD_PROCESS) written.invoked.push(invoke);
    } else if (invoke >= readBackNs) {
      written.last = value;
    }
  }
  let lost = 0;
  let unread = 0;
  for (const { invoked, acknowledged, last } of keys.values()) {
    if (last === undefined && invoked.length > 0) unread++;
    if (last === undefined) continue;
    // A value whose writer never heard of it may be of any time: it hides no loss that could be told.
    const since = last === null ? -1 : (acknowledged.get(last) ?? Infinity);
    lost += invoked.filter((invokedNs) => invokedNs > since).length;
  }
  return { lost, unread };
}
