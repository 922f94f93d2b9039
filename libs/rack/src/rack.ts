/**
 * A rack: clients, a top-of-rack switch with the Pegasus program, storage servers and a directory
 * controller, on one event kernel. The simulator runs it in virtual time; the embedded rack lets it
 * follow the wall clock. Servers, switch and controller may crash and start again.
 */
import { assert, type Core, type Frame, type Nanos, Prng, us } from '@ballast/base';
import { HistoryRecorder } from '@ballast/checkers';
import { type KeyHasher, type LedgerRecord, type Membership, SipKeyHasher } from '@ballast/pegasus';
import { jsTarget, SwitchCore } from '@ballast/pipeline';
import {
  type Channel,
  constant,
  type Distribution,
  DRAW_SERVICE_TIME,
  type Host,
  Kernel,
  type Link,
  type PortRef,
  SimDisk,
  type SimNode,
} from '@ballast/sim';
import { pegasusHeader, PegasusOp, UDP_PAYLOAD_OFFSET } from '@ballast/wire';
import { type ArrivalProcess, type Histogram, KeyText, PoissonArrivals } from '@ballast/workload';
import {
  clientAddress,
  controllerAddress,
  insidePorts,
  serverAddress,
  SWITCH_MAC,
  VIP,
} from './addressing.ts';
import { latencyHistogram, LoadClient, VALUE_MARK_BYTES } from './load-client.ts';
import { ControllerCore, type ControlReply, type ControlRequest } from './controller-core.ts';
import type { SwitchShape } from './directory-driver.ts';
import { DEFAULTS, pingNsFor, POPULARITY, type RackOptions, type RackParts } from './rack-options.ts';
import { dealRing, homeOnRing } from './ring.ts';
import { StorageCore } from './storage-core.ts';
import { type SystemDesign, systemDesigns } from './systems.ts';

