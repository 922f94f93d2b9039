/** The rack of a setting, ready to be measured: what every figure of a storage rack begins with. */
import { ms, NEVER, us } from '@ballast/base';
import { Rack, RackChain, type RackOptions, retransmitNsFor, type System } from '@ballast/rack';
import { constant, type Distribution, exponential } from '@ballast/sim';
import {
  ConstantSize,
  KeySpace,
  type LoadShares,
  type PopularityDistribution,
  readWriteMix,
  type ServiceTime,
  UniformKeys,
  Workload,
  ZipfKeys,
} from '@ballast/workload';
import { boundOf, type BoundOptions, linkBound } from './bounds.ts';
import type { LoadedRack } from './experiment.ts';
import { linkOperations, serialisationUs } from './network-load.ts';
import { conflict } from './parameters.ts';
import type { Setting } from './rack-parameters.ts';
import { sharesOfSystem } from './system-shares.ts';

/** Systems that find out for themselves which keys are hot. */
const LEARNING: ReadonlySet<System> = new Set<System>(['pegasus', 'netcache']);
/** Virtual time that the directory gets to learn the hot keys before the first probe. */
const LEARNING_EPOCHS = 12;
const EPOCH_NS_MIN = ms(5);
/** Slower servers answer fewer requests in a time, and the directory learns from requests. */
const SERVICES_PER_EPOCH = 1_000;
/** Later than any reply that meets the objective, by far: a repeat before that is load of our own making. */
const RETRANSMIT_OBJECTIVES = 8;
/** Doubling waits reach it after a few transmissions. */
const GIVE_UP_RETRANSMITS = 200;
/** What a server is given to acknowledge a message of the controller: a queue of so many requests. */
const SERVICES_PER_CONTROL_RETRY = 40;
const CONTROL_RETRY_NS_MIN = us(200);
/** Denser than in a real rack, so that an epoch of milliseconds shows what seconds would. */
const SAMPLE_RATIO = 8;
/** Values that leave no room for headers in a frame of 1,500 bytes. */
const VALUE_BYTES_OF_MTU_1500 = 1_300;
/** All that a rack's servers store, and what an item takes beside its value. */
const STORE_BYTES_MAX = 4 * 2 ** 30;
const ITEM_BYTES = 80;
/** Four link traversals: client, switch, server and back. */
const HOPS = 4;
/** Of the loads that the directory learns under: far enough below what the rack can do at that time. */
const FIRST_LEARNING_SHARE = 0.8;
const SECOND_LEARNING_SHARE = 0.6;

/** What analysis says of a rack. */
export interface Analysed {
  readonly boundOptions: BoundOptions;
  /** Analytic bound of its throughput, operations a second. */
  readonly bound: number;
  /** The same without help for hot keys: what the rack can do before anything is learned. */
  readonly unaidedBound: number;
  /** Each server's share of the operations; those of replicated keys are in none. */
  readonly shares: LoadShares;
}

/** A rack, what it is asked for, and what analysis says of it. */
export interface StorageRack extends Analysed {
  readonly rack: Rack;
  /** Whose hot set may be shifted. */
  readonly keySpace: KeySpace;
}

/** Puts up the rack of a setting. `options` are what the setting does not say. */
export function makeStorageRack(
  setting: Setting,
  { keepsHistory, options = {} }: { keepsHistory: boolean; options?: Partial<RackOptions> },
): StorageRack {
  const load = loadOf(setting);
  const rack = new Rack({ ...load.options, ...options, workload: load.workload, history: keepsHistory });
  return { rack, keySpace: load.keySpace, ...load.analysis((key) => rack.homeOfIndex(key)) };
}

/** Puts up two racks of a setting in a chain. Its bounds are those of one: the tail executes everything. */
export function makeStorageChain(
  setting: Setting,
  { keepsHistory }: { keepsHistory: boolean },
): Analysed & { readonly rack: RackChain } {
  const load = loadOf(setting);
  const rack = new RackChain({ ...load.options, workload: load.workload, history: keepsHistory });
  return { rack, ...load.analysis((key) => rack.tail.homeOfIndex(key)) };
}

/** What the racks of a setting are asked for, what they are like, and how they are analysed. */
function loadOf(setting: Setting) {
  const { servers, keys, system } = setting;
  const popularity = popularityOf(setting);
  const keySpace = new KeySpace({ n: keys, scrambleSeed: setting.seed });
  const workload = new Workload({
    mix: readWriteMix({ writeRatio: setting['write-ratio'] }),
    keys: popularity,
    keySpace,
    valueBytes: new ConstantSize(setting['value-bytes']),
  });
  const hotKeys = Math.min(keys, setting['directory-entries']);
  const hotSet = Array.from({ length: hotKeys }, (_, rank) => keySpace.keyOf(rank));
  const boundOptions = boundOptionsOf(setting);
  const perLink = linkOperations(setting);
  const analysis = (homeOf: (key: number) => number): Analysed => {
    const sharesOf = (one: System): LoadShares =>
      sharesOfSystem(one, {
        servers,
        keys: popularity,
        keySpace,
        homeOf,
        writeRatio: setting['write-ratio'],
        hotKeys,
        replicas: servers,
      });
    const within = (ofServers: number, load: LoadShares): number =>
      Math.min(ofServers, linkBound(load, { servers, clients: setting.clients, perLink }));
    const [unaided, shares] = [sharesOf('hashing'), sharesOf(system)];
    return {
      boundOptions,
      bound: within(boundOf(system, shares, boundOptions), shares),
      unaidedBound: within(boundOf('hashing', unaided, boundOptions), unaided),
      shares,
    };
  };
  return { options: { ...rackOptions(setting), hotSet }, keySpace, workload, analysis };
}

