/**
 * A rack: clients, a top-of-rack switch with the Pegasus program, storage servers and a directory
 * controller, on one event kernel. The simulator runs it in virtual time; the embedded rack lets it
 * follow the wall clock. Servers, switch and controller may crash and start again.
 */
import { assert, type Core, type Nanos, Prng, us } from '@ballast/base';
import { HistoryRecorder } from '@ballast/checkers';
import {
  type ControllerCounters,
  type KeyHasher,
  ReplicaChoice,
  SipKeyHasher,
  StaticSet,
} from '@ballast/pegasus';
import { jsTarget, SwitchCore } from '@ballast/pipeline';
import {
  type Channel,
  type Host,
  Kernel,
  type Link,
  type PortRef,
  SimDisk,
  type SimNode,
} from '@ballast/sim';
import {
  type ArrivalProcess,
  type Histogram,
  type KeyNames,
  KeyText,
  NOT_A_KEY,
  PoissonArrivals,
} from '@ballast/workload';
import {
  clientAddress,
  controllerAddress,
  insidePorts,
  pairFilter,
  serverAddress,
  SWITCH_MAC,
  VIP,
} from './addressing.ts';
import { FIRST_EPOCH, FOUNDING_MEMBER, foundingRecords, foundingStart } from './founding.ts';
import { latencyHistogram, LoadClient, VALUE_MARK_BYTES } from './load-client.ts';
import { ControllerCore, type ControlReply, type ControlRequest, sumCounters } from './controller-core.ts';
import type { SwitchShape } from './directory-driver.ts';
import type { PlannedChange } from './planned-changes.ts';
import {
  DEFAULTS,
  pingNsFor,
  POPULARITY,
  type RackOptions,
  type RackParts,
  retransmitNsFor,
} from './rack-options.ts';
import { dealRing, homeOnRing } from './ring.ts';
import { isControl, serviceCost } from './service-cost.ts';
import { type PlacedKey, replicateKeys } from './static-replication.ts';
import { StorageCore } from './storage-core.ts';
import { type SystemDesign, systemDesigns } from './systems.ts';

/** Latency of the management plane between controller and switch, one way. */
const CONTROL_LATENCY_NS = us(20);
const CLIENT_RETRY_NS = us(50);
const JOIN_RETRY_NS = us(200);
/** Version of what was in the store before the rack started: incarnation 0, counter 1. */
const PRELOAD_COUNTER = 1;

/** One window of measurement, over all clients. */
export interface RackReading {
  readonly throughputPerSecond: number;
  readonly offeredPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly meanUs: number;
  readonly operations: number;
  /** Operations that ended without an answer or were never sent. */
  readonly lost: number;
  /** Per server: share of its CPU time in use. */
  readonly utilisation: readonly number[];
}

/** Totals at an instant. */
interface Mark {
  readonly ns: Nanos;
  readonly ok: number;
  readonly started: number;
  readonly lost: number;
  /** By server. */
  readonly busyNs: readonly Nanos[];
}

export interface HotKeyState {
  readonly key: string;
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
  /** Ids of the servers that hold its newest version. */
  readonly replicas: readonly number[];
}

type Management = Channel<ControlRequest, ControlReply, ControllerCore, SwitchCore>;

export class Rack {
  readonly kernel: Kernel;
  readonly options: Required<Omit<RackOptions, 'parts' | 'kernel' | 'keyNames'>>;
  readonly switchNode: SimNode<SwitchCore>;
  readonly servers: readonly SimNode<StorageCore>[];
  readonly controller: SimNode<ControllerCore>;
  readonly clients: readonly SimNode<LoadClient>[];
  readonly history: HistoryRecorder | null;
  readonly keyNames: KeyNames;
  readonly #ring: Uint8Array;
  readonly #design: SystemDesign;
  readonly #parts: RackParts;
  readonly #hasher: KeyHasher;
  readonly #staticSet: StaticSet;
  /** Of the controllers that have crashed. */
  #pastCounters: ControllerCounters[] = [];
  /** Between controller and switch. */
  #management: Management | null = null;
  /** Where `reading` and `takeWindow` count from. */
  #measured: Mark;
  #window: Mark;

