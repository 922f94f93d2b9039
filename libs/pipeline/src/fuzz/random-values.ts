/** Widths and constants that find bugs: the edges of bytes, of 32-bit words and of pairs of them. */
import type { Prng } from '@ballast/base';

const EDGE_WIDTHS = [
  1, 2, 3, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 40, 47, 48, 49, 56, 63, 64,
] as const;

/** A width of 1 to `most` bits, with a liking for those around bytes and machine words. */
export function randomWidth(rng: Prng, most = 64): number {
  if (rng.chance(0.3)) return 1 + rng.below(most);
  const edges = EDGE_WIDTHS.filter((width) => width <= most);
  return rng.pick(edges);
}

/** All ones in `width` bits. */
export function onesOf(width: number): bigint {
  return (1n << BigInt(width)) - 1n;
}

/** Uniform over all values of `width` bits. */
export function uniformValue(rng: Prng, width: number): bigint {
  const wide = (BigInt(rng.u32()) << 32n) | BigInt(rng.u32());
  return wide & onesOf(width);
}

/** A value of `width` bits: small, at an edge, a single bit, a run of ones, or anything. */
export function randomValue(rng: Prng, width: number): bigint {
  const ones = onesOf(width);
  switch (rng.below(8)) {
    case 0:
      return 0n;
    case 1:
      return BigInt(rng.below(4)) & ones;
    case 2:
      return ones - (BigInt(rng.below(3)) & ones);
    case 3:
      return 1n << BigInt(rng.below(width));
    case 4:
      return onesOf(1 + rng.below(width));
    case 5:
      return (ones << BigInt(rng.below(width))) & ones;
    default:
      return uniformValue(rng, width);
  }
}

/** One of the options, as often as its weight says. Precondition: a weight is above zero. */
export function pickWeighted<T>(rng: Prng, options: readonly (readonly [weight: number, value: T])[]): T {
  const total = options.reduce((sum, [weight]) => sum + weight, 0);
  let left = rng.unit() * total;
  for (const [weight, value] of options) {
    left -= weight;
    if (left < 0) return value;
  }
  return options.findLast(([weight]) => weight > 0)![1];
}

/** Between `least` and `most`, both included. */
export function between(rng: Prng, least: number, most: number): number {
  return least + rng.below(most - least + 1);
}
