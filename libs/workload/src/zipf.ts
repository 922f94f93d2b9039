/**
 * Zipf's law over a finite set of keys: rank i (from 0) has probability (i + 1)^-theta / H(n, theta).
 *
 * Read first: Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete
 * distributions", ACM TOMACS 6(3), 1996. Exact for every theta >= 0, unlike the approximation of Gray et
 * al. (SIGMOD 1994) that YCSB uses, which holds only below 1.
 */
import type { Prng } from '@ballast/base';
import { generalisedHarmonic } from './harmonic.ts';
import { type PopularityDistribution, requireKeyCount } from './key-distribution.ts';
import { requireParameter } from './workload-error.ts';

/**
 * Zipf-distributed ranks, 0 the hottest. No table: set-up and draw take constant time for any n.
 *
 * A draw inverts the integral of x^-theta, a hat over the probabilities, and rejects the sliver between
 * them: at most 1.2 tries on average. Exact up to the 53 bits of a uniform number: ranks of a
 * probability below 10^-16 get it roughly.
 */
export class ZipfKeys implements PopularityDistribution {
  readonly theta: number;
  #n: number;
  /** 1 - theta. At 0 the integral is the logarithm. */
  readonly #q: number;
  readonly #hatStart: number;
  /** Left of this distance from its rank a point is under the histogram for every rank: no second look. */
  readonly #sureDistance: number;
  #hatEnd = 0;
  /** H(n, theta); 0 until somebody asks for a probability. */
  #normaliser = 0;

  /** @param options `theta` is the skew, 0 (uniform) or more; YCSB's default is 0.99. */
  constructor(options: { n: number; theta: number }) {
    const { n, theta } = options;
    requireKeyCount(n);
    requireParameter(theta >= 0 && theta < Infinity, 'theta', theta, 'a finite number of 0 or more');
    this.#n = n;
    this.theta = theta;
    this.#q = 1 - theta;
    this.#hatStart = this.#integral(1.5) - 1;
    this.#sureDistance = 2 - this.#inverse(this.#integral(2.5) - 2 ** -theta);
    this.#hatEnd = this.#integral(n + 0.5);
  }

  get n(): number {
    return this.#n;
  }

  next(prng: Prng): number {
    for (;;) {
      const area = this.#hatEnd + prng.unit() * (this.#hatStart - this.#hatEnd);
      const x = this.#inverse(area);
      const k = x < 1.5 ? 1 : x >= this.#n ? this.#n : Math.floor(x + 0.5);
      if (k - x <= this.#sureDistance) return k - 1;
      if (area >= this.#integral(k + 0.5) - k ** -this.theta) return k - 1;
    }
  }

  probability(rank: number): number {
    return (rank + 1) ** -this.theta / this.#total();
  }

  headShare(k: number): number {
    return generalisedHarmonic(k, this.theta) / this.#total();
  }

  /** Adds keys at the cold end, in constant time. For distributions over a set that grows. */
  grow(n: number): void {
    requireKeyCount(n);
    requireParameter(n >= this.#n, 'keys', n, `at least the ${this.#n} there are`);
    this.#n = n;
    this.#hatEnd = this.#integral(n + 0.5);
    this.#normaliser = 0;
  }

  #total(): number {
    if (this.#normaliser === 0) this.#normaliser = generalisedHarmonic(this.#n, this.theta);
    return this.#normaliser;
  }

  /** Integral of t^-theta from 1 to x. */
  #integral(x: number): number {
    const q = this.#q;
    return q === 0 ? Math.log(x) : Math.expm1(q * Math.log(x)) / q;
  }

  /** The x up to which the integral is `area`. */
  #inverse(area: number): number {
    const q = this.#q;
    return q === 0 ? Math.exp(area) : Math.exp(Math.log1p(area * q) / q);
  }
}
