/**
 * HDR histogram: counts of values with a bounded relative error over a wide range, in constant memory.
 *
 * Read first: Tene's HdrHistogram (hdrhistogram.org), whose layout this is. Ours keeps the exact least and
 * greatest value and the exact sum beside the counts, and counts values above the range instead of throwing.
 */
import { assert } from '@ballast/base';
import { requireParameter } from './workload-error.ts';

export interface HistogramOptions {
  /** Values that differ by less need not be told apart; rounded down to a power of two. Default 1. */
  readonly unit?: number;
  /** Values above it count as this one. Default one hour in nanoseconds. */
  readonly highest?: number;
  /** Significant decimal digits kept of every value, 1 ... 5. Default 3. */
  readonly digits?: number;
}

/** One line of a percentile table. */
export interface PercentileRow {
  /** 0 ... 100. */
  readonly percentile: number;
  /** No more than (100 - percentile) % of the values are greater. */
  readonly value: number;
  /** Values up to and including it. */
  readonly count: number;
}

const HOUR_NS = 3.6e12;
const TWO_32 = 2 ** 32;

/**
 * Buckets double in width; each is divided into equal slots, enough for the wanted digits:
 *
 *   bucket 0   values 0 ... s - 1        slots of 1      (s slots, s a power of two >= 2 * 10^digits)
 *   bucket b   s 2^(b-1) ... s 2^b - 1   slots of 2^b    (s / 2 slots: the lower half is in bucket b - 1)
 *
 * Slots are numbered through, so a value's slot is a shift and an addition away from its leading zeros.
 */
export class Histogram {
  readonly unit: number;
  readonly highest: number;
  readonly digits: number;
  /** log2(s / 2). */
  readonly #halfBits: number;
  /** Doubles: counts are exact to 2^53, and an array of them needs no overflow check. */
  readonly #counts: Float64Array;
  readonly #perUnit: number;
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = 0;
  #clipped = 0;

  constructor(options: HistogramOptions = {}) {
    const { unit = 1, highest = HOUR_NS, digits = 3 } = options;
    requireParameter(Number.isInteger(digits) && digits >= 1 && digits <= 5, 'digits', digits, '1 to 5');
    requireParameter(unit >= 1 && unit <= TWO_32, 'unit', unit, 'from 1 to 2^32');
    this.unit = 2 ** Math.floor(Math.log2(unit));
    const fits = Number.isInteger(highest) && highest >= 2 * unit && highest <= Number.MAX_SAFE_INTEGER;
    requireParameter(fits, 'highest', highest, `an integer from ${2 * unit} to 2^53 - 1`);
    this.highest = highest;
    this.digits = digits;
    this.#perUnit = 1 / this.unit;
    this.#halfBits = Math.ceil(Math.log2(2 * 10 ** digits)) - 1;
    this.#counts = new Float64Array(this.#slotOf(highest) + 1);
  }

  /** Number of recorded values. */
  get count(): number {
    return this.#count;
  }

  /** Values that were above `highest` and counted there. `max` and `mean` are exact for them too. */
  get clipped(): number {
    return this.#clipped;
  }

  /** Least recorded value; 0 when there is none. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min;
  }

  /** Greatest recorded value; 0 when there is none. */
  get max(): number {
    return this.#max;
  }

  /** Arithmetic mean of the recorded values; 0 when there is none. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** Records one value, 0 or more. A fraction counts in the slot of its integer part. */
  record(value: number): void {
    assert(value >= 0, 'a recorded value is a number of 0 or more');
    let counted = value;
    if (value > this.highest) {
      counted = this.highest;
      this.#clipped++;
    }
    const slot = this.#slotOf(counted);
    this.#counts[slot] = this.#counts[slot]! + 1;
    this.#count++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /**
   * Records a latency of a closed loop and those that its wait kept from being measured.
   *
   * A user who would have asked every `expectedInterval` waited once for `value`; the requests not made
   * would have taken value - interval, value - 2 interval, and so on.
   */
  recordCorrected(value: number, expectedInterval: number): void {
    assert(expectedInterval > 0, 'the expected interval is more than 0');
    this.record(value);
    for (let missed = value - expectedInterval; missed >= expectedInterval; missed -= expectedInterval) {
      this.record(missed);
    }
  }

