import type { Nanos } from '@ballast/base';

/**
 * What the client learned.
 *
 * - `ok`: it took effect, once, at some instant of [invoke, return].
 * - `fail`: it surely did not happen, and never will.
 * - `unknown`: nobody can say. A put or delete may have taken effect, may still do so at any later time, or
 *   never.
 */
export type Outcome = 'ok' | 'fail' | 'unknown';
export type OperationKind = 'get' | 'put' | 'delete';

/** The process number of the load before the run. Its operations come before those of all other processes. */
export const PRELOAD_PROCESS = -1;

/**
 * One operation as its client saw it. A history is a list of these, in any order.
 *
 * An operation is in progress over the closed interval [invoke, return]: when one returns at the instant at
 * which another is invoked, the two are concurrent. Clocks tick, and two events of one tick have no known
 * order; with open intervals a checker would invent one and could condemn a correct store.
 *
 * An operation whose client gave up has `return: null` and outcome 'unknown', and stays open for ever. The
 * two go together: 'ok' and 'fail' have a time of return.
 */
export interface Operation {
  /** The client, which has any number of operations in progress. PRELOAD_PROCESS: the load before the run. */
  readonly process: number;
  readonly invoke: Nanos;
  /** Not before `invoke`. */
  readonly return: Nanos | null;
  readonly operation: OperationKind;
  readonly key: string;
  /**
   * Put: what was written. Get: what was read, null when the key was not there or nothing came back.
   * Delete: null.
   */
  readonly value: string | null;
  readonly outcome: Outcome;
}