/**
 * Lets the rack find its hot keys. First under a load that the homes of the hot keys can carry, or their
 * queues fill before anything is learned; then under one that shows the less hot ones too.
 */
export function learn({
  rack,
  unaidedBound,
  bound,
}: Pick<Analysed, 'unaidedBound' | 'bound'> & { readonly rack: LoadedRack }): void {
  if (!LEARNING.has(rack.options.system)) return;
  for (const rate of [unaidedBound * FIRST_LEARNING_SHARE, bound * SECOND_LEARNING_SHARE]) {
    rack.setRate(rate);
    rack.kernel.runUntil(rack.kernel.now + LEARNING_EPOCHS * rack.options.epochNs);
  }
}

/** Requests that are simulated while a rack learns; at most, for they follow from its bounds. */
export function learningWork(setting: Setting): number {
  if (!LEARNING.has(setting.system)) return 0;
  const capacity = (setting.servers * 1e6) / setting['service-us'];
  return (LEARNING_EPOCHS * capacity * timesOf(setting).epochNs) / 1e9;
}

/** @throws ParameterError when no request could meet the objective, or the store would not fit into memory */
export function requireFeasible(setting: Omit<Setting, 'system'>): void {
  const { keys, 'slo-us': sloUs, 'value-bytes': valueBytes } = setting;
  const least = idleUs(setting);
  if (sloUs <= least) {
    const expected = `more than ${Number(least.toFixed(2))} us: one request on an idle rack takes that long`;
    throw conflict('slo-us', sloUs, `${expected} (service and four links)`);
  }
  const keysMax = Math.floor(STORE_BYTES_MAX / (valueBytes + ITEM_BYTES));
  if (keys > keysMax) {
    const expected = `at most ${keysMax} with values of ${valueBytes} bytes: all of them are held in memory`;
    throw conflict('keys', keys, expected);
  }
}

type Service = Pick<Setting, 'service' | 'service-us'>;

/** Service times of the setting's servers, `factor` times as long. */
export function serviceOf(setting: Service, factor = 1): Distribution {
  const { kind, meanNs } = serviceTime(setting, factor);
  return kind === 'exponential' ? exponential(meanNs) : constant(meanNs);
}

/** The same for analysis. */
export function serviceTime(setting: Service, factor = 1): ServiceTime {
  const kind = setting.service === 'exponential' ? 'exponential' : 'constant';
  return { kind, meanNs: us(setting['service-us']) * factor };
}

export function popularityOf({ zipf, keys }: Pick<Setting, 'zipf' | 'keys'>): PopularityDistribution {
  return zipf === 0 ? new UniformKeys(keys) : new ZipfKeys({ n: keys, theta: zipf });
}

function boundOptionsOf(setting: Setting): BoundOptions {
  return {
    servers: setting.servers,
    service: serviceTime(setting),
    sloUs: setting['slo-us'],
    networkUs: networkUs(setting),
  };
}

function networkUs(setting: Omit<Setting, 'system'>): number {
  return HOPS * setting['link-us'] + serialisationUs(setting);
}

function idleUs(setting: Omit<Setting, 'system'>): number {
  return setting['service-us'] + networkUs(setting);
}

function rackOptions(setting: Setting): Omit<RackOptions, 'workload'> {
  const valueBytes = setting['value-bytes'];
  return {
    seed: setting.seed,
    system: setting.system,
    servers: setting.servers,
    clients: setting.clients,
    keys: setting.keys,
    valueBytes,
    load: { kind: 'open', ratePerSecond: 1 },
    service: serviceOf(setting),
    linkLatencyNs: us(setting['link-us']),
    bitsPerSecond: setting['link-gbps'] * 1e9,
    hotKeysMax: setting['directory-entries'],
    ...timesOf(setting),
    mtuBytes: valueBytes > VALUE_BYTES_OF_MTU_1500 ? 9_000 : 1_500,
    sampleRatio: SAMPLE_RATIO,
    stopNs: NEVER,
  };
}

/** Times that follow from how slow the servers and how long the objective are. */
function timesOf(setting: Omit<Setting, 'system'>) {
  const serviceNs = us(setting['service-us']);
  const retransmitNs = Math.max(
    retransmitNsFor(serviceOf(setting)),
    us(setting['slo-us']) * RETRANSMIT_OBJECTIVES,
  );
  return {
    epochNs: Math.max(EPOCH_NS_MIN, serviceNs * SERVICES_PER_EPOCH),
    retransmitNs,
    giveUpNs: retransmitNs * GIVE_UP_RETRANSMITS,
    controlRetryNs: Math.max(CONTROL_RETRY_NS_MIN, serviceNs * SERVICES_PER_CONTROL_RETRY),
  } satisfies Partial<RackOptions>;
}
