import type { Nanos } from '@ballast/base';

/** What ended a search before it had an answer. */
export type Limit = 'steps' | 'time' | 'memory';

export interface BudgetOptions {
  readonly stepsMax: number;
  readonly elapsedNs: () => Nanos;
  readonly elapsedNsMax: Nanos;
}

/** A clock read costs as much as some steps: read it once in so many. */
const STEPS_BETWEEN_CLOCK_READS = 8192;

/** Counts the steps of a search and says when to give up. */
export class Budget {
  readonly #options: BudgetOptions;
  #steps = 0;
  #nextClockRead = 0;
  #exceeded: Limit | null = null;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  get steps(): number {
    return this.#steps;
  }

  /** The limit that was hit; null as long as there is some left of everything. */
  get exceeded(): Limit | null {
    return this.#exceeded;
  }

  /** Takes `steps` off the budget. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps >= this.#nextClockRead) this.#look();
  }

  #look(): void {
    const { stepsMax, elapsedNs, elapsedNsMax } = this.#options;
    if (this.#steps > stepsMax) this.#exceeded ??= 'steps';
    else if (elapsedNs() > elapsedNsMax) this.#exceeded ??= 'time';
    this.#nextClockRead = Math.min(this.#steps + STEPS_BETWEEN_CLOCK_READS, stepsMax + 1);
  }
}
