import type { Prng } from '@ballast/base';
import { requireParameter, WorkloadError } from './workload-error.ts';

/**
 * What an operation asks for. On the wire `insert` is a put of a key that did not exist, and
 * `readModifyWrite` a get and, after its reply, a put of the same key; its latency spans both (YCSB F).
 */
export type OperationKind = 'get' | 'put' | 'delete' | 'insert' | 'readModifyWrite';

/** Share of each kind; a kind left out has share 0. The shares add up to 1. */
export type MixShares = { readonly [kind in OperationKind]?: number };

/** Rounding that a sum of shares written in decimal may carry. */
const SUM_TOLERANCE = 1e-9;

/** In this order of kinds a draw compares its number; the usual kinds come first. */
const KINDS: readonly OperationKind[] = ['get', 'put', 'readModifyWrite', 'insert', 'delete'];

/** The mix of kinds in a load. */
export class Mix {
  readonly shares: Readonly<Record<OperationKind, number>>;
  readonly #kinds: OperationKind[] = [];
  /** Upper ends of the kinds' intervals in [0, 1); the last is 1. Kinds of share 0 have none. */
  readonly #ends: Float64Array;

  constructor(shares: MixShares) {
    this.shares = { get: 0, put: 0, delete: 0, insert: 0, readModifyWrite: 0, ...shares };
    const ends: number[] = [];
    let sum = 0;
    for (const kind of KINDS) {
      const share = this.shares[kind];
      requireParameter(share >= 0 && share <= 1, `share of ${kind}`, share, 'a share from 0 to 1');
      if (share === 0) continue;
      sum += share;
      ends.push(sum);
      this.#kinds.push(kind);
    }
    if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) throw new WorkloadError({ code: 'MIX_SUM', sum });
    ends[ends.length - 1] = 1;
    this.#ends = Float64Array.from(ends);
  }

  next(prng: Prng): OperationKind {
    const u = prng.unit();
    let i = 0;
    while (u >= this.#ends[i]!) i++; // Ends: the last end is 1, and u is below it.
    return this.#kinds[i]!;
  }
}

/** YCSB's core workloads but for E (Cooper et al., SoCC 2010, table 2; F came with a later release). */
export type YcsbName = 'A' | 'B' | 'C' | 'D' | 'F';

const YCSB_MIXES: Readonly<Record<YcsbName, MixShares>> = {
  A: { get: 0.5, put: 0.5 },
  B: { get: 0.95, put: 0.05 },
  C: { get: 1 },
  D: { get: 0.95, insert: 0.05 },
  F: { get: 0.5, readModifyWrite: 0.5 },
};

/** Reads a workload's name in either case. WorkloadError: SCANS for E, UNKNOWN_WORKLOAD for others. */
export function parseYcsbName(text: string): YcsbName {
  const name = text.toUpperCase();
  if (isYcsbName(name)) return name;
  if (name === 'E') throw new WorkloadError({ code: 'SCANS', workload: name });
  throw new WorkloadError({ code: 'UNKNOWN_WORKLOAD', workload: text, known: Object.keys(YCSB_MIXES) });
}

/** The mix of a YCSB core workload. Its keys are Zipf's, but for D, whose keys are the latest. */
export function ycsbMix(name: YcsbName): Mix {
  return new Mix(YCSB_MIXES[name]);
}

/**
 * Reads and writes in any ratio.
 *
 * @param options `writeRatio` is the share of writes among operations; `deleteShare` (default 0) is the
 * share of deletes among the writes.
 */
export function readWriteMix(options: { writeRatio: number; deleteShare?: number }): Mix {
  const { writeRatio, deleteShare = 0 } = options;
  requireParameter(writeRatio >= 0 && writeRatio <= 1, 'writeRatio', writeRatio, 'a share from 0 to 1');
  requireParameter(deleteShare >= 0 && deleteShare <= 1, 'deleteShare', deleteShare, 'a share from 0 to 1');
  const deletes = writeRatio * deleteShare;
  return new Mix({ get: 1 - writeRatio, put: writeRatio - deletes, delete: deletes });
}

function isYcsbName(name: string): name is YcsbName {
  return Object.hasOwn(YCSB_MIXES, name);
}
