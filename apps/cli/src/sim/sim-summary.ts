/** What many random runs amount to. Its size does not grow with their number, but for failing seeds. */
import type { Fault } from '@ballast/sim';
import { formatCount } from '../terminal/units.ts';
import { type FailureKind, failuresOfRun } from './seed-run-report.ts';
import type { SeedRun } from './worker.ts';

export interface SummaryDocument {
  readonly seeds: number;
  readonly operations: number;
  readonly events: number;
  readonly promotions: number;
  readonly demotions: number;
  readonly rangesMoved: number;
  /** Faults of nodes and links, by kind. */
  readonly faults: Readonly<Partial<Record<Fault['kind'], number>>>;
  /** Runs by what was wrong with them; one may be wrong in several ways. */
  readonly verdicts: Readonly<Partial<Record<FailureKind | 'ok', number>>>;
  /** In order. */
  readonly failedSeeds: readonly number[];
}

export class SimSummary {
  readonly #totals = { seeds: 0, operations: 0, events: 0, promotions: 0, demotions: 0, rangesMoved: 0 };
  readonly #faults: Partial<Record<Fault['kind'], number>> = {};
  readonly #verdicts: Partial<Record<FailureKind | 'ok', number>> = { ok: 0 };
  readonly #failedSeeds: number[] = [];

  add(run: SeedRun): void {
    const { plan, result } = run;
    this.#totals.seeds++;
    for (const name of ['operations', 'events', 'promotions', 'demotions', 'rangesMoved'] as const) {
      this.#totals[name] += result?.[name] ?? 0;
    }
    for (const { kind } of plan.faults) count(this.#faults, kind);
    const failures = failuresOfRun(run);
    for (const { kind } of failures) count(this.#verdicts, kind);
    if (failures.length === 0) count(this.#verdicts, 'ok');
    else this.#failedSeeds.push(plan.seed);
  }

  get document(): SummaryDocument {
    const failedSeeds = this.#failedSeeds.toSorted((one, other) => one - other);
    return { ...this.#totals, faults: this.#faults, verdicts: this.#verdicts, failedSeeds };
  }

  get failed(): number {
    return this.#failedSeeds.length;
  }

  /** A few lines. */
  get text(): string {
    const { seeds, operations, events, promotions, demotions, rangesMoved } = this.#totals;
    const lines = {
      seeds: formatCount(seeds),
      operations: formatCount(operations),
      events: formatCount(events),
      directory: `${formatCount(promotions)} promotions, ${formatCount(demotions)} demotions`,
      'ranges moved': formatCount(rangesMoved),
      faults: countsText(this.#faults) || 'none',
      verdicts: countsText(this.#verdicts),
    };
    return Object.entries(lines)
      .map(([name, text]) => `${name.padEnd(12)}  ${text}`)
      .join('\n');
  }
}

function count<Name extends string>(counts: Partial<Record<Name, number>>, name: Name): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** '12 crash, 3 pause': the most frequent first. */
function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .map(([name, times]) => `${formatCount(times)} ${name}`)
    .join(', ');
}
