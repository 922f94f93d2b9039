/**
 * Analytic bounds on a rack's throughput, in multiples of what one server can do.
 *
 * They hold for reads, which any copy can answer. Writes of replicated keys cost more than one server's
 * work each; the bound against the write ratio comes with the figure that needs it.
 */
import { assert } from '@ballast/base';
import type { PopularityDistribution } from './key-distribution.ts';
import type { KeySpace } from './key-space.ts';

/** Keys whose load is placed one by one by default: every key of a rack of a million. */
export const HEAD_KEYS = 2 ** 20;

export interface LoadShareOptions {
  readonly servers: number;
  readonly keys: PopularityDistribution;
  /** Home server of a key index, 0 ... servers - 1. */
  readonly homeOf: (key: number) => number;
  /** From ranks to key indexes; without it a rank is the index. */
  readonly keySpace?: KeySpace;
  /** The hottest keys that every server can serve; they are in no server's share. Default 0. */
  readonly replicatedKeys?: number;
  /** Keys placed one by one, hottest first; the rest is spread evenly. Default HEAD_KEYS. */
  readonly headKeys?: number;
}

export interface LoadShares {
  /** Per server: its share of all operations, without those of replicated keys. */
  readonly shares: Float64Array;
  /** Share of all operations that go to replicated keys. Adds up to 1 with the shares. */
  readonly replicatedShare: number;
}

/**
 * What share of the operations each server gets when every key lives on its home.
 *
 * The head is exact: each key's probability is added to its home. The keys after it are so many and so
 * equal that hashing spreads them evenly, so each server gets the mean of the tail. The error of that on
 * one server has deviation sqrt(sum of p^2 over the tail / servers): at 10^8 keys and theta 0.99, with the
 * default head and 28 servers, 10^-5 of all operations. Costs one `homeOf` per head key.
 */
export function loadShares(options: LoadShareOptions): LoadShares {
  const { servers, keys, homeOf, keySpace, replicatedKeys = 0 } = options;
  assert(Number.isInteger(servers) && servers >= 1, 'a rack has at least one server');
  assert(replicatedKeys >= 0 && replicatedKeys <= keys.n, 'no more keys are replicated than there are');
  const head = Math.min(keys.n, Math.max(replicatedKeys, options.headKeys ?? HEAD_KEYS));
  const shares = new Float64Array(servers);
  for (let rank = head - 1; rank >= replicatedKeys; rank--) {
    const home = homeOf(keySpace === undefined ? rank : keySpace.keyOf(rank));
    assert(home >= 0 && home < servers, 'the home of a key is one of the servers');
    shares[home] = shares[home]! + keys.probability(rank);
  }
  const tailShare = (1 - keys.headShare(head)) / servers;
  for (let server = 0; server < servers; server++) shares[server] = shares[server]! + tailShare;
  return { shares, replicatedShare: keys.headShare(replicatedKeys) };
}

/**
 * Throughput at which the most loaded server is full, when every key is served by its home alone.
 *
 * With total throughput T the busiest server does T max(share); it can do 1.
 *
 * @param options `shares` of all operations per server, as `loadShares` gives them without replicated keys.
 */
export function hashingBound(options: { servers: number; shares: Float64Array }): number {
  const { servers, shares } = options;
  assert(shares.length === servers, 'there is one share per server');
  return Math.min(servers, 1 / maxOf(shares));
}

/**
 * Throughput at which no server is overfull, when operations on replicated keys may go to any server.
 *
 * Fills water into a vessel: the home shares are its floor, the replicated share is the water, which
 * comes to rest at level 1 / servers if it covers the highest floor. Then all servers are full together
 * and the bound is `servers`; otherwise the busiest home is the bound, as in `hashingBound`.
 *
 * @param options shares as `loadShares` gives them; they add up to 1 with `replicatedShare`.
 */
export function replicatedBound(options: LoadShares & { servers: number }): number {
  const { servers, shares, replicatedShare } = options;
  assert(shares.length === servers, 'there is one share per server');
  const total = shares.reduce((a, b) => a + b, replicatedShare);
  assert(Math.abs(total - 1) < 1e-9, 'the shares of all servers and of the replicated keys add up to 1');
  return 1 / Math.max(maxOf(shares), 1 / servers);
}

function maxOf(shares: Float64Array): number {
  return shares.reduce((a, b) => Math.max(a, b), 0);
}
