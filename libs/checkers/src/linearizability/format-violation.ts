import { type Nanos, NEVER } from '@ballast/base';
import type { Operation } from '../history.ts';
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
  const { key, operations, unplaced, reason } = violation;
  const shown = operations.slice(-ROWS_MAX);
  const hidden = operations.length - shown.length;
  const timeline = new Timeline(shown);
  const names = column(shown.map((operation) => describeProcess(operation.process)));
  const actions = column(shown.map(describeAction));
  const lines = [
    `key ${JSON.stringify(key)} is not linearizable: ${reason}.`,
    '',
    `${operations.length} operations show it (times in ns${hidden > 0 ? `; ${hidden} earlier ones not shown` : ''}):`,
  ];
  for (const [i, operation] of shown.entries()) {
    const mark = isSame(operation, unplaced) ? '  <- cannot be placed' : '';
    lines.push(`  ${names[i]}  ${actions[i]}  ${timeline.bar(operation)}  ${describeInterval(operation)}${mark}`);
  }
  return lines.join('\n');
}

/** Instants of a few operations, on a scale on which neighbours are equally far apart. */
class Timeline {
  readonly #instants: readonly Nanos[];
  readonly #step: number;

  constructor(operations: readonly Operation[]) {
    const ends = operations.flatMap((operation) => [operation.invoke, operation.return ?? NEVER]);
    this.#instants = [...new Set(ends)].sort((a, b) => a - b);
    this.#step = Math.max(1, Math.min(6, Math.floor(TIMELINE_COLUMNS_MAX / this.#instants.length)));
  }

  /** '   |-----|   '; an operation that stays open ends in '>'. */
  bar(operation: Operation): string {
    const from = this.#columnOf(operation.invoke);
    const to = this.#columnOf(operation.return ?? NEVER);
    const width = this.#columnOf(this.#instants.at(-1)!) + 1;
    const end = operation.return === null ? '>' : '|';
    const body = from === to ? '|' : `|${'-'.repeat(to - from - 1)}${end}`;
    return `${' '.repeat(from)}${body}`.padEnd(width);
  }

  #columnOf(instant: Nanos): number {
    return this.#instants.indexOf(instant) * this.#step;
  }
}

function column(texts: readonly string[]): string[] {
  const width = Math.max(...texts.map((text) => text.length));
  return texts.map((text) => text.padEnd(width));
}

function isSame(a: Operation, b: Operation): boolean {
  return (Object.keys(a) as (keyof Operation)[]).every((field) => a[field] === b[field]);
}
