/** Operations and values in words. Times are whole nanoseconds: rounded ones could hide which came first. */
import type { Nanos } from '@ballast/base';
import { type Operation, PRELOAD_PROCESS } from '../history.ts';

const VALUE_CHARACTERS_MAX = 24;
const digits = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

/** A value in quotes, cut when it is long; null is "absent". */
export function describeValue(value: string | null): string {
  if (value === null) return 'absent';
  if (value.length <= VALUE_CHARACTERS_MAX) return JSON.stringify(value);
  return `${JSON.stringify(value.slice(0, VALUE_CHARACTERS_MAX))}… (${value.length} characters)`;
}

export function describeProcess(process: number): string {
  return process === PRELOAD_PROCESS ? 'the load' : `process ${process}`;
}

/** 'put "v1"', 'get "v1"', 'delete': what it did, or was told. */
export function describeAction(operation: Operation): string {
  if (operation.operation === 'delete') return 'delete';
  return `${operation.operation} ${describeValue(operation.value)}`;
}

/** A closed interval, '[1,000, 2,500]'; an open operation has no end. */
export function describeInterval(operation: Operation): string {
  const end = operation.return === null ? 'open' : describeTime(operation.return);
  return `[${describeTime(operation.invoke)}, ${end}]`;
}

/** 'process 3's get "v7" at [1,000, 2,500]': a noun. */
export function describeOperation(operation: Operation): string {
  const subject = describeProcess(operation.process);
  return `${subject}'s ${describeAction(operation)} at ${describeInterval(operation)}`;
}

function describeTime(time: Nanos): string {
  return digits.format(time);
}
