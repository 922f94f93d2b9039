import type { Prng } from '@ballast/base';
import { requireParameter } from './workload-error.ts';

/**
 * Draws an index with given weights in constant time: the alias method (Walker 1977), set up in linear
 * time (Vose, IEEE TSE 17(9), 1991).
 */
export class AliasTable {
  readonly size: number;
  /** Column i stands for index i below #cut[i] and for #alias[i] above. */
  readonly #cut: Float64Array;
  readonly #alias: Uint32Array;

  /** @param weights of any scale, none negative, not all 0. */
  constructor(weights: readonly number[]) {
    let total = 0;
    for (const weight of weights) {
      requireParameter(weight >= 0 && weight < Infinity, 'weight', weight, 'a finite number of 0 or more');
      total += weight;
    }
    requireParameter(total > 0 && total < Infinity, 'sum of weights', total, 'finite and more than 0');
    this.size = weights.length;
    this.#cut = Float64Array.from(weights, (weight) => (weight / total) * weights.length);
    this.#alias = Uint32Array.from(weights, (_, i) => i);
    this.#level();
  }

  next(prng: Prng): number {
    // The integer part chooses the column, the fraction decides inside it: one uniform number is enough.
    const u = prng.unit() * this.size;
    const column = Math.floor(u);
    return u - column < this.#cut[column]! ? column : this.#alias[column]!;
  }

  /** Fills every column to height 1 with at most one other index. */
  #level(): void {
    // Both work lists in one array: the columns too low from the front, the others from the back.
    const work = new Uint32Array(this.size);
    let low = 0;
    let high = this.size;
    for (let i = 0; i < this.size; i++) {
      if (this.#cut[i]! < 1) work[low++] = i;
      else work[--high] = i;
    }
    while (low > 0 && high < this.size) {
      const short = work[--low]!;
      const tall = work[high]!;
      this.#alias[short] = tall;
      const rest = this.#cut[tall]! - (1 - this.#cut[short]!);
      this.#cut[tall] = rest;
      if (rest < 1) {
        high++;
        work[low++] = tall;
      }
    }
    // What is left differs from 1 by rounding only.
    for (let i = 0; i < low; i++) this.#cut[work[i]!] = 1;
    for (let i = high; i < this.size; i++) this.#cut[work[i]!] = 1;
  }
}
