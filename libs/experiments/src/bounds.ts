/** The analytic bounds that the figures show beside the measurements. */
import { us } from '@ballast/base';
import type { System } from '@ballast/rack';
import {
  type LoadShares,
  peakUtilisation,
  replicatedBound,
  sojournProbability,
  type ServiceTime,
} from '@ballast/workload';

export interface BoundOptions {
  readonly servers: number;
  readonly service: ServiceTime;
  readonly sloUs: number;
  /** Part of the latency that is not spent at a server: four link traversals. */
  readonly networkUs: number;
}

/**
 * Consistent hashing: every server is an M/G/1 queue with its share of the operations. The bound is the
 * total load at which 1 % of all operations, most of them at the fullest server, miss the objective. The same
 * for a value cache, whose hits meet it, and for replicas chosen at random, which split a Poisson stream.
 * Infinity when no operation comes to a server.
 */
export function hashingThroughput({ shares }: LoadShares, options: BoundOptions): number {
  const { service, sloUs, networkUs } = options;
  const objectiveNs = us(sloUs - networkUs);
  const capacity = 1e9 / service.meanNs;
  const fullest = Math.max(...shares);
  if (fullest === 0) return Infinity;
  const misses = (perSecond: number): number =>
    shares.reduce((sum, share) => {
      const utilisation = (perSecond * share) / capacity;
      if (utilisation >= 1) return 1;
      return sum + share * (1 - sojournProbability(service, utilisation, objectiveNs));
    }, 0);
  return largestLoad(misses, capacity / fullest);
}

/** The largest load, below `most`, at which 1 % of all operations miss the objective. */
function largestLoad(misses: (perSecond: number) => number, most: number): number {
  let low = 0;
  let high = most;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (misses(middle) <= 0.01) low = middle;
    else high = middle;
  }
  return low;
}

/** What a write meets beside the servers when it passes two racks. */
export interface ChainBoundOptions extends BoundOptions {
  readonly writeRatio: number;
  /** Part of a write's latency that is not spent at a server: seven link traversals. */
  readonly writeNetworkUs: number;
}

/**
 * Two racks of consistent hashing in a chain: as hashingThroughput, but a write is executed by a server of
 * the head before it comes to one of the tail. It is taken to wait once: with constant service times, what
 * has queued at the head comes to the tail in a line that needs no queue. Where reads come in between, it
 * waits a little at both, so this is an upper limit.
 */
export function chainedHashingThroughput({ shares }: LoadShares, options: ChainBoundOptions): number {
  const { service, sloUs, networkUs, writeNetworkUs, writeRatio } = options;
  const capacity = 1e9 / service.meanNs;
  const ofRead = us(sloUs - networkUs);
  const ofWrite = us(sloUs - writeNetworkUs) - service.meanNs;
  const misses = (perSecond: number): number =>
    shares.reduce((sum, share) => {
      const utilisation = (perSecond * share) / capacity;
      if (utilisation >= 1) return 1;
      const reads = (1 - writeRatio) * sojournProbability(service, utilisation, ofRead);
      const writes = writeRatio * sojournProbability(service, utilisation, ofWrite);
      return sum + share * (1 - reads - writes);
    }, 0);
  return largestLoad(misses, capacity / Math.max(...shares));
}

/**
 * Pegasus: the replicated keys fill up whatever the cold keys leave. However well the queues are chosen,
 * no server does more than its capacity, and none less than its cold keys ask.
 */
export function pegasusThroughput(shares: LoadShares, { servers, service }: BoundOptions): number {
  return (replicatedBound({ ...shares, servers }) * 1e9) / service.meanNs;
}

/** @param shares of that system, as `sharesOfSystem` gives them */
export function boundOf(system: System, shares: LoadShares, options: BoundOptions): number {
  // Whoever chooses by queues is bound by capacity; where chance alone decides, queues form earlier.
  const isByQueues = system === 'pegasus' || system === 'twoChoices';
  return isByQueues ? pegasusThroughput(shares, options) : hashingThroughput(shares, options);
}

/**
 * What the links carry: each client its part of all operations, each server's link what the server is to
 * answer; what the switch answers itself is in no server's share. Operations a second.
 *
 * @param options `perLink`: operations a second that one link carries
 */
export function linkBound(
  { shares, replicatedShare }: LoadShares,
  { servers, clients, perLink }: { servers: number; clients: number; perLink: number },
): number {
  const ofServers = shares.reduce((sum, share) => sum + share, replicatedShare);
  const fullest = Math.max(...shares, ofServers / servers);
  return Math.min(clients, 1 / fullest) * perLink;
}

/**
 * Servers of different speed, when operations on replicated keys go where there is room: all that they can
 * do together, unless cold keys alone fill one of them before.
 *
 * @param capacities operations a second, by server
 */
export function unequalThroughput({ shares }: LoadShares, capacities: readonly number[]): number {
  const together = capacities.reduce((sum, capacity) => sum + capacity, 0);
  return Math.min(together, ...capacities.map((capacity, server) => capacity / shares[server]!));
}

/** What one server alone can do under the objective, operations a second. */
export function oneServerPeak({ service, sloUs, networkUs }: BoundOptions): number {
  const objectiveNs = us(sloUs - networkUs);
  return (peakUtilisation(service, { quantile: 0.99, objectiveNs }) * 1e9) / service.meanNs;
}