/** Latency of the management plane between controller and switch, one way. */
const CONTROL_LATENCY_NS = us(20);
/** What an acknowledgement or a controller's message costs a server, as a share of a request. */
const CONTROL_COST_SHARE = 0.2;
const CLIENT_RETRY_NS = us(50);
/** What a rack starts with; every later number is the controller's to give. */
const FIRST_EPOCH = 1;
const FIRST_INCARNATION = 1;
/** A server of the start is live in the first epoch: it was taken in before it. */
const FOUNDING_MEMBER: Membership = { incarnation: FIRST_INCARNATION, epoch: FIRST_EPOCH - 1 };
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
  readonly options: Required<Omit<RackOptions, 'parts' | 'kernel'>>;
  readonly switchNode: SimNode<SwitchCore>;
  readonly servers: readonly SimNode<StorageCore>[];
  readonly controller: SimNode<ControllerCore>;
  readonly clients: readonly SimNode<LoadClient>[];
  readonly history: HistoryRecorder | null;
  readonly keyText = new KeyText();
  readonly #ring: Uint8Array;
  readonly #design: SystemDesign;
  readonly #parts: RackParts;
  readonly #hasher: KeyHasher;
  /** Between controller and switch. */
  #management: Management | null = null;
  /** Where `reading` and `takeWindow` count from. */
  #measured: Mark;
  #window: Mark;

  constructor(options: RackOptions) {
    const { parts, kernel, ...given } = options;
    this.options = { ...DEFAULTS, popularity: {}, pingNs: pingNsFor(given.service), ...given };
    this.#design = systemDesigns[this.options.system];
    this.#parts = {
      program: this.#design.program(this.options.hotKeysMax),
      server: this.#design.server,
      controller: this.#design.controller,
      homeOf: homeOnRing,
      hasher: () => new SipKeyHasher(),
      target: jsTarget,
      ...parts,
    };
    const { seed, mtuBytes, isStrict, servers, clients } = this.options;
    assert(servers >= 1 && servers <= 32, 'a rack has 1 to 32 servers');
    this.kernel = kernel ?? new Kernel({ seed, mtuBytes, isStrict });
    this.#hasher = this.#parts.hasher();
    this.#ring = dealRing(servers);
    this.history = this.options.history
      ? new HistoryRecorder({ initial: (key) => (this.#isPreloaded(key) ? '0.0' : null) })
      : null;
    this.switchNode = this.#addSwitch();
    this.servers = Array.from({ length: servers }, (_, id) => this.#addServer(id));
    this.controller = this.#addController();
    this.clients = Array.from({ length: clients }, (_, index) => this.#addClient(index));
    this.#preload();
    this.#measured = this.#mark();
    this.#window = this.#measured;
  }

  /** Number of the live set, which requests carry. */
  get epoch(): number {
    return this.controller.core.controller.epoch;
  }

  /** The server that a key belongs to while it is cold. */
  homeOf(key: Uint8Array): number {
    this.#hasher.hash(key, 0, key.length);
    return this.#parts.homeOf(this.#ring, this.#hasher.hi);
  }

  /** The home of a key by its index. */
  homeOfIndex(index: number): number {
    const key = new Uint8Array(this.keyText.bytes);
    this.keyText.write(index, key, 0);
    return this.homeOf(key);
  }

  /** Changes the total rate of an open loop. */
  setRate(ratePerSecond: number): void {
    for (const node of this.clients) {
      node.command((core, now) => core.setRate(ratePerSecond / this.clients.length, now));
    }
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
    const { servers, clients, sampleRatio } = this.options;
    return {
      servers,
      sampleRatio: this.#design.isSampled ? sampleRatio : null,
      ring: this.#ring,
      clients: Array.from({ length: clients }, (_, index) => clientAddress(servers, index)),
    };
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
    this.#design.setUp(node.core.control, this.#shape, {
      incarnation: FIRST_INCARNATION,
      epoch: FIRST_EPOCH,
      live: Array.from({ length: servers }, (_, id) => ({ id, incarnation: FIRST_INCARNATION })),
      guards: [],
    });
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
    const costNs = controlCost(service.meanNs);
    const node = this.kernel.addNode<StorageCore>({
      name: `server${id}`,
      cpu: { cores: serverCores, service, queueFramesMax, costNs },
      core: (host) =>
        new StorageCore({
          disk,
          durability,
          member: host.incarnation === 0 ? FOUNDING_MEMBER : null,
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
    const { servers, epochNs, hotKeysMax, sampleRatio, popularity } = this.options;
    const { controlRetryNs, pingNs, missedPingsMax } = this.options;
    const { port, mac, ip } = controllerAddress(servers);
    let records = foundingRecords(servers);
    const node = this.kernel.addNode<ControllerCore>({
      name: 'controller',
      core: (host) => {
        const controller = this.#parts.controller({
          ip,
          mac,
          gatewayMac: SWITCH_MAC,
          serverIps: Array.from({ length: servers }, (_, id) => serverAddress(id).ip),
          homeOf: (hashHi) => this.#parts.homeOf(this.#ring, hashHi),
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
          popularity: { sampleRatio, ...POPULARITY, ...popularity },
          pool: host.pool,
        });
        return new ControllerCore(controller, (request) => this.#management?.a.send(request));
      },
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
            pool: host.pool,
          },
          process: index + 1,
          workload,
          keyText: this.keyText,
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

  #isPreloaded(key: string): boolean {
    const index = this.keyText.read(new TextEncoder().encode(key), 0);
    return index >= 0 && index < this.options.keys;
  }

  #preload(): void {
    const { keys, valueBytes } = this.options;
    const key = new Uint8Array(this.keyText.bytes);
    const value = new Uint8Array(Math.max(valueBytes, VALUE_MARK_BYTES));
    for (let index = 0; index < keys; index++) {
      this.keyText.write(index, key, 0);
      const home = this.homeOf(key);
      this.servers[home]!.core.server.preload(this.#hasher.hi, this.#hasher.lo, key, value, PRELOAD_COUNTER);
    }
    for (const { core } of this.servers) core.settle();
  }
}

/** What the controller of a new rack finds in its journal. */
function foundingRecords(servers: number): LedgerRecord[] {
  const first = { incarnation: FIRST_INCARNATION, epoch: FIRST_EPOCH };
  const members = Array.from({ length: servers }, (_, server): LedgerRecord => {
    return { kind: 'member', server, status: 'live', ...first };
  });
  return [{ kind: 'switch', ...first }, ...members];
}

function merged(histograms: readonly Histogram[]): Histogram {
  const all = latencyHistogram();
  for (const histogram of histograms) all.merge(histogram);
  return all;
}

/** Every request, and every copy of an item, costs a draw; acknowledgements and control messages a share. */
function controlCost(meanNs: Nanos): (frame: Frame) => Nanos {
  const opOffset = UDP_PAYLOAD_OFFSET + pegasusHeader.offset.op;
  return (frame) => {
    const op = frame.length > opOffset ? frame.view.getUint8(frame.start + opOffset) : 0;
    const isFull = op <= PegasusOp.Delete || op === PegasusOp.Replicate;
    return isFull ? DRAW_SERVICE_TIME : meanNs * CONTROL_COST_SHARE;
  };
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

/** A service time that does not vary. */
export function constantService(meanNs: Nanos): Distribution {
  return constant(meanNs);
}
