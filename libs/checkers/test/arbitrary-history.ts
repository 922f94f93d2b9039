import fc from 'fast-check';
import type { Operation, OperationKind, Outcome } from '../src/history.ts';
import { PRELOAD_PROCESS } from '../src/history.ts';

interface Draft {
  readonly client: number;
  /** Since the client's last operation ended. */
  readonly pause: number;
  readonly latency: number;
  readonly kind: OperationKind;
  readonly outcome: Outcome;
  readonly isLoad: boolean;
  readonly value: number;
  /** 0 to 1: where in its interval it takes effect, or how late an open one; above 0.6 that never does. */
  readonly effect: number;
}

interface Shape {
  readonly clients: number;
  /** Distinct values that puts write, drawn again and again. */
  readonly values: number;
}

const arbitraryDraft = fc.record<Draft>({
  client: fc.nat(9),
  pause: fc.nat(3),
  latency: fc.oneof(fc.nat(3), fc.nat(12), fc.nat(30)),
  kind: fc.constantFrom('get', 'get', 'get', 'get', 'put', 'put', 'put', 'delete'),
  outcome: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'unknown', 'fail'),
  isLoad: fc.nat(29).map((n) => n === 0),
  value: fc.nat(999),
  effect: fc.double({ min: 0, max: 1, noNaN: true }),
});

/** Which read returns something else, and what: the value of one of the writes around it. */
const arbitraryMutation = fc.record({ read: fc.nat(99), write: fc.nat(99) });

const arbitraryShape = fc.record<Shape>({
  clients: fc.constantFrom(2, 3, 4, 6, 10),
  values: fc.constantFrom(2, 3, 4, 8, 1000),
});

/**
 * Histories of one key of an atomic register, of which some reads are changed.
 *
 * Made so that accepted and refused ones both come up often, near the border between them.
 */
export function arbitraryHistory(operationsMin: number, operationsMax: number): fc.Arbitrary<Operation[]> {
  return fc
    .tuple(
      arbitraryShape,
      fc.array(arbitraryDraft, { minLength: operationsMin, maxLength: operationsMax, size: 'max' }),
      fc.array(arbitraryMutation, { maxLength: 4, size: 'max' }),
    )
    .map(([shape, drafts, mutations]) => {
      const operations = runRegister(shape, drafts);
      const reads = operations.flatMap(({ operation, outcome }, i) =>
        operation === 'get' && outcome === 'ok' ? [i] : [],
      );
      for (const { read, write } of reads.length === 0 ? [] : mutations) {
        const index = reads[read % reads.length]!;
        const changed = operations[index]!;
        // Values written too late, or long ago, would be refused for a reason that any checker finds.
        const writes = operations.filter(
          ({ operation, invoke }) =>
            operation !== 'get' && invoke <= changed.return! && invoke > changed.invoke - 25,
        );
        if (writes.length > 0)
          operations[index] = { ...changed, value: writes[write % writes.length]!.value };
      }
      return operations;
    });
}

function runRegister({ clients, values }: Shape, drafts: readonly Draft[]): Operation[] {
  const freeAt: number[] = [];
  const intervals = drafts.map(({ client, pause, latency }) => {
    const invoke = (freeAt[client % clients] ?? 0) + pause;
    freeAt[client % clients] = invoke + latency;
    return { invoke, end: invoke + latency };
  });
  const isLoadWrite = drafts.map(({ isLoad, kind }) => isLoad && kind !== 'get');
  const effects = drafts.map(({ outcome, effect, latency }, i) => {
    if (isLoadWrite[i]) return -1;
    if (outcome === 'unknown') return effect > 0.6 ? Infinity : intervals[i]!.invoke + 60 * effect;
    return intervals[i]!.invoke + effect * latency;
  });
  const results = drafts.map(({ kind, value }) => (kind === 'put' ? `v${value % values}` : null));
  let register: string | null = null;
  for (const i of drafts.map((_, index) => index).sort((a, b) => compare(effects[a]!, effects[b]!))) {
    const { kind, outcome } = drafts[i]!;
    if (outcome === 'fail' || effects[i] === Infinity) continue;
    if (kind !== 'get') register = results[i]!;
    else if (outcome === 'ok') results[i] = register;
  }
  return drafts.map(({ client, kind, outcome }, i) => ({
    process: isLoadWrite[i] ? PRELOAD_PROCESS : client % clients,
    invoke: intervals[i]!.invoke,
    return: outcome === 'unknown' ? null : intervals[i]!.end,
    ...{ operation: kind, key: 'k', value: results[i]!, outcome },
  }));
}

function compare(a: number, b: number): number {
  return a < b ? -1 : Number(a > b);
}
