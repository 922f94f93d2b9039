import type { Prng } from '@ballast/base';
import { requireParameter } from './workload-error.ts';

/** Most keys that a distribution or a key space takes: indexes stay in 31 bits, which V8 keeps unboxed. */
export const KEYS_MAX = 2 ** 31;

/** Which key the next operation goes to. */
export interface KeyDistribution {
  /** Number of keys. */
  readonly n: number;
  /** An index over 0 ... n - 1: a popularity rank, 0 the hottest, unless the class says otherwise. */
  next(prng: Prng): number;
}

/** A distribution over popularity ranks with probabilities in closed form, from which bounds are computed. */
export interface PopularityDistribution extends KeyDistribution {
  /** Probability of one rank. Precondition: 0 <= rank < n. */
  probability(rank: number): number;
  /** Probability of the k hottest ranks together. Precondition: 0 <= k <= n. */
  headShare(k: number): number;
}

export function requireKeyCount(n: number): void {
  requireParameter(
    Number.isInteger(n) && n >= 1 && n <= KEYS_MAX,
    'keys',
    n,
    `an integer from 1 to ${KEYS_MAX}`,
  );
}

/** Every key equally likely. */
export class UniformKeys implements PopularityDistribution {
  readonly n: number;

  constructor(n: number) {
    requireKeyCount(n);
    this.n = n;
  }

  next(prng: Prng): number {
    // 53 bits, not below(): 32 bits over 10^8 keys would favour some of them by a fortieth.
    return Math.floor(prng.unit() * this.n);
  }

  probability(_rank: number): number {
    return 1 / this.n;
  }

  headShare(k: number): number {
    return k / this.n;
  }
}

/**
 * A hot set that takes a fixed share of the operations; uniform inside and outside of it (YCSB "hotspot").
 *
 * The hot set is ranks 0 ... hotKeys - 1.
 */
export class HotspotKeys implements PopularityDistribution {
  readonly n: number;
  readonly hotKeys: number;
  readonly hotShare: number;

  /** @param options `hotKeys` of the `n` keys get `hotShare` (0 ... 1) of the operations. */
  constructor(options: { n: number; hotKeys: number; hotShare: number }) {
    const { n, hotKeys, hotShare } = options;
    requireKeyCount(n);
    const splits = Number.isInteger(hotKeys) && hotKeys >= 1 && hotKeys < n;
    requireParameter(splits, 'hotKeys', hotKeys, `an integer from 1 to ${n - 1}`);
    requireParameter(hotShare >= 0 && hotShare <= 1, 'hotShare', hotShare, 'a share from 0 to 1');
    this.n = n;
    this.hotKeys = hotKeys;
    this.hotShare = hotShare;
  }

  next(prng: Prng): number {
    if (prng.unit() < this.hotShare) return Math.floor(prng.unit() * this.hotKeys);
    return this.hotKeys + Math.floor(prng.unit() * (this.n - this.hotKeys));
  }

  probability(rank: number): number {
    return rank < this.hotKeys ? this.hotShare / this.hotKeys : (1 - this.hotShare) / (this.n - this.hotKeys);
  }

  headShare(k: number): number {
    const hot = Math.min(k, this.hotKeys);
    return hot * this.probability(0) + (k - hot) * this.probability(this.n - 1);
  }
}
