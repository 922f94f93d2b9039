/**
 * A rack: clients, a top-of-rack switch with the Pegasus program, storage servers and a directory
 * controller, on one event kernel. The simulator runs it in virtual time; the embedded rack lets it
 * follow the wall clock. Servers, switch and controller may crash and start again.
 */
import { assert, type Core, us } from '@ballast/base';
import { HistoryRecorder } from '@ballast/checkers';
import {
  type ControllerCounters,
  type ControllerStatus,
  type KeyHasher,
  ReplicaChoice,
  SipKeyHasher,
  StaticSet,
} from '@ballast/pegasus';
import { jsTarget, SwitchCore, type Update } from '@ballast/pipeline';
import { type Channel, type Host, Kernel, type Link, type PortRef, type SimNode } from '@ballast/sim';
import { type KeyNames, KeyText, NOT_A_KEY } from '@ballast/workload';
import {
  cableName,
  clientAddress,
  controllerAddress,
  type HostAddress,
  insidePorts,
  pairFilter,
  serverAddress,
  switchMacOf,
  TAIL_PREFIX,
  uplinkPort,
  vipOf,
} from './addressing.ts';
import { FOUNDING, foundingMember, foundingRecords, foundingStart } from './founding.ts';
import { LoadClient, poissonArrivals, usersOf, VALUE_MARK_BYTES } from './load-client.ts';
import { ControllerCore, type ControlReply, type ControlRequest, sumCounters } from './controller-core.ts';
import { addHost, epochIn, isSetUp, removeHost, type SwitchShape } from './directory-driver.ts';
import type { ServerChange } from './planned-changes.ts';
import { RackMeter, type RackReading } from './rack-meter.ts';
import { DEFAULTS, POPULARITY, type RackOptions, type RackParts, timesFor } from './rack-options.ts';
import type { RackStorage } from './rack-storage.ts';
import { dealRing, homeOnRing } from './ring.ts';
import { isControl, serviceCost } from './service-cost.ts';
import { SimStorage } from './sim-storage.ts';
import { type PlacedKey, replicateKeys } from './static-replication.ts';
import { StorageCore } from './storage-core.ts';
import { CHAINABLE, type SystemDesign, systemDesigns } from './systems.ts';

