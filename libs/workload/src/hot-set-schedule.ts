/**
 * The dynamic workloads of NetCache (Jin et al., SOSP 2017, section 7.4) and Pegasus (Li et al., OSDI
 * 2020): hot-in, hot-out and random replacement of the hot set, at set instants of virtual time.
 */
import { type Nanos, Prng } from '@ballast/base';
import type { KeySpace } from './key-space.ts';
import { requireParameter } from './workload-error.ts';

/** What one shift does: see the methods of KeySpace of the same names. */
export type HotSetShift =
  | { readonly kind: 'hotIn'; readonly k: number }
  | { readonly kind: 'hotOut'; readonly k: number }
  | { readonly kind: 'swapRandom'; readonly k: number; readonly hottest: number };

export interface HotSetScheduleOptions {
  readonly keySpace: KeySpace;
  readonly shift: HotSetShift;
  readonly firstNs: Nanos;
  /** NEVER for a single shift. */
  readonly periodNs: Nanos;
  readonly seed: number;
}

/**
 * Applies one kind of shift to a key space periodically.
 *
 * The state at an instant depends on the seed and the instant alone, not on how often `advance` is
 * called, so any number of clients may share a schedule and its key space.
 */
export class HotSetSchedule {
  readonly #keySpace: KeySpace;
  readonly #shift: HotSetShift;
  readonly #periodNs: Nanos;
  readonly #prng: Prng;
  #nextNs: Nanos;

  constructor(options: HotSetScheduleOptions) {
    const { keySpace, shift, periodNs, firstNs } = options;
    requireParameter(periodNs > 0, 'periodNs', periodNs, 'more than 0');
    requireParameter(firstNs >= 0, 'firstNs', firstNs, '0 or more');
    requireShift(shift, keySpace.n);
    this.#keySpace = keySpace;
    this.#shift = shift;
    this.#periodNs = periodNs;
    this.#nextNs = firstNs;
    this.#prng = new Prng(options.seed);
  }

  /** When the next shift is due; NEVER after a single one. */
  get nextNs(): Nanos {
    return this.#nextNs;
  }

  /** Applies every shift due at `now`. Returns how many. Call before drawing. */
  advance(now: Nanos): number {
    let applied = 0;
    while (this.#nextNs <= now) {
      this.#apply();
      this.#nextNs += this.#periodNs;
      applied++;
    }
    return applied;
  }

  #apply(): void {
    const shift = this.#shift;
    switch (shift.kind) {
      case 'hotIn':
        return this.#keySpace.hotIn(shift.k);
      case 'hotOut':
        return this.#keySpace.hotOut(shift.k);
      case 'swapRandom':
        return this.#keySpace.swapRandom(shift, this.#prng);
    }
  }
}

function requireShift(shift: HotSetShift, n: number): void {
  if (shift.kind !== 'swapRandom') {
    const { k } = shift;
    return requireParameter(Number.isInteger(k) && k >= 1 && k < n, 'k', k, `an integer from 1 to ${n - 1}`);
  }
  const { k, hottest } = shift;
  const inside = Number.isInteger(hottest) && hottest >= 1 && hottest < n;
  requireParameter(inside, 'hottest', hottest, `an integer from 1 to ${n - 1}`);
  const kMax = Math.min(hottest, n - hottest);
  requireParameter(Number.isInteger(k) && k >= 1 && k <= kMax, 'k', k, `an integer from 1 to ${kMax}`);
}
