import { Prng } from '@ballast/base';
import { requireKeyCount } from './key-distribution.ts';

const ROUNDS = 3;

/**
 * A pseudo-random bijection of 0 ... n - 1 from a seed, without a table.
 *
 * Each round adds a constant, multiplies by an odd one and folds the high half of the bits onto the low
 * half, all modulo the next power of two: three bijections. A result of n or more goes through again
 * (cycle walking: Black and Rogaway, CT-RSA 2002), fewer than two passes on average.
 *
 * YCSB's scrambled Zipf hashes instead. A hash of n ranks to n keys collides: 37 % of the keys get no rank
 * and others several, so the popularity is no longer Zipf's. A bijection only renames the keys.
 */
export class Permutation {
  readonly n: number;
  readonly #mask: number;
  readonly #fold: number;
  readonly #constants = new Int32Array(2 * ROUNDS);

  constructor(options: { n: number; seed: number }) {
    const { n, seed } = options;
    requireKeyCount(n);
    this.n = n;
    const bits = Math.max(1, 32 - Math.clz32(n - 1));
    this.#mask = 2 ** bits - 1;
    this.#fold = Math.max(1, bits >>> 1);
    const prng = new Prng(seed);
    for (let i = 0; i < this.#constants.length; i += 2) {
      this.#constants[i] = prng.u32();
      this.#constants[i + 1] = prng.u32() | 1; // Odd: invertible modulo a power of two.
    }
  }

  /** The image of x. Precondition: 0 <= x < n. */
  map(x: number): number {
    let y = x;
    // Terminates: the walk stays on the cycle of x, which comes back to x < n at the latest.
    do {
      for (let i = 0; i < 2 * ROUNDS; i += 2) {
        y = Math.imul(y + this.#constants[i]!, this.#constants[i + 1]!) & this.#mask;
        y ^= y >>> this.#fold;
      }
    } while (y >= this.n);
    return y;
  }
}
