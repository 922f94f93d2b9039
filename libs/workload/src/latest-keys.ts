import { assert, type Prng } from '@ballast/base';
import { type KeyDistribution, KEYS_MAX } from './key-distribution.ts';
import { WorkloadError } from './workload-error.ts';
import { ZipfKeys } from './zipf.ts';

/** Inserts that may be in progress at once; beyond it the oldest counts as given up. A power of two. */
export const INSERTS_PENDING_MAX = 65_536;

/**
 * YCSB "latest": the newest key is the hottest, and popularity falls with age by Zipf's law.
 *
 * `next` returns key indexes, not ranks: keys are numbered in the order of their insertion, so no
 * KeySpace goes on top. Reads go only to keys before the oldest insert in progress (YCSB's acknowledged
 * counter), so they find what they ask for.
 */
export class LatestKeys implements KeyDistribution {
  readonly #recency: ZipfKeys;
  #nextInsert: number;
  /** Ring over the inserts from `n` on: 1 where one is settled although an older one is not. */
  readonly #settled = new Uint8Array(INSERTS_PENDING_MAX);

  /** @param options `n` keys are there at the start, 0 the oldest; `theta` is the skew towards the newest. */
  constructor(options: { n: number; theta: number }) {
    this.#recency = new ZipfKeys(options);
    this.#nextInsert = options.n;
  }

  /** Keys that reads choose from: those loaded and those whose inserts, and all older ones, are settled. */
  get n(): number {
    return this.#recency.n;
  }

  next(prng: Prng): number {
    return this.#recency.n - 1 - this.#recency.next(prng);
  }

  /** The index of a new key. Whoever sends the insert calls `settle` when it is over. */
  insert(): number {
    if (this.#nextInsert >= KEYS_MAX) {
      const expected = `fewer than ${KEYS_MAX} inserts in one run`;
      throw new WorkloadError({ code: 'PARAMETER', parameter: 'keys', value: this.#nextInsert, expected });
    }
    const key = this.#nextInsert++;
    if (this.#nextInsert - this.n > INSERTS_PENDING_MAX) this.settle(this.n);
    return key;
  }

  /** The insert of `key` was answered or given up. A repeat changes nothing. */
  settle(key: number): void {
    assert(key < this.#nextInsert, 'a settled key came from insert');
    if (key < this.n) return; // Given up before, because too many younger inserts were in progress.
    this.#settled[key % INSERTS_PENDING_MAX] = 1;
    let readable = this.n;
    while (readable < this.#nextInsert && this.#settled[readable % INSERTS_PENDING_MAX] === 1) {
      this.#settled[readable % INSERTS_PENDING_MAX] = 0;
      readable++;
    }
    if (readable > this.n) this.#recency.grow(readable);
  }
}
