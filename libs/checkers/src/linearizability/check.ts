import { assert, type Nanos, NEVER, present } from '@ballast/base';
import type { Operation } from '../history.ts';
import { HistoryColumns } from '../history-columns.ts';
import { Budget } from './budget.ts';
import { explain, explainLarge } from './explain.ts';
import { partitionByKey } from './partition.ts';
import { RegisterHistoryBuilder } from './register-history.ts';
import { shrink, type ShrinkInput } from './shrink.ts';
import { sweep } from './sweep.ts';
import type { Judged, UndecidedKey, Verdict, Violation } from './verdict.ts';

export interface CheckOptions {
  /**
   * Most steps to search one key; a step is one configuration looked at. Shrinking a violation may take as
   * many again. Default: STEPS_MAX.
   */
  readonly stepsMax?: number;
  /** Time since the check began. This room reads no clock: who wants a time limit hands one in. */
  readonly elapsedNs?: () => Nanos;
  /** Most time for the whole check, by `elapsedNs`. Default: no limit. */
  readonly elapsedNsMax?: Nanos;
}

/** Some seconds. A key with a million operations and mostly distinct values takes about a million steps. */
export const STEPS_MAX = 200_000_000;

/**
 * Is the history linearizable, every key being a register that does not exist at first?
 *
 * 'ok' and 'violation' are certain. 'unknown': a limit was hit before it was clear. Takes time near to linear
 * for histories whose values are mostly distinct and exponential time at worst (the problem is NP-complete:
 * Gibbons and Korach 1997); memory is some 100 bytes an operation and 64 MiB for the search.
 */
export function checkLinearizable(history: Iterable<Operation>, options: CheckOptions = {}): Verdict {
  const { stepsMax = STEPS_MAX, elapsedNs = (): Nanos => 0, elapsedNsMax = NEVER } = options;
  assert(stepsMax >= 1, `stepsMax ${stepsMax} is positive`);
  assert(elapsedNsMax === NEVER || options.elapsedNs !== undefined, 'a time limit comes with a clock');
  const budgetOf = (): Budget => new Budget({ stepsMax, elapsedNs, elapsedNsMax });

  const columns = HistoryColumns.from(history);
  const builder = new RegisterHistoryBuilder(columns);
  const keys = partitionByKey(columns);
  const undecided: UndecidedKey[] = [];
  let steps = 0;
  const judged = (): Judged => ({ operations: columns.length, keys: keys.length, steps });
  for (const [keyId, operations] of keys.entries()) {
    const budget = budgetOf();
    const register = builder.build(operations);
    const result = sweep(register, budget);
    steps += budget.steps;
    if (result.outcome === 'violation') {
      const suspects = result.suspects.map((value) => register.valueIds[value]!);
      const foundAt = register.source[result.at]!;
      const violation = violationOf({ columns, builder, operations, suspects, foundAt, budget: budgetOf() });
      return { verdict: 'violation', violation, ...judged() };
    }
    if (result.outcome === 'ok') continue;
    const { limit, returned, reached } = result;
    undecided.push({ key: columns.keyText(keyId), limit, operations: register.length, returned, reached });
    if (limit === 'time') {
      return { verdict: 'unknown', undecided, keysNotReached: keys.length - keyId - 1, ...judged() };
    }
  }
  if (undecided.length > 0) return { verdict: 'unknown', undecided, keysNotReached: 0, ...judged() };
  return { verdict: 'ok', ...judged() };
}

function violationOf(input: ShrinkInput): Violation {
  const { columns, budget } = input;
  const { kept, unplaced } = shrink(input);
  const isSmallest = budget.exceeded === null;
  const operations = Array.from(kept, (index) => columns.at(index));
  return {
    key: columns.keyText(columns.keyIdOf(unplaced)),
    operations,
    isSmallest,
    unplaced: present(operations[kept.indexOf(unplaced)], 'the read that cannot be placed is kept'),
    ...(isSmallest ? explain(columns, kept, unplaced) : explainLarge(operations.length)),
  };
}
