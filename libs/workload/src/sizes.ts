/**
 * Sizes of values and keys, in bytes.
 *
 * Read first: Atikoglu et al., "Workload analysis of a large-scale key-value store", SIGMETRICS 2012,
 * section 5. Of its five pools only ETC, the general-purpose one, has published models.
 */
import type { Prng } from '@ballast/base';
import { AliasTable } from './alias-table.ts';
import { requireParameter } from './workload-error.ts';

/** How large the next object is. */
export interface SizeDistribution {
  /** No draw is larger. */
  readonly bytesMax: number;
  next(prng: Prng): number;
}

/** Every object of one size. */
export class ConstantSize implements SizeDistribution {
  readonly bytesMax: number;

  constructor(bytes: number) {
    requireSize('size', bytes, 0);
    this.bytesMax = bytes;
  }

  next(_prng: Prng): number {
    return this.bytesMax;
  }
}

/** Every size from `bytesMin` to `bytesMax`, both included, equally likely. */
export class UniformSize implements SizeDistribution {
  readonly bytesMin: number;
  readonly bytesMax: number;

  constructor(options: { bytesMin: number; bytesMax: number }) {
    requireSize('bytesMin', options.bytesMin, 0);
    requireSize('bytesMax', options.bytesMax, options.bytesMin);
    this.bytesMin = options.bytesMin;
    this.bytesMax = options.bytesMax;
  }

  next(prng: Prng): number {
    return this.bytesMin + Math.floor(prng.unit() * (this.bytesMax - this.bytesMin + 1));
  }
}

/**
 * Generalised Pareto: P(size > x) = (1 + shape (x - location) / scale)^(-1 / shape).
 *
 * Draws are rounded down; those above `bytesMax` become `bytesMax`, so that size carries the whole tail.
 */
export class ParetoSize implements SizeDistribution {
  readonly bytesMax: number;
  readonly #location: number;
  readonly #scale: number;
  readonly #shape: number;

  /** @param options `location` and `scale` in bytes; `shape` is the tail index, 0 is the exponential. */
  constructor(options: { location: number; scale: number; shape: number; bytesMax: number }) {
    const { location, scale, shape, bytesMax } = options;
    requireSize('location', location, 0);
    requireParameter(scale > 0 && scale < Infinity, 'scale', scale, 'more than 0');
    requireParameter(shape >= 0 && shape < Infinity, 'shape', shape, '0 or more');
    requireSize('bytesMax', bytesMax, location);
    this.#location = location;
    this.#scale = scale;
    this.#shape = shape;
    this.bytesMax = bytesMax;
  }

  next(prng: Prng): number {
    const excess = prng.exponential(1); // Minus the logarithm of the probability of a larger draw.
    const shape = this.#shape;
    const stretched = shape === 0 ? excess : Math.expm1(shape * excess) / shape;
    return Math.min(this.bytesMax, Math.floor(this.#location + this.#scale * stretched));
  }
}

/** Sizes with given weights, for example a histogram measured elsewhere. */
export class EmpiricalSize implements SizeDistribution {
  readonly bytesMax: number;
  readonly #bytes: Float64Array;
  readonly #table: AliasTable;

  /** @param rows weights of any scale, not all 0. */
  constructor(rows: readonly { readonly bytes: number; readonly weight: number }[]) {
    this.#table = new AliasTable(rows.map((row) => row.weight));
    for (const row of rows) requireSize('size', row.bytes, 0);
    this.#bytes = Float64Array.from(rows, (row) => row.bytes);
    this.bytesMax = this.#bytes.reduce((a, b) => Math.max(a, b), 0);
  }

  next(prng: Prng): number {
    return this.#bytes[this.#table.next(prng)]!;
  }
}

/** Shares of the values of 0 ... 14 bytes in ETC (SIGMETRICS 2012, table 5). */
const ETC_SMALL_VALUE_SHARES = [
  0.00536, 0.00047, 0.1782, 0.09239, 0.00018, 0.0274, 0.00065, 0.00606, 0.00023, 0.00837, 0.00837, 0.08989,
  0.00092, 0.00326, 0.0198,
];
const ETC_SMALL_VALUES = ETC_SMALL_VALUE_SHARES.length;
/** Generalised Pareto of the larger values: location 0, scale 214.476, shape 0.348238. */
const ETC_VALUE_SCALE = 214.476;
const ETC_VALUE_SHAPE = 0.348238;

/**
 * Value sizes of Facebook's ETC pool: a table below 15 bytes, a generalised Pareto from there on.
 *
 * The paper gives the Pareto location 0 and models smaller values apart; we take that as the Pareto under
 * the condition of 15 bytes or more, which is a Pareto again, of location 15 and scale + 15 shape.
 */
export class EtcValueSize implements SizeDistribution {
  readonly bytesMax: number;
  readonly #small: AliasTable;
  readonly #large: ParetoSize;

  /** @param bytesMax larger draws become this; the default is memcached's item limit. */
  constructor(bytesMax = 2 ** 20) {
    requireSize('bytesMax', bytesMax, ETC_SMALL_VALUES);
    this.bytesMax = bytesMax;
    const smallShare = ETC_SMALL_VALUE_SHARES.reduce((a, b) => a + b, 0);
    // The last column stands for every value that is not small.
    this.#small = new AliasTable([...ETC_SMALL_VALUE_SHARES, 1 - smallShare]);
    this.#large = new ParetoSize({
      location: ETC_SMALL_VALUES,
      scale: ETC_VALUE_SCALE + ETC_VALUE_SHAPE * ETC_SMALL_VALUES,
      shape: ETC_VALUE_SHAPE,
      bytesMax,
    });
  }

  next(prng: Prng): number {
    const bytes = this.#small.next(prng);
    return bytes < ETC_SMALL_VALUES ? bytes : this.#large.next(prng);
  }
}

/** Memcached's limit on a key. */
const ETC_KEY_BYTES_MAX = 250;

/**
 * Key sizes of Facebook's ETC pool: generalised extreme value, location 30.7984, scale 8.20449, shape
 * 0.078688, rounded to whole bytes and kept within memcached's 1 ... 250.
 *
 * For models of memory and wire; the keys of this room have one width (KeyText).
 */
export class EtcKeySize implements SizeDistribution {
  readonly bytesMax = ETC_KEY_BYTES_MAX;

  next(prng: Prng): number {
    const shape = 0.078688;
    // exponential() is 0 once in 2^53 draws; the power is infinite then, and the clamp below holds.
    const bytes = 30.7984 + (8.20449 * (prng.exponential(1) ** -shape - 1)) / shape;
    return Math.max(1, Math.min(ETC_KEY_BYTES_MAX, Math.round(bytes)));
  }
}

function requireSize(parameter: string, bytes: number, bytesMin: number): void {
  const holds = Number.isSafeInteger(bytes) && bytes >= bytesMin;
  requireParameter(holds, parameter, bytes, `a whole number of bytes, ${bytesMin} or more`);
}
