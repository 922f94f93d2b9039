import { type Nanos, NEVER } from '@ballast/base';
import { type Operation, PRELOAD_PROCESS } from '../history.ts';
import { describeAction, describeInterval, describeProcess } from './describe.ts';
import type { Violation } from './verdict.ts';

const ROWS_MAX = 40;
const TIMELINE_COLUMNS_MAX = 72;

/**
 * A violation as text of several lines: what is wrong, why, and a timeline of the operations.
 *
 * The timeline keeps the order of the ends of intervals, not their distances: whether two overlap matters.
 */
export function formatViolation(violation: Violation): string {
  const { key, operations, isSmallest, unplaced, reason, evidence } = violation;
  const shown = operations.slice(-ROWS_MAX);
  const hidden = operations.length - shown.length;
  const timeline = new Timeline(shown);
  const names = padded(shown.map((operation) => describeProcess(operation.process)));
  const actions = padded(shown.map(describeAction));
  const rows = shown.map((operation, i) => {
    const mark = isSmallest && operation === unplaced ? '  <- cannot be placed' : '';
    return `  ${names[i]}  ${actions[i]}  ${timeline.bar(operation)}  ${describeInterval(operation)}${mark}`;
  });
  return [
    `key ${JSON.stringify(key)} is not linearizable:`,
    `${reason}.`,
    ...evidence.map((fact) => `  - ${fact}`),
    '',
    `The operations that show it (times in ns${hidden > 0 ? `; ${hidden} earlier ones left out` : ''}):`,
    ...rows,
  ].join('\n');
}

/** Instants of a few operations, on a scale on which neighbours are equally far apart. */
class Timeline {
  readonly #instants: readonly Nanos[];
  readonly #step: number;

  constructor(operations: readonly Operation[]) {
    const ends = operations.flatMap((operation) => [startOf(operation), endOf(operation)]);
    this.#instants = [...new Set(ends)].sort((a, b) => a - b);
    this.#step = Math.max(1, Math.min(6, Math.floor(TIMELINE_COLUMNS_MAX / this.#instants.length)));
  }

  /** '   |-----|   '; an operation that stays open ends in '>'. */
  bar(operation: Operation): string {
    const from = this.#columnOf(startOf(operation));
    const to = this.#columnOf(endOf(operation));
    const width = this.#columnOf(this.#instants.at(-1)!) + 1;
    const end = operation.return === null ? '>' : '|';
    const body = from === to ? '|' : `|${'-'.repeat(to - from - 1)}${end}`;
    return `${' '.repeat(from)}${body}`.padEnd(width);
  }

  #columnOf(instant: Nanos): number {
    return this.#instants.indexOf(instant) * this.#step;
  }
}

function padded(texts: readonly string[]): string[] {
  const width = Math.max(...texts.map((text) => text.length));
  return texts.map((text) => text.padEnd(width));
}

/** The load comes before all other operations, whatever its time. */
function startOf(operation: Operation): Nanos {
  return operation.process === PRELOAD_PROCESS ? -NEVER : operation.invoke;
}

function endOf(operation: Operation): Nanos {
  if (operation.return === null) return NEVER;
  return operation.process === PRELOAD_PROCESS ? -NEVER : operation.return;
}
