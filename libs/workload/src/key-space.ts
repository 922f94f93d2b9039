import { assert, type Prng } from '@ballast/base';
import { requireKeyCount } from './key-distribution.ts';
import { Permutation } from './permutation.ts';

/**
 * Which key holds which popularity rank: a bijection from ranks to key indexes that can change over time.
 *
 *   rank --rotation--> place --swaps--> place --scramble--> key index
 *
 * The distribution stays as it is; a shift of the hot set is a change of this mapping. Memory grows with
 * the number of swapped ranks, never with the number of keys.
 */
export class KeySpace {
  readonly n: number;
  readonly #scramble: Permutation | null;
  /** Place of rank 0. Hot-in and hot-out turn the whole order by k, so each is one addition. */
  #rotation = 0;
  /** Only the places that random swaps have moved. */
  readonly #swapped = new Map<number, number>();

  /**
   * @param options with `scrambleSeed`, hot keys are spread over the index range by a seeded bijection;
   * without it rank r begins as key r.
   */
  constructor(options: { n: number; scrambleSeed?: number }) {
    requireKeyCount(options.n);
    this.n = options.n;
    const seed = options.scrambleSeed;
    this.#scramble = seed === undefined ? null : new Permutation({ n: options.n, seed });
  }

  /** The key index that has popularity rank `rank` now. Precondition: 0 <= rank < n. */
  keyOf(rank: number): number {
    let place = this.#placeOf(rank);
    if (this.#swapped.size > 0) place = this.#swapped.get(place) ?? place;
    return this.#scramble === null ? place : this.#scramble.map(place);
  }

  /** The k coldest keys become the k hottest, in their order; every other key falls k ranks. */
  hotIn(k: number): void {
    assert(Number.isInteger(k) && k >= 0 && k <= this.n, `${k} of ${this.n} keys become the hottest`);
    this.#rotation = (this.#rotation + this.n - k) % this.n;
  }

  /** The k hottest keys become the k coldest, in their order; every other key rises k ranks. */
  hotOut(k: number): void {
    assert(Number.isInteger(k) && k >= 0 && k <= this.n, `${k} of ${this.n} keys become the coldest`);
    this.#rotation = (this.#rotation + k) % this.n;
  }

  /** Swaps the popularity of k random keys of the `hottest` hottest with that of k random other keys. */
  swapRandom(options: { k: number; hottest: number }, prng: Prng): void {
    const { k, hottest } = options;
    assert(
      k >= 0 && k <= hottest && hottest + k <= this.n,
      `${k} of the ${hottest} hottest of ${this.n} keys swap`,
    );
    const hot = distinct(k, hottest, prng);
    const cold = distinct(k, this.n - hottest, prng);
    for (let i = 0; i < k; i++) this.#swap(this.#placeOf(hot[i]!), this.#placeOf(hottest + cold[i]!));
  }

  #placeOf(rank: number): number {
    const place = rank + this.#rotation;
    return place >= this.n ? place - this.n : place;
  }

  #swap(a: number, b: number): void {
    const atA = this.#swapped.get(a) ?? a;
    const atB = this.#swapped.get(b) ?? b;
    this.#put(a, atB);
    this.#put(b, atA);
  }

  #put(place: number, target: number): void {
    if (place === target) this.#swapped.delete(place);
    else this.#swapped.set(place, target);
  }
}

/** k distinct numbers below `bound`, each set of k equally likely (Floyd, CACM 30(9), 1987). */
function distinct(k: number, bound: number, prng: Prng): number[] {
  const chosen = new Set<number>();
  for (let top = bound - k; top < bound; top++) {
    const candidate = prng.below(top + 1);
    chosen.add(chosen.has(candidate) ? top : candidate);
  }
  return [...chosen];
}
