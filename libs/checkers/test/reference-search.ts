import { NEVER } from '@ballast/base';
import { type Operation, PRELOAD_PROCESS } from '../src/history.ts';

/**
 * Linearizability of one key by the search of Wing and Gong, memoised as Lowe does.
 *
 * The oracle for a few dozen operations, where brute force takes too long. It knows nothing of registers but
 * what a put, a delete and a get do, so that it shares no rule with the checker.
 */
export function isLinearizableByReference(history: readonly Operation[]): boolean {
  const operations = history.filter(
    ({ outcome, operation }) => outcome === 'ok' || (outcome === 'unknown' && operation !== 'get'),
  );
  const required = bits(operations.map(({ outcome }) => outcome === 'ok'));
  const before = operations.map((next) => bits(operations.map((other) => end(other) < begin(next))));
  const failed = new Set<string>();

  const search = (done: bigint, state: string | null): boolean => {
    if ((done & required) === required) return true;
    const configuration = `${done} ${JSON.stringify(state)}`;
    if (failed.has(configuration)) return false;
    const found = operations.some(({ operation, value }, i) => {
      const bit = 1n << BigInt(i);
      if ((done & bit) !== 0n || (done & before[i]!) !== before[i]) return false;
      if (operation !== 'get') return search(done | bit, value);
      return value === state && search(done | bit, state);
    });
    if (!found) failed.add(configuration);
    return found;
  };
  return search(0n, null);
}

function bits(flags: readonly boolean[]): bigint {
  return flags.reduce((sum, flag, i) => sum | (BigInt(flag) << BigInt(i)), 0n);
}

function begin(operation: Operation): number {
  return operation.process === PRELOAD_PROCESS ? -NEVER : operation.invoke;
}

function end(operation: Operation): number {
  if (operation.return === null) return NEVER;
  return operation.process === PRELOAD_PROCESS ? -NEVER : operation.return;
}