  /** Adds the values of another histogram of the same unit, range and digits. */
  merge(other: Histogram): void {
    const same = other.unit === this.unit && other.highest === this.highest && other.digits === this.digits;
    assert(same, 'merged histograms have one unit, range and number of digits');
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i] = this.#counts[i]! + other.#counts[i]!;
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    this.#clipped += other.#clipped;
  }

  /**
   * The least value that at least `percentile` % of the recorded ones do not exceed; 0 when there is none.
   *
   * Within a part in 10^digits above the true one (or a unit, if that is more), never below it, never above
   * `max`. Values clipped at `highest` answer `highest`, but percentile 100 is always `max`.
   */
  percentile(percentile: number): number {
    assert(percentile >= 0 && percentile <= 100, 'a percentile is from 0 to 100');
    if (this.#count === 0) return 0;
    const rank = this.#rankOf(percentile);
    if (rank === this.#count) return this.#max;
    let below = 0;
    let slot = -1;
    while (below < rank) below += this.#counts[++slot]!;
    return this.#valueOf(slot);
  }

  /**
   * The distribution as a table, for a plot or a file.
   *
   * @param rowsPerHalving rows on the way from each percentile to half its distance from 100, so that the
   * tail has as many as the body: 50, 75, 87.5 … with 1. The last row is percentile 100.
   */
  percentileRows(rowsPerHalving = 5): PercentileRow[] {
    assert(
      Number.isInteger(rowsPerHalving) && rowsPerHalving >= 1,
      'rows per halving is an integer of 1 or more',
    );
    const rows: PercentileRow[] = [];
    let below = 0;
    let slot = -1;
    for (let step = 0; below < this.#count; step++) {
      const remaining = 0.5 ** Math.floor(step / rowsPerHalving);
      const percentile = 100 * (1 - remaining * (1 - (step % rowsPerHalving) / (2 * rowsPerHalving)));
      const rank = this.#rankOf(percentile);
      while (below < rank) below += this.#counts[++slot]!;
      if (below === this.#count) break;
      rows.push({ percentile, value: this.#valueOf(slot), count: below });
    }
    if (this.#count > 0) rows.push({ percentile: 100, value: this.#max, count: this.#count });
    return rows;
  }

  /** Forgets every value. */
  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sum = 0;
    this.#min = Infinity;
    this.#max = 0;
    this.#clipped = 0;
  }

  /** How many of the values, in order, a percentile spans: at least one. */
  #rankOf(percentile: number): number {
    // 99.9 / 100 * 1000 is 999.0000000000001 in binary; without the slack it would ask for the 1000th value.
    const exact = (percentile / 100) * this.#count;
    return Math.min(this.#count, Math.max(1, Math.ceil(exact - exact * 2 * Number.EPSILON)));
  }

  #slotOf(value: number): number {
    const units = this.#perUnit === 1 ? value : value * this.#perUnit;
    if (units < TWO_32) {
      const low = units >>> 0;
      const bucket = Math.max(0, 31 - Math.clz32(low) - this.#halfBits);
      return (bucket << this.#halfBits) + (low >>> bucket);
    }
    const bucket = 63 - Math.clz32(units / TWO_32) - this.#halfBits;
    return (bucket << this.#halfBits) + Math.floor(units / 2 ** bucket);
  }

  /** The greatest value that falls into a slot, or `max` if that is less. */
  #valueOf(slot: number): number {
    const half = 2 ** this.#halfBits;
    const bucket = Math.max(0, Math.floor(slot / half) - 1);
    const above = (slot - bucket * half + 1) * 2 ** bucket * this.unit;
    return Math.min(above - 1, this.#max, this.highest);
  }
}