  constructor(options: RackOptions) {
    const { parts, kernel, keyNames = new KeyText(), ...given } = options;
    this.keyNames = keyNames;
    const { service, queueFramesMax } = given;
    const times = { pingNs: pingNsFor(service), retransmitNs: retransmitNsFor(service, queueFramesMax) };
    this.options = { ...DEFAULTS, popularity: {}, ...times, ...given };
    this.#design = systemDesigns[this.options.system];
    this.#parts = {
      program: this.#design.program(this.options),
      server: this.#design.server,
      controller: this.#design.controller,
      homeOf: homeOnRing,
      hasher: () => new SipKeyHasher(),
      target: jsTarget,
      ...parts,
    };
    const { seed, mtuBytes, isStrict, servers, clients, system, estimator } = this.options;
    assert(servers >= 1 && servers <= 32, 'a rack has 1 to 32 servers');
    assert(system === 'pegasus' || estimator === 'sampling', 'only Pegasus has a sketch');
    this.kernel = kernel ?? new Kernel({ seed, mtuBytes, isStrict });
    this.kernel.pairFilter = pairFilter(servers);
    this.#hasher = this.#parts.hasher();
    assert(this.#founders > 0, 'one server at least is on the ring');
    this.#ring = dealRing(this.#founders);
    this.#staticSet = new StaticSet(servers, Math.min(servers, this.options.replicas));
    this.history = this.options.history
      ? new HistoryRecorder({ initial: (key) => (this.#isPreloaded(key) ? '0.0' : null) })
      : null;
    this.switchNode = this.#addSwitch();
    this.servers = Array.from({ length: servers }, (_, id) => this.#addServer(id));
    this.controller = this.#addController();
    this.clients = Array.from({ length: clients }, (_, index) => this.#addClient(index));
    this.#preload();
    if (this.#design.replicaChoice !== null) this.#replicateHotSet();
    this.#measured = this.#mark();
    this.#window = this.#measured;
  }

  /** Number of the live set, which requests carry. */
  get epoch(): number {
    return this.controller.core.controller.epoch;
  }

  /** What the controller and those before it counted. */
  get controllerCounters(): ControllerCounters {
    return sumCounters([...this.#pastCounters, this.controller.core.controller.counters]);
  }

  /** The server that a key belongs to while it is cold. */
  homeOf(key: Uint8Array): number {
    this.#hasher.hash(key, 0, key.length);
    return this.#parts.homeOf(this.#ring, this.#hasher.hi);
  }

  /** The home of a key by its index. */
  homeOfIndex(index: number): number {
    const key = new Uint8Array(this.keyNames.bytesMax);
    return this.homeOf(key.subarray(0, this.keyNames.write(index, key, 0)));
  }

  /** Changes the total rate of an open loop. */
  setRate(ratePerSecond: number): void {
    for (const node of this.clients) {
      node.command((core, now) => core.setRate(ratePerSecond / this.clients.length, now));
    }
  }

  /** Begins what an operator has planned; nothing while the controller is down. */
  changeServers(change: PlannedChange): void {
    if (!this.controller.isUp) return;
    this.controller.command(({ controller }) => {
      if (change.kind === 'leave') controller.leave?.(change.server);
      else controller.rebalance?.();
    });
  }

  /** No operation starts from now on. */
  stopLoad(): void {
    for (const node of this.clients) node.command((core, now) => core.stop(now));
  }

  /** Starts the measurement that `reading` reads. */
  measureFrom(): void {
    this.#measured = this.#mark();
    for (const node of this.clients) node.command((core, now) => core.measureFrom(now));
  }

  /** What was measured since `measureFrom`. Latencies are of operations meant to be sent since then. */
  reading(): RackReading {
    return this.#readingSince(this.#measured, merged(this.clients.map((node) => node.core.latencies)));
  }

  /** What happened since the last call. Latencies are of operations that ended since then: for live views. */
  takeWindow(): RackReading {
    const histograms = this.clients.map((node) => node.core.windowLatencies);
    const reading = this.#readingSince(this.#window, merged(histograms));
    this.#window = this.#mark();
    for (const histogram of histograms) histogram.reset();
    return reading;
  }

  /** The directory as it is now, hottest key first. Empty for hashing. */
  hotKeys(): HotKeyState[] {
    const perSecond = 1e9 / this.options.epochNs;
    const report = this.controller.core.controller.report();
    return report.map(({ entry, key, reads, writes }) => {
      const set = this.#design.replicaSet(this.switchNode.core.control, entry);
      const replicas = this.servers.map((_, id) => id).filter((id) => ((set >>> id) & 1) === 1);
      return { key, readsPerSecond: reads * perSecond, writesPerSecond: writes * perSecond, replicas };
    });
  }

  /** The cable of a node: 'server3-tor', 'client0-tor', 'controller-tor'. */
  link(name: string): Link {
    return this.kernel.link(name);
  }

  get links(): readonly string[] {
    return this.kernel.links.map((link) => link.name);
  }

  #readingSince(since: Mark, latencies: Histogram): RackReading {
    const mark = this.#mark();
    const elapsedNs = Math.max(1, mark.ns - since.ns);
    return {
      throughputPerSecond: ((mark.ok - since.ok) / elapsedNs) * 1e9,
      offeredPerSecond: ((mark.started - since.started) / elapsedNs) * 1e9,
      p50Us: latencies.percentile(50) / 1000,
      p99Us: latencies.percentile(99) / 1000,
      meanUs: latencies.mean / 1000,
      operations: latencies.count,
      lost: mark.lost - since.lost,
      utilisation: mark.busyNs.map(
        (busyNs, id) => (busyNs - since.busyNs[id]!) / elapsedNs / this.options.serverCores,
      ),
    };
  }

  #mark(): Mark {
    let ok = 0;
    let started = 0;
    let lost = 0;
    for (const { core } of this.clients) {
      ok += core.counters.ok;
      started += core.counters.started;
      lost += core.counters.failed + core.counters.unknown + core.counters.shed;
    }
    return { ns: this.kernel.now, ok, started, lost, busyNs: this.servers.map((node) => node.stats.busyNs) };
  }

  /** Puts a node on spare port `spare` (0 ... sparePorts - 1). Its cable is '<name>-tor'. */
  connectSpare<C extends Core>(spare: number, name: string, core: (host: Host) => C): SimNode<C> {
    const { servers, clients, sparePorts } = this.options;
    assert(spare >= 0 && spare < sparePorts, `${spare} is one of ${sparePorts} spare ports`);
    const node = this.kernel.addNode<C>({ name, core });
    this.#connect(node.port(0), insidePorts(servers) + clients + spare);
    return node;
  }

  /** What the switch is told that no controller decides. */
  get #shape(): SwitchShape {
    const { servers, clients, estimator, sampleRatio } = this.options;
    return {
      servers,
      sampleRatio: this.#design.isSampled && estimator === 'sampling' ? sampleRatio : null,
      clients: Array.from({ length: clients }, (_, index) => clientAddress(servers, index)),
    };
  }

  /** Servers that are on the ring from the start. */
  get #founders(): number {
    return this.options.servers - this.options.standby;
  }

  #addSwitch(): SimNode<SwitchCore> {
    const { servers, clients, sparePorts, seed } = this.options;
    const ports = insidePorts(servers) + clients + sparePorts;
    const node = this.kernel.addNode({
      name: 'tor',
      core: (host) => {
        const instance = this.#parts.target.load(this.#parts.program, { seed: seed + 1 + host.incarnation });
        if (host.incarnation > 0) this.#management?.b.send({ kind: 'started' });
        return new SwitchCore({ instance, ports, pool: host.pool });
      },
    });
    const start = foundingStart(this.#founders, this.#ring);
    this.#design.setUp(node.core.control, this.#shape, start);
    return node;
  }

  #connect(port: PortRef, torPort: number): void {
    const { linkLatencyNs, bitsPerSecond } = this.options;
    const shape = { latencyNs: linkLatencyNs, bitsPerSecond, queueBytesMax: 1 << 20 };
    this.kernel.connect(port, this.switchNode.port(torPort), { ...shape, name: `${port.nodeName}-tor` });
  }

  #addServer(id: number): SimNode<StorageCore> {
    const { servers, keys, serviceOf, serverCores, queueFramesMax, durability, syncNs } = this.options;
    const service = serviceOf(id) ?? this.options.service;
    const { port, mac, ip } = serverAddress(id);
    const prng = new Prng(this.options.seed).fork(`disk${id}`);
    const disk = durability === 'none' ? null : new SimDisk({ syncNs, prng });
    const costNs = serviceCost(service.meanNs);
    const node = this.kernel.addNode<StorageCore>({
      name: `server${id}`,
      cpu: { cores: serverCores, service, queueFramesMax, costNs, isUrgent: isControl },
      core: (host) =>
        new StorageCore({
          disk,
          durability,
          member: host.incarnation === 0 && id < this.#founders ? FOUNDING_MEMBER : null,
          expectedItems: Math.ceil((keys / servers) * 1.1) + 64,
          make: this.#parts.server,
          config: {
            id,
            joinRetryNs: JOIN_RETRY_NS,
            mac,
            ip,
            gatewayMac: SWITCH_MAC,
            vip: VIP,
            controllerIp: controllerAddress(servers).ip,
            serverIps: Array.from({ length: servers }, (_, other) => serverAddress(other).ip),
            load: () => host.queueLength,
            hasher: this.#parts.hasher(),
            pool: host.pool,
            prng: host.prng,
          },
        }),
      onCrash: (core) => core.crash(prng),
    });
    this.#connect(node.port(0), port);
    return node;
  }

  #addController(): SimNode<ControllerCore> {
    const { servers, epochNs, hotKeysMax, estimator, sampleRatio, popularity } = this.options;
    const { controlRetryNs, pingNs, missedPingsMax } = this.options;
    const { port, mac, ip } = controllerAddress(servers);
    let records = foundingRecords(this.#founders, this.#ring);
    const node = this.kernel.addNode<ControllerCore>({
      name: 'controller',
      core: (host) => {
        const controller = this.#parts.controller({
          ip,
          mac,
          gatewayMac: SWITCH_MAC,
          serverIps: Array.from({ length: servers }, (_, id) => serverAddress(id).ip),
          homeOf: this.#parts.homeOf,
          startNs: host.incarnation === 0 ? 0 : host.nowNs,
          epochNs,
          hotKeysMax,
          transitionsMax: 16,
          retryNs: controlRetryNs,
          pingNs,
          missedPingsMax,
          journal: {
            append: (record) => void records.push(record),
            rewrite: (all) => void (records = [...all]),
          },
          records: [...records],
          popularity: { estimator, sampleRatio, ...POPULARITY, ...popularity },
          pool: host.pool,
        });
        return new ControllerCore(controller, (request) => this.#management?.a.send(request));
      },
      onCrash: ({ controller }) => void this.#pastCounters.push(controller.counters),
    });
    this.#connect(node.port(0), port);
    const channel: Management = this.kernel.channel(node, this.switchNode, CONTROL_LATENCY_NS);
    channel.b.onMessage((core, _now, { id, command }) => {
      const result = this.#design.runCommand(core.control, this.#shape, command);
      channel.b.send({ kind: 'done', id, result });
    });
    channel.a.onMessage((core, now, message) => {
      if (message.kind === 'started') core.controller.switchStarted?.();
      else core.controller.commandDone(now, message.id, message.result);
    });
    this.#management = channel;
    return node;
  }

  #addClient(index: number): SimNode<LoadClient> {
    const { servers, clients, load, workload, stopNs, mtuBytes, retransmitNs, giveUpNs, outstandingMax } =
      this.options;
    const { port, mac, ip, udpPort } = clientAddress(servers, index);
    const { replicaChoice } = this.#design;
    const node = this.kernel.addNode<LoadClient>({
      name: `client${index}`,
      core: (host) =>
        new LoadClient({
          client: {
            clientId: index + 1,
            mac,
            ip,
            udpPort,
            gatewayMac: SWITCH_MAC,
            vip: VIP,
            epoch: FIRST_EPOCH,
            mtuBytes,
            retransmitNs,
            retryNs: CLIENT_RETRY_NS,
            giveUpNs,
            hasher: this.#parts.hasher(),
            replicaChoice:
              replicaChoice === null ? null : new ReplicaChoice(this.#staticSet, replicaChoice, host.prng),
            pool: host.pool,
          },
          process: index + 1,
          workload,
          keyNames: this.keyNames,
          arrivals: load.kind === 'open' ? poisson(load.ratePerSecond / clients, host.prng) : null,
          users: load.kind === 'closed' ? usersOf(load.users, clients, index) : 0,
          outstandingMax: load.kind === 'open' ? outstandingMax : Infinity,
          stopNs,
          history: this.history,
          prng: host.prng,
        }),
    });
    this.#connect(node.port(0), port);
    return node;
  }

  #replicateHotSet(): void {
    const { hotSet, hotKeysMax, keys } = this.options;
    const bytes = new Uint8Array(this.keyNames.bytesMax);
    const held = hotSet.filter((index) => index < keys).slice(0, hotKeysMax);
    const placed = held.map((index): PlacedKey => {
      const key = bytes.subarray(0, this.keyNames.write(index, bytes, 0));
      const home = this.homeOf(key);
      return { bytes: key.slice(), home, hashHi: this.#hasher.hi, hashLo: this.#hasher.lo };
    });
    const servers = this.servers.map((node) => node.core.server);
    const version = { value: this.#preloadedValue(), counter: PRELOAD_COUNTER };
    replicateKeys(placed, version, { set: this.#staticSet, servers, control: this.switchNode.core.control });
  }

  #preloadedValue(): Uint8Array {
    return new Uint8Array(Math.max(this.options.valueBytes, VALUE_MARK_BYTES));
  }

  #isPreloaded(key: string): boolean {
    const index = this.keyNames.indexOf(key);
    return index !== NOT_A_KEY && index < this.options.keys;
  }

  #preload(): void {
    const { keys } = this.options;
    const bytes = new Uint8Array(this.keyNames.bytesMax);
    const value = this.#preloadedValue();
    for (let index = 0; index < keys; index++) {
      const key = bytes.subarray(0, this.keyNames.write(index, bytes, 0));
      const home = this.homeOf(key);
      this.servers[home]!.core.server.preload(this.#hasher.hi, this.#hasher.lo, key, value, PRELOAD_COUNTER);
    }
    for (const { core } of this.servers) core.settle();
  }
}

function merged(histograms: readonly Histogram[]): Histogram {
  const all = latencyHistogram();
  for (const histogram of histograms) all.merge(histogram);
  return all;
}

function poisson(
  ratePerSecond: number,
  prng: ConstructorParameters<typeof PoissonArrivals>[1],
): ArrivalProcess {
  return new PoissonArrivals({ ratePerSecond, startNs: 0 }, prng);
}

function usersOf(users: number, clients: number, index: number): number {
  return Math.floor(users / clients) + (index < users % clients ? 1 : 0);
}
