/**
 * What a rack can be expected to do before it runs: its capacity, the load offered, the bound of each system.
 */
import { us } from '@ballast/base';
import { SipKeyHasher } from '@ballast/pegasus';
import { dealRing, homeOnRing } from '@ballast/rack';
import {
  hashingBound,
  type KeyNames,
  keyNamesOf,
  KeySpace,
  KeyText,
  loadShares,
  type LoadShares,
  type PopularityDistribution,
  replicatedBound,
  UniformKeys,
  ZipfKeys,
} from '@ballast/workload';
import { HOT_KEYS, type LiveSystem, OFFERED_SHARE, type RackUpOptions, type WorkloadKind } from './options.ts';

/** Operations a second. */
export type SystemBounds = Readonly<Record<LiveSystem, number>>;

export interface RackModel {
  /** What one server can do, and all of them, operations a second. */
  readonly serverPerSecond: number;
  readonly capacityPerSecond: number;
  readonly offeredPerSecond: number;
  /** None of a trace, whose popularity shows when it is read, and of keys whose popularity moves. */
  readonly bounds: Readonly<Partial<Record<WorkloadKind, SystemBounds>>>;
}

export function modelOf(options: RackUpOptions): RackModel {
  const serverPerSecond = 1e9 / us(options.serviceUs);
  const capacityPerSecond = options.servers * serverPerSecond;
  const offeredPerSecond = options.rate ?? capacityPerSecond * OFFERED_SHARE;
  return { serverPerSecond, capacityPerSecond, offeredPerSecond, bounds: boundsOf(options, serverPerSecond) };
}

/** Theta 0 is uniform. */
export function popularityOf(keys: number, theta: number): PopularityDistribution {
  return theta === 0 ? new UniformKeys(keys) : new ZipfKeys({ n: keys, theta });
}

/** Keys whose popularity changes in a shift; all others rise or fall by as many ranks. */
export function shiftedKeys(keys: number): number {
  return Math.min(HOT_KEYS, keys >> 1);
}

/** The home server of each key index from 0 to keys - 1. */
export function homesOf(servers: number, keys: number, keyNames: KeyNames = new KeyText()): Uint8Array {
  const ring = dealRing(servers);
  const hasher = new SipKeyHasher();
  const bytes = new Uint8Array(keyNames.bytesMax);
  return Uint8Array.from({ length: keys }, (_, index) => {
    hasher.hash(bytes, 0, keyNames.write(index, bytes, 0));
    return homeOnRing(ring, hasher.hi);
  });
}

/** Throughput at which the busiest server is full. `replicated` has the hot keys in no server's share. */
export function boundsOfShares(
  servers: number,
  serverPerSecond: number,
  { all, replicated }: { readonly all: LoadShares; readonly replicated: LoadShares },
): SystemBounds {
  return {
    hashing: hashingBound({ servers, shares: all.shares }) * serverPerSecond,
    pegasus: replicatedBound({ ...replicated, servers }) * serverPerSecond,
  };
}

function boundsOf(options: RackUpOptions, serverPerSecond: number): RackModel['bounds'] {
  const { servers, keys, zipf, seed, workload, preset } = options;
  if (workload !== null || preset?.popularity.kind === 'latest') return {};
  const homes = homesOf(servers, keys, preset === null ? undefined : keyNamesOf(preset));
  const bounds = (theta: number, keySpace: KeySpace): SystemBounds => {
    const shares = (replicatedKeys: number): LoadShares =>
      loadShares({
        servers,
        keys: popularityOf(keys, theta),
        keySpace,
        homeOf: (key) => homes[key]!,
        replicatedKeys,
      });
    return boundsOfShares(servers, serverPerSecond, {
      all: shares(0),
      replicated: shares(Math.min(HOT_KEYS, keys)),
    });
  };
  const before = new KeySpace({ n: keys, scrambleSeed: seed });
  if (preset !== null) return { preset: bounds(zipf, before) };
  const after = new KeySpace({ n: keys, scrambleSeed: seed });
  after.hotIn(shiftedKeys(keys));
  return { uniform: bounds(0, before), skewed: meanOf(bounds(zipf, before), bounds(zipf, after)) };
}

/** The hot set shifts in the middle: each half has its own hottest home. */
function meanOf(a: SystemBounds, b: SystemBounds): SystemBounds {
  return { hashing: (a.hashing + b.hashing) / 2, pegasus: (a.pegasus + b.pegasus) / 2 };
}
