/** What a rack is made of, and what may be varied. */
import { ms, type Nanos, NEVER, seconds, us } from '@ballast/base';
import {
  type ControllerConfig,
  type IncarnationCounter,
  type KeyHasher,
  type PegasusServer,
  type PopularityConfig,
  type ServerConfig,
  WINDOW_MAX,
} from '@ballast/pegasus';
import type { Program, Target } from '@ballast/pipeline';
import { type Estimator, SERVERS_MAX } from '@ballast/programs';
import { constant, type Distribution, type Kernel } from '@ballast/sim';
import type { KeyNames } from '@ballast/workload';
import type { RackController } from './controller-core.ts';
import type { Founding } from './founding.ts';
import type { OperationSource } from './load-client.ts';
import type { Durability, RackStorage } from './rack-storage.ts';

export type System = 'hashing' | 'pegasus' | 'netcache' | 'static' | 'twoChoices';
export const SYSTEMS: readonly System[] = ['hashing', 'pegasus', 'netcache', 'static', 'twoChoices'];

/** A rack's place in a chain of two (docs/pegasus-chain.md). */
export interface RackPlace {
  readonly kind: 'head' | 'tail';
  readonly incarnations: IncarnationCounter;
}

/** What a test may replace to see that it is needed. */
export interface RackParts {
  readonly program: Program;
  readonly server: (config: ServerConfig) => PegasusServer;
  readonly controller: (config: ControllerConfig) => RackController;
  /** Given the ring that the switch has: what loader and controller take for a key's home. */
  readonly homeOf: (ring: Uint8Array, hashHi: number) => number;
  readonly hasher: () => KeyHasher;
  readonly target: Target;
  readonly founding: Founding;
}

export interface RackOptions {
  readonly seed: number;
  /** To run on; a kernel of its own with the seed when absent. */
  readonly kernel?: Kernel;
  readonly system: System;
  /** All of them, the standby ones included. */
  readonly servers: number;
  /** The last so many servers have no part of the ring at first: they join the rack as it runs. */
  readonly standby?: number;
  readonly clients: number;
  /** Ports outside that are left free for hosts that join later. */
  readonly sparePorts?: number;
  /** Keys in the store at first, by index. */
  readonly keys: number;
  /** What keys are called: user000000000000 ... when absent. */
  readonly keyNames?: KeyNames;
  readonly valueBytes: number;
  readonly workload: OperationSource;
  /**
   * How operations start: at a total rate over all clients, or so many users that each wait for an answer.
   */
  readonly load:
    | { readonly kind: 'open'; readonly ratePerSecond: number }
    | { readonly kind: 'closed'; readonly users: number };
  /**
   * Open loop: operations in progress at most, per client. More wait at the client, and their latency counts.
   */
  readonly outstandingMax?: number;
  /** Operations start before this instant only. */
  readonly stopNs?: Nanos;
  readonly service: Distribution;
  /** Of a server that is faster or slower than the others; null: `service`. */
  readonly serviceOf?: (server: number) => Distribution | null;
  readonly serverCores?: number;
  /** Frames that a server's receive queue holds. */
  readonly queueFramesMax?: number;
  readonly linkLatencyNs?: Nanos;
  readonly bitsPerSecond?: number;
  readonly mtuBytes?: number;
  /** Keys that the switch has an entry or an item for, at most. */
  readonly hotKeysMax?: number;
  /** Static replication: indexes of the hot keys, hottest first; `hotKeysMax` of them are replicated. */
  readonly hotSet?: readonly number[];
  /** Static replication: servers that hold each of these keys; at most all. */
  readonly replicas?: number;
  readonly epochNs?: Nanos;
  /** How hot keys are found; only Pegasus has a sketch. Must be what `parts.program` does. */
  readonly estimator?: Estimator;
  /** Sampling: one request in so many is copied to the controller. */
  readonly sampleRatio?: number;
  /** Records what clients saw. */
  readonly history?: boolean;
  readonly isStrict?: boolean;
  readonly retransmitNs?: Nanos;
  readonly giveUpNs?: Nanos;
  /** How long the controller waits for a server's acknowledgement: some service times. */
  readonly controlRetryNs?: Nanos;
  /** Pause between two requests of a server to be taken in: longer than the journal takes to be durable. */
  readonly joinRetryNs?: Nanos;
  /** How long a server waits for another's acknowledgement. */
  readonly peerRetryNs?: Nanos;
  /** Pause between two looks at whether the servers are there. */
  readonly pingNs?: Nanos;
  /** A server that leaves so many unanswered counts as dead. */
  readonly missedPingsMax?: number;
  /** Of the simulated disks; without effect when `storage` is given. */
  readonly durability?: Durability;
  /** What survives its nodes; simulated disks when absent. */
  readonly storage?: RackStorage;
  /** How long a sync of a server's disk takes, with durability `disk`. */
  readonly syncNs?: Distribution;
  /** How the controller tells hot keys; see PopularityConfig. */
  readonly popularity?: Partial<Omit<PopularityConfig, 'estimator'>>;
  /** Null: it is alone. The clients of a chain are its head's. */
  readonly place?: RackPlace | null;
  readonly parts?: Partial<RackParts>;
}

