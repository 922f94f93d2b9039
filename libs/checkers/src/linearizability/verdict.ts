import type { Nanos } from '@ballast/base';
import type { Operation } from '../history.ts';
import type { Limit } from './budget.ts';

export type Verdict = OkVerdict | ViolationVerdict | UnknownVerdict;

/** What was judged, and at what cost. */
export interface Judged {
  /** Operations in the history, those included that bind nothing. */
  readonly operations: number;
  readonly keys: number;
  /** Work done: configurations looked at. The same for the same history. */
  readonly steps: number;
}

/** Every key has an order of its operations that explains what the clients saw. */
export interface OkVerdict extends Judged {
  readonly verdict: 'ok';
}

/** One key has no such order. There may be more such keys: the search ends at the first. */
export interface ViolationVerdict extends Judged {
  readonly verdict: 'violation';
  readonly violation: Violation;
}

/** No violation was found, and for some keys no order either before a limit was hit. */
export interface UnknownVerdict extends Judged {
  readonly verdict: 'unknown';
  /** Keys whose search was given up, in the order of first appearance. */
  readonly undecided: readonly UndecidedKey[];
  /** Keys that nobody looked at, because the time was up. */
  readonly keysNotReached: number;
}

export interface UndecidedKey {
  readonly key: string;
  readonly limit: Limit;
  /** Operations of the key that bind something, and how many had returned where the search gave up. */
  readonly operations: number;
  readonly returned: number;
  /** The time in the history where the search gave up. */
  readonly reached: Nanos;
}

/** A part of a history that no linearizable store can bring about, whatever else happened. */
export interface Violation {
  readonly key: string;
  /** In the order of invocation. */
  readonly operations: readonly Operation[];
  /**
   * Nothing can be left out of `operations`: without any one of the reads, or any value, or any write that
   * nobody read, the rest has an order. False: a limit ended the search for such a part.
   */
  readonly isSmallest: boolean;
  /**
   * The read that cannot be placed, one of `operations`: what was known before it returned has an order. If
   * the part is not the smallest, the last of its reads to return.
   */
  readonly unplaced: Operation;
  /** What is wrong, in one sentence for a person, without a full stop. */
  readonly reason: string;
  /** Facts of the history that the reason rests on, for a person; none where the operations have to speak. */
  readonly evidence: readonly string[];
}
