import { assert, type Nanos, NEVER, type Prng } from '@ballast/base';
import { requireParameter } from './workload-error.ts';

/** Time between a reply and the next request of the same user. */
export type ThinkTime =
  | { readonly kind: 'constant'; readonly ns: Nanos }
  | { readonly kind: 'exponential'; readonly meanNs: Nanos };

export interface ClosedLoopOptions {
  /** Users, each with one operation at a time: the most that are ever in progress. */
  readonly users: number;
  readonly thinkTime: ThinkTime;
  /** Every user thinks once before the first operation, from this instant on. */
  readonly startNs: Nanos;
}

/**
 * Closed-loop load: each user sends, waits for the reply, thinks, and sends again.
 *
 *   deadlineNs = loop.nextNs
 *   timeout(now): while (loop.nextNs <= now) send(operation, loop.take())
 *   reply:        loop.complete(user, now, prng)
 *
 * A slow system is asked less often here, so its latencies count the slow periods too rarely. Use
 * Histogram.recordCorrected to put back what was omitted, or better, an open loop.
 */
export class ClosedLoop {
  readonly users: number;
  readonly #thinkTime: ThinkTime;
  /** When each user's next operation is due; NaN while one is in progress. */
  readonly #readyNs: Float64Array;
  /** Binary min-heap of the waiting users by #readyNs, ties by user. */
  readonly #heap: Uint32Array;
  #waiting = 0;

  constructor(options: ClosedLoopOptions, prng: Prng) {
    const { users, thinkTime, startNs } = options;
    requireParameter(Number.isInteger(users) && users >= 1, 'users', users, 'an integer of 1 or more');
    const thinkNs = thinkTime.kind === 'constant' ? thinkTime.ns : thinkTime.meanNs;
    requireParameter(thinkNs >= 0 && thinkNs < Infinity, 'think time', thinkNs, '0 ns or more');
    this.users = users;
    this.#thinkTime = thinkTime;
    this.#readyNs = new Float64Array(users).fill(NaN);
    this.#heap = new Uint32Array(users);
    for (let user = 0; user < users; user++) this.complete(user, startNs, prng);
  }

  /** When the next user sends; NEVER while all wait for replies. */
  get nextNs(): Nanos {
    return this.#waiting === 0 ? NEVER : this.#readyNs[this.#heap[0]!]!;
  }

  /** The user whose operation is due first; from now on in progress. Precondition: nextNs is not NEVER. */
  take(): number {
    assert(this.#waiting > 0, 'a user is waiting to send');
    const user = this.#heap[0]!;
    const last = this.#heap[--this.#waiting]!;
    this.#siftDown(last);
    this.#readyNs[user] = NaN;
    return user;
  }

  /** The user's operation was answered or given up at `now`: it thinks, and is due again. */
  complete(user: number, now: Nanos, prng: Prng): void {
    assert(Number.isNaN(this.#readyNs[user]), 'a user that completes has an operation in progress');
    const think = this.#thinkTime;
    const thinkNs = think.kind === 'constant' ? think.ns : prng.exponential(think.meanNs);
    this.#readyNs[user] = Math.round(now + thinkNs);
    this.#siftUp(user);
  }

  #siftUp(user: number): void {
    let hole = this.#waiting++;
    while (hole > 0) {
      const parent = (hole - 1) >>> 1;
      const above = this.#heap[parent]!;
      if (!this.#before(user, above)) break;
      this.#heap[hole] = above;
      hole = parent;
    }
    this.#heap[hole] = user;
  }

  /** Puts `user` into the hole at the root. */
  #siftDown(user: number): void {
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= this.#waiting) break;
      if (child + 1 < this.#waiting && this.#before(this.#heap[child + 1]!, this.#heap[child]!)) child++;
      const below = this.#heap[child]!;
      if (this.#before(user, below)) break;
      this.#heap[hole] = below;
      hole = child;
    }
    this.#heap[hole] = user;
  }

  #before(a: number, b: number): boolean {
    const difference = this.#readyNs[a]! - this.#readyNs[b]!;
    return difference < 0 || (difference === 0 && a < b);
  }
}
