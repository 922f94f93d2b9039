import { assert, type Nanos, type Prng, unreachable, us } from '@ballast/base';
import { type Fault, type FaultEffect, FaultSchedule, keysOf } from './fault-schedule.ts';

/** The kinds of fault that a profile draws, those of links first. */
export const FAULT_KINDS = [
  'loss',
  'burstLoss',
  'duplicate',
  'reorder',
  'corrupt',
  'cut',
  'isolate',
  'crash',
  'pause',
  'slow',
  'skew',
  'drift',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

const LINK_KINDS: ReadonlySet<FaultKind> = new Set([
  'loss',
  'burstLoss',
  'duplicate',
  'reorder',
  'corrupt',
  'cut',
]);

/** How often faults of one kind begin anywhere, and how long they last; both exponential. */
export interface FaultRate {
  readonly meanGapNs: Nanos;
  readonly meanDurationNs: Nanos;
}

/** The worst that a schedule may do. Each fault draws its own severity, uniform up to these. */
export interface FaultLimits {
  readonly lossRatio: number;
  readonly duplicateRatio: number;
  readonly reorderRatio: number;
  readonly reorderDelayNs: Nanos;
  readonly corruptRatio: number;
  /** Mean length of a burst of loss. */
  readonly burstFrames: number;
  readonly slowdown: number;
  readonly skewNs: Nanos;
  readonly driftPpm: number;
  /** Nodes of the profile that are crashed, paused or isolated at once. */
  readonly nodesOut: number;
}

export const FAULT_LIMITS: FaultLimits = Object.freeze({
  lossRatio: 0.2,
  duplicateRatio: 0.2,
  reorderRatio: 0.3,
  reorderDelayNs: us(50),
  corruptRatio: 0.1,
  burstFrames: 10,
  slowdown: 10,
  skewNs: us(500),
  driftPpm: 200,
  nodesOut: Infinity,
});

/** What may go wrong in a random schedule, where, when and how badly. */
export interface FaultProfile {
  readonly fromNs: Nanos;
  /** Everything is healed at this instant. */
  readonly healNs: Nanos;
  /** Names of links that faults may strike. */
  readonly links: readonly string[];
  /** Names of nodes that may crash, pause, be isolated, slow, or have a wrong clock. */
  readonly nodes: readonly string[];
  readonly rates: Partial<Record<FaultKind, FaultRate>>;
  /** Where these differ from FAULT_LIMITS. */
  readonly limits?: Partial<FaultLimits>;
  /**
   * Draw which kinds take part, each with probability 1/2: swarm testing (Groce et al., ISSTA 2012).
   *
   * With every fault always on, the rare ones never meet a system that is otherwise well.
   */
  readonly isSwarm?: boolean;
}

/** A random schedule: the same for an equal state of the generator and an equal profile. */
export function randomFaults(prng: Prng, profile: FaultProfile): FaultSchedule {
  assert(profile.fromNs <= profile.healNs, 'a fault profile ends after it begins');
  const limits = { ...FAULT_LIMITS, ...profile.limits };
  const faults: Fault[] = [];
  for (const kind of FAULT_KINDS) {
    const rate = profile.rates[kind];
    if (rate === undefined) continue;
    const targets = LINK_KINDS.has(kind) ? profile.links : profile.nodes;
    assert(targets.length > 0, `a fault profile with ${kind} names what it may strike`);
    // Each kind has its own stream: what one draws does not shift the others.
    const draws = prng.fork(kind);
    if (profile.isSwarm === true && draws.chance(0.5)) continue;
    let atNs = profile.fromNs + draws.exponential(rate.meanGapNs);
    for (; atNs < profile.healNs; atNs += draws.exponential(rate.meanGapNs)) {
      const effect = drawEffect(kind, draws, profile, limits);
      const forNs = Math.min(draws.exponential(rate.meanDurationNs), profile.healNs - atNs);
      const fault = { ...effect, atNs: Math.floor(atNs), forNs: Math.floor(forNs) };
      if (fits(fault, faults, limits)) faults.push(fault);
    }
  }
  return new FaultSchedule(faults);
}

function drawEffect(kind: FaultKind, prng: Prng, profile: FaultProfile, limits: FaultLimits): FaultEffect {
  const upTo = (most: number): number => most * (1 - prng.unit());
  const either = (most: number): number => most * (2 * prng.unit() - 1);
  switch (kind) {
    case 'loss':
      return {
        kind: 'impair',
        link: prng.pick(profile.links),
        faults: { lossRatio: upTo(limits.lossRatio) },
      };
    case 'burstLoss': {
      const leaveRatio = 1 / Math.max(1, upTo(limits.burstFrames));
      const burstLoss = {
        enterRatio: upTo(limits.lossRatio) * leaveRatio,
        leaveRatio,
        goodLossRatio: 0,
        badLossRatio: 1,
      };
      return { kind: 'impair', link: prng.pick(profile.links), faults: { burstLoss } };
    }
    case 'duplicate': {
      const faults = { duplicateRatio: upTo(limits.duplicateRatio) };
      return { kind: 'impair', link: prng.pick(profile.links), faults };
    }
    case 'reorder': {
      const faults = { reorderRatio: upTo(limits.reorderRatio), reorderDelayNs: upTo(limits.reorderDelayNs) };
      return { kind: 'impair', link: prng.pick(profile.links), faults };
    }
    case 'corrupt':
      return {
        kind: 'impair',
        link: prng.pick(profile.links),
        faults: { corruptRatio: upTo(limits.corruptRatio) },
      };
    case 'cut':
      return { kind, link: prng.pick(profile.links) };
    case 'isolate':
      return { kind, nodes: drawSide(prng, profile.nodes, limits.nodesOut) };
    case 'crash':
    case 'pause':
      return { kind, node: prng.pick(profile.nodes) };
    case 'slow':
      return { kind, node: prng.pick(profile.nodes), factor: 1 + upTo(limits.slowdown - 1) };
    case 'skew':
      return { kind, node: prng.pick(profile.nodes), byNs: either(limits.skewNs) };
    case 'drift':
      return { kind, node: prng.pick(profile.nodes), ppm: either(limits.driftPpm) };
    default:
      return unreachable(kind);
  }
}

/** At most half of the nodes, in the order of the profile. */
function drawSide(prng: Prng, nodes: readonly string[], countMax: number): string[] {
  const half = Math.max(1, Math.min(Math.floor(nodes.length / 2), countMax));
  let needed = 1 + prng.below(half);
  return nodes.filter((_, index) => {
    // Each node is taken with the probability that fills the side (Knuth, TAOCP 3.4.2, algorithm S).
    if (prng.unit() * (nodes.length - index) >= needed) return false;
    needed--;
    return true;
  });
}

/** Whether the fault overlaps none that it would undo, and leaves enough nodes in. */
function fits(fault: Fault, faults: readonly Fault[], limits: FaultLimits): boolean {
  if (fault.forNs === 0) return false;
  const overlapping = faults.filter(
    (other) => other.atNs < fault.atNs + fault.forNs && fault.atNs < other.atNs + other.forNs,
  );
  const keys = new Set(keysOf(fault));
  if (overlapping.some((other) => keysOf(other).some((key) => keys.has(key)))) return false;
  const out = new Set(nodesOut(fault));
  if (out.size === 0) return true;
  for (const other of overlapping) for (const node of nodesOut(other)) out.add(node);
  return out.size <= limits.nodesOut;
}

function nodesOut(fault: FaultEffect): readonly string[] {
  if (fault.kind === 'isolate') return fault.nodes;
  return fault.kind === 'crash' || fault.kind === 'pause' ? [fault.node] : [];
}
