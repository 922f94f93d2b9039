/** Servers that join and leave a rack as its operator plans it. */
import type { Nanos, Prng } from '@ballast/base';

/** `rebalance`: the standby servers get their share of the ring. */
export type ServerChange =
  { readonly kind: 'rebalance' } | { readonly kind: 'leave'; readonly server: number };

export type PlannedChange = { readonly atNs: Nanos } & ServerChange;

export interface PlannedChanges {
  /** The last so many servers are not on the ring at first. */
  readonly standby: number;
  readonly steps: readonly PlannedChange[];
}

export const NO_CHANGES: PlannedChanges = { standby: 0, steps: [] };

/** Draws what is planned for a rack: often nothing. One server at least stays. */
export function drawChanges(
  prng: Prng,
  { servers }: { readonly servers: number },
  durationNs: Nanos,
): PlannedChanges {
  const atNs = (): Nanos => Math.floor(prng.unit() * durationNs);
  const standby = prng.chance(0.3) ? 1 + prng.below(Math.max(1, servers >> 1)) : 0;
  const steps: PlannedChange[] = [];
  if (standby > 0 && standby < servers) steps.push({ kind: 'rebalance', atNs: atNs() });
  if (servers > 2 && prng.chance(0.3))
    steps.push({ kind: 'leave', server: prng.below(servers), atNs: atNs() });
  return { standby: Math.min(standby, servers - 1), steps };
}
