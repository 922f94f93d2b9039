/**
 * Open-loop arrivals: operations are sent at instants that do not depend on the answers.
 *
 * A load generator's core sends everything due, and measures every latency from the INTENDED instant:
 *
 *   deadlineNs = arrivals.nextNs
 *   timeout(now): while (arrivals.nextNs <= now) {
 *                   intendedNs = arrivals.nextNs; arrivals.advance(prng); send(operation, intendedNs)
 *                 }
 *   reply:        histogram.record(now - intendedNs)
 *
 * A generator that falls behind (a late timer, a full socket) thus reports its own delay as latency instead
 * of hiding it: no coordinated omission (Tene, "How not to measure latency").
 */
import { type Nanos, NEVER, type Prng } from '@ballast/base';
import { requireParameter } from './workload-error.ts';

const SECOND_NS = 1e9;

/** When the next operation is meant to be sent. */
export interface ArrivalProcess {
  /** Intended instant of the next operation, in whole nanoseconds; NEVER while the rate is 0. */
  readonly nextNs: Nanos;
  /** Takes that operation away and draws the instant of the one after. Precondition: nextNs is not NEVER. */
  advance(prng: Prng): void;
  /** Changes the mean rate from `now` on, 0 to pause. Operations already due stay due. */
  setRate(ratePerSecond: number, now: Nanos, prng: Prng): void;
}

/** Equal intervals. A change of rate stretches what is left of the current one. */
export class DeterministicArrivals implements ArrivalProcess {
  /** Not rounded, so that a rate of 3 per microsecond stays one. */
  #exactNs: number;
  #intervalNs: number;
  /** Part of an interval that is left until the next operation; kept while the rate is 0. */
  #remainder = 0;

  /** @param options `phase` (0 ... 1, default 0) delays the first operation by that part of an interval. */
  constructor(options: { ratePerSecond: number; startNs: Nanos; phase?: number }) {
    const { ratePerSecond, startNs, phase = 0 } = options;
    requireRate(ratePerSecond);
    requireParameter(phase >= 0 && phase <= 1, 'phase', phase, 'a part of an interval, from 0 to 1');
    this.#intervalNs = SECOND_NS / ratePerSecond; // Infinity at rate 0.
    this.#remainder = phase;
    this.#exactNs = ratePerSecond === 0 ? NEVER : startNs + phase * this.#intervalNs;
  }

