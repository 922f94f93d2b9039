/** Fault schedules from a seed: what goes wrong, where, when and for how long, valid by construction. */
import { assert, type Nanos, type Prng, us } from '@ballast/base';
import { type Fault, type FaultEffect, FaultSchedule, keysOf } from './fault-schedule.ts';

/** What may happen to a node, and how often beside the other kinds. */
export type NodeFaultKind = 'crash' | 'pause' | 'cut' | 'slow' | 'skew' | 'drift';

export interface FaultTarget {
  readonly node: string;
  /** Its cable, for `cut`. */
  readonly link: string;
  readonly kinds: readonly NodeFaultKind[];
}

export interface RandomFaults {
  readonly targets: readonly FaultTarget[];
  /** Nodes that may be parted from each other; none when absent. */
  readonly pairs?: readonly (readonly [string, string])[];
  /** All faults lie within [0, durationNs). */
  readonly durationNs: Nanos;
  readonly countMax: number;
  /** Most faults are shorter than a tenth of this, a few are this long. */
  readonly longestNs: Nanos;
}

const SLOW_FACTORS = [2, 10, 50];
const SKEW_NS_MAX = us(500);
const DRIFT_PPM_MAX = 5_000;
/** Draws that meet a fault of the same kind on the same target are given up after so many. */
const TRIES_MAX = 20;
/** Share of the faults that part a pair, where there are pairs. There are many more of them than nodes. */
const PAIR_SHARE = 0.15;
/** How often a fault strikes where or when another one just did, instead of anywhere. */
const CORRELATED = 0.3;

/** Draws a schedule: sometimes of no fault at all. */
export function drawFaults(prng: Prng, options: RandomFaults): FaultSchedule {
  const { targets, countMax } = options;
  assert(targets.length > 0, 'a fault needs something to strike');
  const count = prng.below(countMax + 1);
  const faults: Fault[] = [];
  for (let i = 0; i < count; i++) {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const fault = drawFault(prng, options, faults.at(-1) ?? null);
      if (fault === null || faults.some((other) => overlaps(fault, other))) continue;
      faults.push(fault);
      break;
    }
  }
  return new FaultSchedule(faults);
}

function drawFault(prng: Prng, options: RandomFaults, last: Fault | null): Fault | null {
  const { durationNs, longestNs } = options;
  const effect = drawEffect(prng, options);
  if (effect === null) return null;
  const isLong = prng.chance(0.2);
  const forNs = Math.ceil((isLong ? longestNs : longestNs / 10) * (0.02 + 0.98 * prng.unit()));
  // Two things at once, or one right after another, find more than faults that keep their distance.
  const isNear = last !== null && prng.chance(CORRELATED);
  const atNs = isNear
    ? last.atNs + Math.floor(prng.unit() * 1.2 * last.forNs)
    : Math.floor(prng.unit() * durationNs);
  return atNs + forNs >= durationNs ? null : { ...effect, atNs, forNs };
}

function drawEffect(prng: Prng, { targets, pairs = [] }: RandomFaults): FaultEffect | null {
  if (prng.chance(pairs.length > 0 ? PAIR_SHARE : 0)) return { kind: 'part', nodes: prng.pick(pairs) };
  const { node, link, kinds } = prng.pick(targets);
  if (kinds.length === 0) return null;
  const kind = prng.pick(kinds);
  switch (kind) {
    case 'cut':
      return { kind, link };
    case 'slow':
      return { kind, node, factor: prng.pick(SLOW_FACTORS) };
    case 'skew':
      return { kind, node, byNs: Math.round((prng.unit() * 2 - 1) * SKEW_NS_MAX) };
    case 'drift':
      return { kind, node, ppm: Math.round((prng.unit() * 2 - 1) * DRIFT_PPM_MAX) };
    case 'crash':
    case 'pause':
      return { kind, node };
  }
}

/** Would the end of one be the end of the other? A crash and a pause of one node would, too. */
function overlaps(one: Fault, other: Fault): boolean {
  const isAtOnce = one.atNs <= other.atNs + other.forNs && other.atNs <= one.atNs + one.forNs;
  return isAtOnce && stateKeysOf(one).some((key) => stateKeysOf(other).includes(key));
}

function stateKeysOf(fault: Fault): readonly string[] {
  return fault.kind === 'crash' || fault.kind === 'pause' ? [`state ${fault.node}`] : keysOf(fault);
}
