import fc from 'fast-check';
import type { Operation, OperationKind, Outcome } from '../src/history.ts';
import { PRELOAD_PROCESS } from '../src/history.ts';

/** Few enough for the brute-force oracle. */
const OPERATIONS_MAX = 7;
const VALUES = ['a', 'b', 'c'];

interface Draft {
  readonly invoke: number;
  readonly latency: number;
  readonly kind: OperationKind;
  readonly outcome: Outcome;
  readonly isLoad: boolean;
  /** Of the values; a put of distinct values has its own. */
  readonly value: number;
  /** 0 to 1: where in its interval, or how late for an open one, it takes effect; above 0.7 an open one never does. */
  readonly effect: number;
}

const draft = fc.record<Draft>({
  invoke: fc.integer({ min: 0, max: 24 }),
  latency: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 15 })),
  kind: fc.constantFrom('get', 'get', 'get', 'put', 'put', 'delete'),
  outcome: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'unknown', 'fail'),
  isLoad: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
  value: fc.nat(VALUES.length - 1),
  effect: fc.double({ min: 0, max: 1, noNaN: true }),
});

/** Which read returns something else, and the value of which put, or absent. */
const mutation = fc.record({ read: fc.nat(9), write: fc.nat(9) });

/**
 * Histories of one key of an atomic register, of which some reads are changed.
 *
 * Made so that accepted and refused ones both come up often, near the border between them.
 */
export const arbitraryHistory: fc.Arbitrary<Operation[]> = fc
  .tuple(
    fc.array(draft, { minLength: 3, maxLength: OPERATIONS_MAX, size: 'max' }),
    fc.array(mutation, { maxLength: 3, size: 'max' }),
    fc.boolean(),
  )
  .map(([drafts, mutations, areDistinct]) => {
    const operations = runRegister(drafts, areDistinct);
    const reads = operations.flatMap((o, i) => (o.operation === 'get' && o.outcome === 'ok' ? [i] : []));
    for (const { read, write } of mutations) {
      const index = reads[read % Math.max(1, reads.length)];
      if (index === undefined) continue;
      const changed = operations[index]!;
      // Values written too late would be refused for a reason that any checker finds.
      const puts = operations.filter((o) => o.operation === 'put' && o.invoke <= changed.return!);
      operations[index] = { ...changed, value: puts[write % (puts.length + 1)]?.value ?? null };
    }
    return operations;
  });

function runRegister(drafts: readonly Draft[], areDistinct: boolean): Operation[] {
  const effectOf = (d: Draft): number => {
    if (d.isLoad) return -1;
    if (d.outcome === 'unknown') return d.effect > 0.7 ? Infinity : d.invoke + 40 * d.effect;
    return d.invoke + d.effect * d.latency;
  };
  const order = drafts.map((_, i) => i).sort((a, b) => effectOf(drafts[a]!) - effectOf(drafts[b]!));
  const values: (string | null)[] = drafts.map(() => null);
  let register: string | null = null;
  for (const i of order) {
    const { kind, outcome, value } = drafts[i]!;
    if (kind === 'put') values[i] = areDistinct ? `v${i}` : VALUES[value]!;
    if (outcome === 'fail') continue;
    if (kind === 'get' && outcome === 'ok') values[i] = register;
    else if (kind !== 'get' && effectOf(drafts[i]!) < Infinity) register = values[i]!;
  }
  return drafts.map(({ invoke, latency, kind, outcome, isLoad }, i) => ({
    process: isLoad ? PRELOAD_PROCESS : i,
    invoke,
    return: outcome === 'unknown' ? null : invoke + latency,
    ...{ operation: kind, key: 'k', value: values[i]!, outcome },
  }));
}