  get nextNs(): Nanos {
    return Math.round(this.#exactNs);
  }

  advance(_prng: Prng): void {
    this.#exactNs += this.#intervalNs;
  }

  setRate(ratePerSecond: number, now: Nanos, _prng: Prng): void {
    requireRate(ratePerSecond);
    const overdue = this.nextNs <= now;
    if (overdue) this.#remainder = 1;
    else if (this.#intervalNs !== Infinity) this.#remainder = (this.#exactNs - now) / this.#intervalNs;
    this.#intervalNs = SECOND_NS / ratePerSecond;
    if (overdue) return;
    this.#exactNs = ratePerSecond === 0 ? NEVER : now + this.#remainder * this.#intervalNs;
  }
}

/** Poisson arrivals: independent exponential intervals. */
export class PoissonArrivals implements ArrivalProcess {
  #exactNs: number;
  #meanNs: number;

  constructor(options: { ratePerSecond: number; startNs: Nanos }, prng: Prng) {
    requireRate(options.ratePerSecond);
    this.#meanNs = SECOND_NS / options.ratePerSecond;
    this.#exactNs = options.startNs + exponential(this.#meanNs, prng);
  }

  get nextNs(): Nanos {
    return Math.round(this.#exactNs);
  }

  advance(prng: Prng): void {
    this.#exactNs += exponential(this.#meanNs, prng);
  }

  setRate(ratePerSecond: number, now: Nanos, prng: Prng): void {
    requireRate(ratePerSecond);
    this.#meanNs = SECOND_NS / ratePerSecond;
    // Without memory: given that nothing came until now, the rest of the interval is a fresh one.
    if (this.nextNs > now) this.#exactNs = now + exponential(this.#meanNs, prng);
  }
}

export interface BurstOptions {
  /** Mean over both states. */
  readonly ratePerSecond: number;
  /** Rate while on, in multiples of the mean: 1 (no bursts) to 1 / share of time on (silence between). */
  readonly peakFactor: number;
  /** Mean durations of the two states, exponentially distributed. */
  readonly onMeanNs: Nanos;
  readonly offMeanNs: Nanos;
  readonly startNs: Nanos;
}

/** Mean arrivals a cycle below which drawing the next one would step through thousands of silent states. */
const ARRIVALS_PER_CYCLE_MIN = 1e-3;

/** Bursts: a Markov-modulated Poisson process of two states, on and off. Stationary from the start. */
export class BurstArrivals implements ArrivalProcess {
  readonly #onShare: number;
  readonly #peakFactor: number;
  readonly #lullFactor: number;
  readonly #onMeanNs: Nanos;
  readonly #offMeanNs: Nanos;
  #ratePerSecond: number;
  /** State at the next arrival, and when it ends. */
  #on = false;
  #stateEndNs = 0;
  #exactNs: number;

  constructor(options: BurstOptions, prng: Prng) {
    const { peakFactor, onMeanNs, offMeanNs, startNs } = options;
    requireParameter(onMeanNs > 0 && onMeanNs < Infinity, 'onMeanNs', onMeanNs, 'finite and more than 0');
    requireParameter(offMeanNs > 0 && offMeanNs < Infinity, 'offMeanNs', offMeanNs, 'finite and more than 0');
    const onShare = onMeanNs / (onMeanNs + offMeanNs);
    const inRange = peakFactor >= 1 && peakFactor * onShare <= 1;
    requireParameter(
      inRange,
      'peakFactor',
      peakFactor,
      `1 to ${1 / onShare}, so that the off state has a rate`,
    );
    this.#peakFactor = peakFactor;
    this.#lullFactor = (1 - peakFactor * onShare) / (1 - onShare);
    this.#onMeanNs = onMeanNs;
    this.#offMeanNs = offMeanNs;
    this.#ratePerSecond = options.ratePerSecond;
    this.#requireDrawable(options.ratePerSecond);
    this.#onShare = onShare;
    this.#exactNs = this.#afresh(startNs, prng);
  }

  get nextNs(): Nanos {
    return Math.round(this.#exactNs);
  }

  advance(prng: Prng): void {
    this.#exactNs = this.#after(this.#exactNs, prng);
  }

  /** As the interface has it. The state is drawn anew: the one at the next arrival says nothing about now. */
  setRate(ratePerSecond: number, now: Nanos, prng: Prng): void {
    this.#requireDrawable(ratePerSecond);
    const overdue = this.nextNs <= now;
    this.#ratePerSecond = ratePerSecond;
    if (!overdue) this.#exactNs = this.#afresh(now, prng);
  }

  #afresh(fromNs: Nanos, prng: Prng): number {
    this.#on = prng.chance(this.#onShare);
    this.#stateEndNs = fromNs + prng.exponential(this.#on ? this.#onMeanNs : this.#offMeanNs);
    return this.#after(fromNs, prng);
  }

  /** The first arrival after `fromNs`: draws in the present state, and again from each change of state. */
  #after(fromNs: number, prng: Prng): number {
    if (this.#ratePerSecond === 0) return NEVER;
    let drawnNs = fromNs;
    for (;;) {
      const factor = this.#on ? this.#peakFactor : this.#lullFactor;
      const arrivalNs = drawnNs + exponential(SECOND_NS / (this.#ratePerSecond * factor), prng);
      if (arrivalNs <= this.#stateEndNs) return arrivalNs;
      drawnNs = this.#stateEndNs;
      this.#on = !this.#on;
      this.#stateEndNs += prng.exponential(this.#on ? this.#onMeanNs : this.#offMeanNs);
    }
  }

  #requireDrawable(ratePerSecond: number): void {
    requireRate(ratePerSecond);
    const perCycle = (ratePerSecond / SECOND_NS) * (this.#onMeanNs + this.#offMeanNs);
    const holds = ratePerSecond === 0 || perCycle >= ARRIVALS_PER_CYCLE_MIN;
    requireParameter(
      holds,
      'ratePerSecond',
      ratePerSecond,
      `${ARRIVALS_PER_CYCLE_MIN} arrivals a cycle or more`,
    );
  }
}

function requireRate(ratePerSecond: number): void {
  const holds = ratePerSecond >= 0 && ratePerSecond <= SECOND_NS;
  requireParameter(holds, 'ratePerSecond', ratePerSecond, 'from 0 to 10^9 a second');
}

function exponential(meanNs: number, prng: Prng): number {
  return meanNs === Infinity ? NEVER : prng.exponential(meanNs);
}
