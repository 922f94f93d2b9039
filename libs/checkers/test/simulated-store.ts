import { type Nanos, NEVER, Prng } from '@ballast/base';
import type { Operation, OperationKind } from '../src/history.ts';

export interface SimulatedStoreOptions {
  readonly seed: number;
  readonly operations: number;
  /** Each has one operation in progress at a time. */
  readonly clients: number;
  readonly keys: number;
  /** Skew of the keys; 0 is uniform. */
  readonly zipf: number;
  readonly writeRatio: number;
  /** Of the writes. */
  readonly deleteRatio: number;
  /** Of the operations: the client gives up. */
  readonly unknownRatio: number;
  /** Writes draw from so many values; 0: every write has its own. */
  readonly distinctValues: number;
}

interface Draft {
  readonly process: number;
  readonly invoke: Nanos;
  readonly returned: Nanos | null;
  /** When the store serves it; NEVER if the request was lost. */
  readonly effect: Nanos;
  readonly kind: OperationKind;
  readonly key: string;
  value: string | null;
}

const MEAN_LATENCY_NS = 20_000;

/**
 * The history of an atomic store: every operation takes effect at one random instant of its interval.
 *
 * Linearizable by construction. In the order of invocation.
 */
export function simulateStore(options: SimulatedStoreOptions): Operation[] {
  const drafts = draftOperations(options);
  const store = new Map<string, string>();
  for (const draft of drafts.toSorted((a, b) => a.effect - b.effect)) {
    if (draft.effect === NEVER) break;
    if (draft.kind === 'get') draft.value = store.get(draft.key) ?? null;
    else if (draft.kind === 'put') store.set(draft.key, draft.value!);
    else store.delete(draft.key);
  }
  return drafts.map(({ process, invoke, returned, kind, key, value }) => ({
    ...{ process, invoke, return: returned, operation: kind, key },
    value: kind === 'get' && returned === null ? null : value,
    outcome: returned === null ? 'unknown' : 'ok',
  }));
}

function draftOperations(options: SimulatedStoreOptions): Draft[] {
  const rng = new Prng(options.seed);
  const pickKey = zipfKeys(options, rng);
  const freeAt = new Float64Array(options.clients);
  const drafts: Draft[] = [];
  for (let i = 0; i < options.operations; i++) {
    // Whoever has been idle longest goes next, so that drafts come in the order of invocation.
    const process = freeAt.indexOf(freeAt.reduce((a, b) => Math.min(a, b)));
    const invoke = freeAt[process]!;
    const latency = 1 + Math.floor(rng.exponential(MEAN_LATENCY_NS));
    const isWrite = rng.chance(options.writeRatio);
    const kind = !isWrite ? 'get' : rng.chance(options.deleteRatio) ? 'delete' : 'put';
    const isLost = rng.chance(options.unknownRatio);
    const delay = isLost ? rng.exponential(50 * MEAN_LATENCY_NS) : rng.below(latency + 1);
    const effect = isLost && rng.chance(0.5) ? NEVER : invoke + delay;
    const returned = isLost ? null : invoke + latency;
    const value =
      kind === 'put' ? `v${options.distinctValues === 0 ? i : rng.below(options.distinctValues)}` : null;
    drafts.push({ process, invoke, returned, effect, kind, key: pickKey(), value });
    freeAt[process] = invoke + latency + 1 + rng.below(MEAN_LATENCY_NS);
  }
  return drafts;
}

/** Keys by inversion of the cumulative distribution. */
function zipfKeys({ keys, zipf }: SimulatedStoreOptions, rng: Prng): () => string {
  const cumulative = new Float64Array(keys);
  let total = 0;
  for (let rank = 0; rank < keys; rank++) {
    total += (rank + 1) ** -zipf;
    cumulative[rank] = total;
  }
  return () => {
    const target = rng.unit() * total;
    let low = 0;
    let high = keys - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return `key${low}`;
  };
}
