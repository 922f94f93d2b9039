/**
 * The only source of randomness of a core: xoshiro128** (Blackman and Vigna, 2018), seeded by splitmix32.
 *
 * 32-bit operations only, no allocation per draw. Not for secrets.
 */
export class Prng {
  #s0 = 0;
  #s1 = 0;
  #s2 = 0;
  #s3 = 0;

  /** @param seed any integer up to 2^53; equal seeds give equal streams. */
  constructor(seed: number) {
    let x = (seed >>> 0) ^ Math.imul(Math.floor(seed / 0x1_0000_0000) >>> 0, 0x85ebca6b);
    const splitmix = (): number => {
      x = (x + 0x9e3779b9) | 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.#s0 = splitmix();
    this.#s1 = splitmix();
    this.#s2 = splitmix();
    this.#s3 = splitmix() | 1; // Never the all-zero state, which is a fixed point.
  }

  /** Uniform over 0 ... 2^32 - 1. */
  u32(): number {
    const s1 = this.#s1;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    this.#s2 ^= this.#s0;
    this.#s3 ^= s1;
    this.#s1 = s1 ^ this.#s2;
    this.#s0 ^= this.#s3;
    this.#s2 ^= s1 << 9;
    this.#s3 = (this.#s3 << 11) | (this.#s3 >>> 21);
    return result;
  }

  /** Uniform over [0, 1), 53 bits. */
  unit(): number {
    return ((this.u32() >>> 5) * 0x400_0000 + (this.u32() >>> 6)) / 0x20_0000_0000_0000;
  }

  /** Uniform integer over 0 ... bound - 1. Precondition: 1 <= bound <= 2^32. */
  below(bound: number): number {
    return Math.floor((this.u32() / 0x1_0000_0000) * bound);
  }

  /** True with the given probability. A ratio of 0 draws nothing: an absent fault costs no entropy. */
  chance(ratio: number): boolean {
    return ratio > 0 && this.unit() < ratio;
  }

  /** Exponentially distributed with the given mean, in the unit of the mean. Never infinite. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }

  /** Normally distributed, by Box and Muller; one draw of the pair is thrown away to keep no state. */
  normal(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.unit());
  }

  /** One of the items. Precondition: not empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /**
   * An independent stream named by `label`.
   *
   * Nodes and links take forks, so that a draw more in one does not shift the draws of the others.
   */
  fork(label: string): Prng {
    let hash = this.u32();
    for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
    return new Prng((hash >>> 0) + (this.u32() & 0xfffff) * 0x1_0000_0000);
  }
}