/** What a rack is like where its options are silent. */
export const DEFAULTS = {
  standby: 0,
  sparePorts: 0,
  outstandingMax: WINDOW_MAX,
  stopNs: NEVER,
  serviceOf: () => null,
  serverCores: 1,
  queueFramesMax: 4096,
  linkLatencyNs: us(1),
  bitsPerSecond: 25e9,
  mtuBytes: 1500,
  hotKeysMax: 64,
  hotSet: [],
  replicas: SERVERS_MAX,
  epochNs: ms(5),
  estimator: 'sampling',
  sampleRatio: 64,
  history: false,
  isStrict: false,
  giveUpNs: seconds(1),
  controlRetryNs: us(200),
  joinRetryNs: us(200),
  missedPingsMax: 8,
  durability: 'none',
  syncNs: constant(us(50)),
  place: null,
} as const satisfies Partial<RackOptions>;

/** Pings do not wait behind requests, but a server of the wall clock may be late by much more than that. */
const SERVICES_PER_PING = 1_000;
const PING_NS_MIN = ms(5);

/** Pause between two pings of servers of this speed, where none is given. */
export function pingNsFor(service: Distribution): Nanos {
  return Math.max(PING_NS_MIN, service.meanNs * SERVICES_PER_PING);
}

/** More than a window of messages between two servers takes: repeats must not fill a queue. */
const SERVICES_PER_PEER_RETRY = 100;
const PEER_RETRY_NS_MIN = us(500);

/** How long servers of this speed wait for each other, where nothing is given. */
function peerRetryNsFor(service: Distribution): Nanos {
  return Math.max(PEER_RETRY_NS_MIN, service.meanNs * SERVICES_PER_PEER_RETRY);
}

const RETRANSMIT_NS_MIN = ms(2);

/**
 * First wait for an answer, where none is given: a full queue is served in that time. Requests that are
 * repeated while they wait in it would keep it full.
 */
export function retransmitNsFor(
  service: Distribution,
  queueFramesMax: number = DEFAULTS.queueFramesMax,
): Nanos {
  return Math.max(RETRANSMIT_NS_MIN, service.meanNs * queueFramesMax);
}

/** The times of a rack that follow from the speed of its servers, where none are given. */
export function timesFor(
  service: Distribution,
  queueFramesMax?: number,
): { readonly pingNs: Nanos; readonly peerRetryNs: Nanos; readonly retransmitNs: Nanos } {
  return {
    pingNs: pingNsFor(service),
    peerRetryNs: peerRetryNsFor(service),
    retransmitNs: retransmitNsFor(service, queueFramesMax),
  };
}

/** Published: hot from 4 samples an epoch on. The others are ours, see docs/pegasus.md. */
export const POPULARITY = { samplesMin: 4, requestsMin: 8, hysteresis: 1.5, decay: 0.5 } as const;