/** Latency of the management plane between controller and switch, one way. */
const CONTROL_LATENCY_NS = us(20);
const CLIENT_RETRY_NS = us(50);
/** Port of a client that leads to the tail of a chain. */
const TAIL_CABLE = 1;
/** Version of what was in the store before the rack started: incarnation 0, counter 1. */
const PRELOAD_COUNTER = 1;

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
  readonly options: Required<Omit<RackOptions, 'parts' | 'kernel' | 'keyNames' | 'storage'>>;
  readonly switchNode: SimNode<SwitchCore>;
  readonly servers: readonly SimNode<StorageCore>[];
  readonly controller: SimNode<ControllerCore>;
  readonly clients: readonly SimNode<LoadClient>[];
  readonly history: HistoryRecorder | null;
  readonly keyNames: KeyNames;
  /** Of a chain: 0 for the head, or a rack that is alone, 1 for the tail. */
  readonly #number: number;
  readonly #prefix: string;
  readonly #ring: Uint8Array;
  readonly #design: SystemDesign;
  readonly #parts: RackParts;
  readonly #storage: RackStorage;
  readonly #hasher: KeyHasher;
  readonly #staticSet: StaticSet;
  readonly #meter: RackMeter;
  /** Of the controllers that have crashed. */
  #pastCounters: ControllerCounters[] = [];
  #epoch: number;
  /** Hosts on spare ports. */
  readonly #outsiders = new Set<HostAddress>();
  /** Between controller and switch. */
  #management: Management | null = null;

  constructor(options: RackOptions) {
    const { parts, kernel, keyNames = new KeyText(), storage, ...given } = options;
    this.keyNames = keyNames;
    const { service, queueFramesMax } = given;
    const times = timesFor(service, queueFramesMax);
    this.options = { ...DEFAULTS, popularity: {}, ...times, ...given };
    this.#design = systemDesigns[this.options.system];
    this.#number = this.options.place?.kind === 'tail' ? 1 : 0;
    this.#prefix = this.#number === 0 ? '' : TAIL_PREFIX;
    this.#parts = {
      program: this.#design.program(this.options),
      server: this.#design.server,
      controller: this.#design.controller,
      homeOf: homeOnRing,
      hasher: () => new SipKeyHasher(),
      target: jsTarget,
      founding: FOUNDING,
      ...parts,
    };
    const { seed, mtuBytes, isStrict, servers, clients, system, estimator, place } = this.options;
    assert(servers >= 1 && servers <= 32, 'a rack has 1 to 32 servers');
    assert(system === 'pegasus' || estimator === 'sampling', 'only Pegasus has a sketch');
    assert(place === null || CHAINABLE.includes(system), `${system} is not made for chains`);
    this.kernel = kernel ?? new Kernel({ seed, mtuBytes, isStrict });
    this.kernel.pairFilter = pairFilter(servers);
    this.#hasher = this.#parts.hasher();
    this.#epoch = this.#parts.founding.epoch;
    this.#storage = storage ?? new SimStorage(this.options, this.#prefix);
    assert(this.#founders > 0, 'one server at least is on the ring');
    this.#ring = dealRing(this.#founders);
    this.#staticSet = new StaticSet(servers, Math.min(servers, this.options.replicas));
    this.history = this.options.history
      ? new HistoryRecorder({ initial: (key) => (this.#isPreloaded(key) ? '0.0' : null) })
      : null;
    this.switchNode = this.#addSwitch();
    this.servers = Array.from({ length: servers }, (_, id) => this.#addServer(id));
    this.controller = this.#addController();
    this.clients =
      this.#number === 0 ? Array.from({ length: clients }, (_, index) => this.#addClient(index)) : [];
    if (!this.#storage.isFounded) this.#found();
    if (this.#design.replicaChoice !== null) this.#replicateHotSet();
    const { serverCores } = this.options;
    this.#meter = new RackMeter({
      kernel: this.kernel,
      clients: this.clients,
      servers: this.servers,
      serverCores,
    });
  }

  /** Number of the live set, which requests carry; the last that is known while the controller is down. */
  get epoch(): number {
    if (this.controller.isUp) this.#epoch = this.controller.core.controller.epoch;
    return this.#epoch;
  }

  /** What the controller and those before it counted. */
  get controllerCounters(): ControllerCounters {
    const present = this.controller.isUp ? [this.controller.core.controller.counters] : [];
    return sumCounters([...this.#pastCounters, ...present]);
  }

  /** Is every node there, and every server taken in? After a start on what was left, a moment later. */
  get isWhole(): boolean {
    const { status, switchNode, controller } = this;
    if (!controller.isUp || !switchNode.isUp || !isSetUp(switchNode.core.control)) return false;
    // What the controller has decided may wait for its journal.
    if (status !== null && epochIn(switchNode.core.control) !== status.epoch) return false;
    return this.servers.every((node, id) => {
      const member = status?.members[id];
      if (member?.status === 'left') return true;
      return node.isUp && node.core.server.isMember && (member === undefined || member.status === 'live');
    });
  }

  /** Members and moves; null while the controller is down, and of systems that have neither. */
  get status(): ControllerStatus | null {
    return this.controller.isUp ? (this.controller.core.controller.status?.() ?? null) : null;
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
  changeServers(change: ServerChange): void {
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

  /** See RackMeter. */
  measureFrom(): void {
    this.#meter.measureFrom();
  }
  reading(): RackReading {
    return this.#meter.reading();
  }
  takeWindow(): RackReading {
    return this.#meter.takeWindow();
  }

  /** The directory as it is now, hottest key first. Empty for hashing, and while it cannot be seen. */
  hotKeys(): HotKeyState[] {
    if (!this.controller.isUp || !this.switchNode.isUp) return [];
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

  /** Puts a node on spare port `spare` (0 ... sparePorts - 1). Its cable is '<name>-tor'. */
  connectSpare<C extends Core>(spare: number, name: string, core: (host: Host) => C): SimNode<C> {
    const { servers, clients, sparePorts } = this.options;
    assert(spare >= 0 && spare < sparePorts, `${spare} is one of ${sparePorts} spare ports`);
    const node = this.kernel.addNode<C>({ name, core });
    this.#connect(node.port(0), insidePorts(servers) + clients + spare);
    return node;
  }

  /** Makes a host on a spare port reachable, also after the switch has started again. */
  addHost(host: HostAddress): void {
    this.#outsiders.add(host);
    this.#tellSwitch(addHost(host));
  }

  /** Forgets a host that `addHost` was given: frames for it are dropped. */
  removeHost(host: HostAddress): void {
    if (this.#outsiders.delete(host)) this.#tellSwitch(removeHost(host));
  }

  /** A switch that is not set up learns of it when it is. */
  #tellSwitch(update: Update): void {
    if (!this.switchNode.isUp) return;
    const { control } = this.switchNode.core;
    if (isSetUp(control)) control.write([update]);
  }

  /** What the switch is told that no controller decides. */
  get #shape(): SwitchShape {
    const { servers, estimator, sampleRatio, place } = this.options;
    return {
      number: this.#number,
      servers,
      sampleRatio: this.#design.isSampled && estimator === 'sampling' ? sampleRatio : null,
      clients: [
        ...Array.from({ length: this.options.clients }, (_, index) => clientAddress(servers, index)),
        ...this.#outsiders,
      ],
      uplink: place === null ? null : uplinkPort(this.options),
    };
  }

  get #serverIps(): readonly number[] {
    return Array.from({ length: this.options.servers }, (_, id) => serverAddress(id, this.#number).ip);
  }

  /** Servers that are on the ring from the start. */
  get #founders(): number {
    return this.options.servers - this.options.standby;
  }

  #addSwitch(): SimNode<SwitchCore> {
    const { seed } = this.options;
    const ports = uplinkPort(this.options) + 1;
    const node = this.kernel.addNode({
      name: `${this.#prefix}tor`,
      core: (host) => {
        const instance = this.#parts.target.load(this.#parts.program, { seed: seed + 1 + host.incarnation });
        if (host.incarnation > 0) this.#management?.b.send({ kind: 'started' });
        return new SwitchCore({ instance, ports, pool: host.pool });
      },
    });
    // The switch of an earlier rack has forgotten everything: the controller finds that, and sets it up.
    if (!this.#storage.isFounded) {
      const start = foundingStart(this.#parts.founding, this.#founders, this.#ring, this.options.place?.kind);
      this.#design.setUp(node.core.control, this.#shape, start);
    }
    return node;
  }

  /** Lays the cable of a node outside to a port of the switch; the other rack's clients have one, too. */
  connectClient(node: SimNode, index: number): void {
    this.#connect(node.port(TAIL_CABLE), clientAddress(this.options.servers, index).port);
  }

  #connect(port: PortRef, torPort: number): void {
    const { linkLatencyNs, bitsPerSecond } = this.options;
    const shape = { latencyNs: linkLatencyNs, bitsPerSecond, queueBytesMax: 1 << 20 };
    this.kernel.connect(port, this.switchNode.port(torPort), {
      ...shape,
      name: cableName(port.nodeName, this.switchNode.name),
    });
  }

  #addServer(id: number): SimNode<StorageCore> {
    const { servers, keys, serviceOf, serverCores, queueFramesMax, joinRetryNs, peerRetryNs } = this.options;
    const service = serviceOf(id) ?? this.options.service;
    const { port, mac, ip } = serverAddress(id, this.#number);
    const log = this.#storage.log(id);
    const isFounder = id < this.#founders && !this.#storage.isFounded;
    const costNs = serviceCost(service.meanNs);
    const node = this.kernel.addNode<StorageCore>({
      name: `${this.#prefix}server${id}`,
      cpu: { cores: serverCores, service, queueFramesMax, costNs, isUrgent: isControl },
      core: (host) =>
        new StorageCore({
          log,
          member: host.incarnation === 0 && isFounder ? foundingMember(this.#parts.founding) : null,
          expectedItems: Math.ceil((keys / servers) * 1.1) + 64,
          make: this.#parts.server,
          config: {
            id,
            joinRetryNs,
            peerRetryNs,
            mac,
            ip,
            gatewayMac: switchMacOf(this.#number),
            vip: vipOf(this.#number),
            controllerIp: controllerAddress(servers, this.#number).ip,
            serverIps: this.#serverIps,
            load: () => host.queueLength,
            hasher: this.#parts.hasher(),
            pool: host.pool,
            prng: host.prng,
          },
        }),
      onCrash: (core) => core.crash(),
    });
    this.#connect(node.port(0), port);
    return node;
  }

  #addController(): SimNode<ControllerCore> {
    const { servers, epochNs, hotKeysMax, estimator, sampleRatio, popularity } = this.options;
    const { controlRetryNs, pingNs, missedPingsMax } = this.options;
    const { port, mac, ip } = controllerAddress(servers, this.#number);
    const { place } = this.options;
    const { journal, isFounded } = this.#storage;
    if (!isFounded)
      journal.rewrite(foundingRecords(this.#parts.founding, this.#founders, this.#ring, place?.kind));
    const node = this.kernel.addNode<ControllerCore>({
      name: `${this.#prefix}controller`,
      core: (host) => {
        const controller = this.#parts.controller({
          ip,
          mac,
          gatewayMac: switchMacOf(this.#number),
          serverIps: this.#serverIps,
          homeOf: this.#parts.homeOf,
          startNs: host.incarnation === 0 ? 0 : host.nowNs,
          epochNs,
          hotKeysMax,
          transitionsMax: 16,
          retryNs: controlRetryNs,
          pingNs,
          missedPingsMax,
          journal,
          records: journal.read(),
          ...(place === null ? {} : { incarnations: place.incarnations }),
          popularity: { estimator, sampleRatio, ...POPULARITY, ...popularity },
          pool: host.pool,
        });
        return new ControllerCore(controller, journal, (request) => this.#management?.a.send(request));
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
    const tail = {
      vip: vipOf(1),
      gatewayMac: switchMacOf(1),
      port: TAIL_CABLE,
      epoch: this.#parts.founding.epoch,
    };
    const node = this.kernel.addNode<LoadClient>({
      name: `client${index}`,
      core: (host) =>
        new LoadClient({
          client: {
            clientId: index + 1,
            mac,
            ip,
            udpPort,
            gatewayMac: switchMacOf(0),
            vip: vipOf(0),
            epoch: this.#parts.founding.epoch,
            ...(this.options.place === null ? {} : { tail }),
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
          arrivals: load.kind === 'open' ? poissonArrivals(load.ratePerSecond / clients, host.prng) : null,
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

  /** Puts in place what a new rack starts with. */
  #found(): void {
    this.#preload();
    for (const { core } of this.servers) core.settle();
    this.#storage.founded();
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
  }
}
