import { NEVER } from '@ballast/base';
import { type Operation, PRELOAD_PROCESS } from '../src/history.ts';

/**
 * Linearizability by definition: tries every order of the operations. For a handful of operations.
 *
 * Shares no code and no idea with the checker, so that it can be its oracle.
 */
export function isLinearizableByBruteForce(history: readonly Operation[]): boolean {
  const keys = new Set(history.map((operation) => operation.key));
  return [...keys].every((key) => {
    const ofKey = history.filter((operation) => operation.key === key && operation.outcome !== 'fail');
    return hasOrder(ofKey, null);
  });
}

function hasOrder(remaining: readonly Operation[], state: string | null): boolean {
  if (remaining.every((operation) => operation.outcome === 'unknown')) return true;
  return remaining.some((next, i) => {
    if (remaining.some((other) => end(other) < begin(next))) return false;
    const others = remaining.toSpliced(i, 1);
    if (next.operation !== 'get') return hasOrder(others, next.value);
    if (next.outcome === 'unknown') return hasOrder(others, state);
    return next.value === state && hasOrder(others, state);
  });
}

function begin(operation: Operation): number {
  return operation.process === PRELOAD_PROCESS ? -NEVER : operation.invoke;
}

function end(operation: Operation): number {
  if (operation.return === null) return NEVER;
  return operation.process === PRELOAD_PROCESS ? -NEVER : operation.return;
}
