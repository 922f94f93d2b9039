/**
 * Directory controller of a Pegasus rack (OSDI '20, §5): which keys are hot, and the steps by which a key
 * enters and leaves the switch's directory without a moment in which a read could go back.
 *
 * Promote: home holds writes of the key and hands over its executed requests; every server opens the new
 * generation with these; the entry appears in the switch; home spreads copies.
 * Demote: the switch refuses writes; every server fences the generation and hands over; home merges; the
 * entry goes; every server forgets.
 *
 * The switch is driven by commands that its driver translates; they are answered in order and never lost.
 */
import { assert, type Core, type Frame, type Nanos, Outbox, type PortNumber, type Sink } from '@ballast/base';
import {
  decodePegasus,
  Drop,
  encodePegasus,
  PEGASUS_ACK_OFFSET,
  PEGASUS_PORT,
  PegasusFlag,
  pegasusHeader,
  PegasusOp,
  PegasusRecord,
  PegasusStatus,
  readUdpFrame,
  UDP_PAYLOAD_OFFSET,
  UdpDatagram,
  writeUdpFrame,
} from '@ballast/wire';
import type {
  ControllerConfig,
  ControllerCounters,
  DirectoryCommand,
  DirectoryCounters,
} from './controller-config.ts';
import { type ControllerRules, controllerRules } from './controller-rules.ts';
import { DirectoryEntry, type Stage } from './directory-entry.ts';
import { Exchange } from './exchange.ts';
import { decodeHandOver, encodeHandOver, type HandOver } from './hand-over.ts';
import { type Candidate, createEstimator, type HotKeyEstimator, type HotKeyReport } from './popularity.ts';

/** Reads that one write must stand against before a further copy pays: a copy costs about this much work. */
const READS_PER_COPY = 8;

export class PegasusController implements Core {
  readonly counters: ControllerCounters = {
    promotions: 0,
    demotions: 0,
    refused: 0,
    samples: 0,
    bytesRefused: 0,
  };
  readonly #config: ControllerConfig;
  readonly #rules: ControllerRules;
  readonly #estimator: HotKeyEstimator;
  readonly #outbox = new Outbox();
  readonly #commands: { id: number; command: DirectoryCommand }[] = [];
  readonly #waiting = new Map<number, (now: Nanos, counters: DirectoryCounters | null) => void>();
  readonly #entries = new Map<number, DirectoryEntry>();
  readonly #datagram = new UdpDatagram();
  readonly #message = new PegasusRecord();
  #nextCommand = 1;
  #nextGeneration: number;
  #epochAt: Nanos;
  #retryAt: Nanos;
  #isReading = false;
  readonly #servers: readonly number[];

  constructor(config: ControllerConfig, rules: ControllerRules = controllerRules) {
    this.#config = config;
    this.#rules = rules;
    this.#estimator = createEstimator(config.popularity);
    this.#nextGeneration = config.firstGeneration;
    this.#epochAt = config.epochNs;
    this.#retryAt = config.retryNs;
    this.#servers = config.serverIps.map((_, id) => id);
    assert(config.firstGeneration > 0, 'generation 0 means that a key is not hot');
  }

  get deadlineNs(): Nanos {
    return Math.min(this.#epochAt, this.#retryAt);
  }

  /** Keys in the directory now, hottest first. */
  report(): HotKeyReport[] {
    const text = new TextDecoder();
    return [...this.#entries.values()]
      .filter((e) => e.stage === 'hot')
      .sort((a, b) => b.reads + b.writes - a.reads - a.writes)
      .map((e) => ({
        entry: e.number,
        key: text.decode(e.key),
        generation: e.generation,
        reads: e.reads,
        writes: e.writes,
      }));
  }

  /** Is nothing under way? */
  get isSettled(): boolean {
    return [...this.#entries.values()].every((entry) => entry.stage === 'hot');
  }

  drain(sink: Sink): void {
    this.#outbox.drain(sink);
  }

  /** Hands over every command since the last call, in order. */
  drainCommands(take: (id: number, command: DirectoryCommand) => void): void {
    for (const { id, command } of this.#commands.splice(0)) take(id, command);
  }

  /** The switch has done a command. */
  commandDone(now: Nanos, id: number, counters: DirectoryCounters | null): void {
    const next = this.#waiting.get(id);
    if (next === undefined) return;
    this.#waiting.delete(id);
    next(now, counters);
  }

  handle(now: Nanos, _port: PortNumber, frame: Frame): void {
    const datagram = this.#datagram;
    const message = this.#message;
    if (
      readUdpFrame(frame, datagram) !== Drop.None ||
      decodePegasus(frame.view, datagram.payloadStart, datagram.payloadBytes, message) !== Drop.None
    ) {
      this.counters.bytesRefused++;
    } else if (message.op <= PegasusOp.Delete) {
      // A request here is a sample of one.
      this.counters.samples++;
      this.#estimator.sample(message.keyHashHi, message.keyHashLo, message.op !== PegasusOp.Get);
    } else if (message.op >= PegasusOp.HoldAck) {
      this.#acknowledged(now, frame);
    } else {
      this.counters.bytesRefused++;
    }
    this.#config.pool.release(frame);
  }

  timeout(now: Nanos): void {
    if (now >= this.#retryAt) {
      this.#retryAt = now + this.#config.retryNs;
      for (const entry of this.#entries.values()) this.#sendPending(entry);
    }
    if (now >= this.#epochAt) {
      this.#epochAt = now + this.#config.epochNs;
      // A slow switch must not let reads pile up.
      if (!this.#isReading) {
        this.#isReading = true;
        this.#command({ kind: 'readCounters', sketchMin: this.#estimator.sketchMin }, (at, counters) => {
          this.#isReading = false;
          if (counters !== null) this.#endEpoch(at, counters);
        });
      }
    }
  }

  #command(command: DirectoryCommand, next: (now: Nanos, counters: DirectoryCounters | null) => void): void {
    const id = this.#nextCommand++;
    this.#waiting.set(id, next);
    this.#commands.push({ id, command });
  }

  #endEpoch(now: Nanos, counters: DirectoryCounters): void {
    const { decay, hysteresis } = this.#config.popularity;
    for (const entry of this.#entries.values()) {
      const reads = counters.reads[entry.number] ?? 0;
      const writes = counters.writes[entry.number] ?? 0;
      const isFirst = entry.age++ === 0;
      const keep = isFirst ? 0 : decay;
      entry.reads = entry.reads * keep + (reads - entry.readsBefore) * (1 - keep);
      entry.writes = entry.writes * keep + (writes - entry.writesBefore) * (1 - keep);
      entry.readsBefore = reads;
      entry.writesBefore = writes;
      if (entry.stage === 'hot') this.#tuneCopies(entry);
    }
    const candidates = this.#estimator.endEpoch(counters.sketch ?? []).filter((c) => !this.#isListed(c));
    for (const candidate of candidates) {
      if (this.#transitions() >= this.#config.transitionsMax) return;
      if (this.#entries.size < this.#config.hotKeysMax) {
        this.#promote(candidate, counters);
        continue;
      }
      const coldest = this.#coldest();
      if (coldest === null || candidate.rate < hysteresis * (coldest.reads + coldest.writes)) return;
      this.#demote(now, coldest);
    }
  }

  #isListed({ hashHi, hashLo }: Candidate): boolean {
    for (const entry of this.#entries.values())
      if (entry.hashHi === hashHi && entry.hashLo === hashLo) return true;
    return false;
  }

  #transitions(): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (entry.stage !== 'hot') count++;
    return count;
  }

  /** The entry with the fewest requests, among those that had an epoch to show what they get. */
  #coldest(): DirectoryEntry | null {
    let coldest: DirectoryEntry | null = null;
    for (const entry of this.#entries.values()) {
      if (entry.stage !== 'hot' || entry.age < 2) continue;
      if (coldest === null || entry.reads + entry.writes < coldest.reads + coldest.writes) coldest = entry;
    }
    return coldest;
  }

  #freeEntry(): number {
    for (let number = 0; ; number++) if (!this.#entries.has(number)) return number;
  }

  #promote({ hashHi, hashLo, writeShare }: Candidate, counters: DirectoryCounters): void {
    const number = this.#freeEntry();
    const home = this.#config.homeOf(hashHi, hashLo);
    const entry = new DirectoryEntry(number, hashHi, hashLo, this.#nextGeneration++, home);
    entry.copies = this.#copiesFor(1 - writeShare, writeShare);
    entry.readsBefore = counters.reads[number] ?? 0;
    entry.writesBefore = counters.writes[number] ?? 0;
    this.#entries.set(number, entry);
    this.#estimator.forget(hashHi, hashLo);
    this.#begin(entry, 'holding', new Exchange(PegasusOp.Hold, [home], null));
  }

  #demote(_now: Nanos, entry: DirectoryEntry): void {
    entry.stage = 'closing';
    const { number, hashHi, hashLo, generation } = entry;
    this.#command({ kind: 'setMode', entry: number, hashHi, hashLo, generation, mode: 'readsOnly' }, () =>
      this.#fence(entry),
    );
  }

  #fence(entry: DirectoryEntry): void {
    const asked = this.#rules.fencedServers(this.#servers, entry.home);
    this.#begin(entry, 'fencing', new Exchange(PegasusOp.Fence, asked, null));
  }

  #begin(entry: DirectoryEntry, stage: Stage, exchange: Exchange): void {
    entry.stage = stage;
    entry.exchange = exchange;
    this.#sendPending(entry);
  }

  #sendPending(entry: DirectoryEntry): void {
    const { exchange } = entry;
    if (exchange === null) return;
    for (const server of exchange.pending()) this.#send(entry, exchange, server);
  }

  #acknowledged(now: Nanos, frame: Frame): void {
    const message = this.#message;
    const entry = this.#entryOf(message.generation);
    const exchange = entry?.exchange;
    if (!entry || !exchange || message.op !== exchange.op + PEGASUS_ACK_OFFSET) return;
    const keyAt = this.#datagram.payloadStart + pegasusHeader.bytes;
    if (exchange.op === PegasusOp.Hold) {
      // A refusal that is repeated has lost its status, but it still shows no key.
      if (message.status !== PegasusStatus.Ok || message.keyLength === 0) return this.#refused(entry);
      entry.key = frame.bytes.slice(keyAt, keyAt + message.keyLength);
    }
    const bodyAt = keyAt + message.keyLength;
    const bodyEnd = this.#datagram.payloadStart + this.#datagram.payloadBytes;
    const body = frame.bytes.subarray(bodyAt, bodyEnd);
    if (exchange.acknowledge(message.server, message.window, message.load, body)) {
      this.#send(entry, exchange, message.server);
    }
    if (exchange.isDone) this.#advance(now, entry, exchange);
  }

  #entryOf(generation: number): DirectoryEntry | null {
    for (const entry of this.#entries.values()) if (entry.generation === generation) return entry;
    return null;
  }

  #refused(entry: DirectoryEntry): void {
    this.counters.refused++;
    this.#entries.delete(entry.number);
  }

  /** The exchange at hand is complete: on to the next stage. */
  #advance(_now: Nanos, entry: DirectoryEntry, exchange: Exchange): void {
    entry.exchange = null;
    const { number, hashHi, hashLo, generation, home } = entry;
    switch (exchange.op) {
      case PegasusOp.Hold:
        return this.#begin(
          entry,
          'opening',
          new Exchange(PegasusOp.Open, this.#servers, this.#openingOf(exchange)),
        );
      case PegasusOp.Open:
        entry.stage = 'installing';
        return this.#command({ kind: 'install', entry: number, hashHi, hashLo, generation, home }, () => {
          entry.stage = 'hot';
          this.counters.promotions++;
          this.#begin(entry, 'hot', new Exchange(PegasusOp.Spread, this.#servers, new Uint8Array(0)));
        });
      case PegasusOp.Fence:
        return this.#begin(entry, 'merging', new Exchange(PegasusOp.Merge, [home], this.#mergeOf(exchange)));
      case PegasusOp.Merge:
        entry.stage = 'removing';
        return this.#command({ kind: 'remove', hashHi, hashLo }, () => {
          this.#begin(entry, 'forgetting', new Exchange(PegasusOp.Forget, this.#servers, null));
        });
      case PegasusOp.Forget:
        this.counters.demotions++;
        this.#entries.delete(number);
        return;
      default:
        return;
    }
  }

  #openingOf(hold: Exchange): Uint8Array {
    const handOver = decodeHandOver(hold.answers()[0] ?? new Uint8Array(0));
    assert(handOver !== null, 'home hands over what it encoded');
    return encodeHandOver(this.#rules.opening(handOver));
  }

  /** What home is to hold before the entry goes. */
  #mergeOf(fence: Exchange): Uint8Array {
    const handOvers = fence.answers().map(decodeHandOver);
    return encodeHandOver(this.#rules.merge(handOvers.filter((h): h is HandOver => h !== null)));
  }

  /** As many copies as the reads between two writes are worth; everywhere when there are no writes. */
  #copiesFor(reads: number, writes: number): number {
    const others = this.#servers.length - 1;
    return writes === 0 ? others : Math.min(others, Math.floor(reads / writes / READS_PER_COPY));
  }

  #tuneCopies(entry: DirectoryEntry): void {
    const wanted = this.#copiesFor(entry.reads, entry.writes < 1 ? 0 : entry.writes);
    // Only on a real change: every change costs a message to each server.
    const isNear =
      wanted === entry.copies || (entry.copies > 2 && Math.abs(wanted - entry.copies) <= entry.copies / 4);
    if (isNear || entry.exchange !== null) return;
    entry.copies = wanted;
    this.#begin(entry, 'hot', new Exchange(PegasusOp.Spread, this.#servers, new Uint8Array(0)));
  }

  /** Every generation below this one is over at every server. */
  #floor(): number {
    let floor = this.#nextGeneration;
    for (const entry of this.#entries.values()) floor = Math.min(floor, entry.generation);
    return floor;
  }

  #send(entry: DirectoryEntry, exchange: Exchange, server: number): void {
    const config = this.#config;
    const frame = config.pool.take();
    const base = frame.start + UDP_PAYLOAD_OFFSET;
    const message = new PegasusRecord();
    const { part, parts, body } = exchange.partFor(server);
    message.op = exchange.op;
    message.target = server;
    message.generation = entry.generation;
    message.keyHashHi = entry.hashHi;
    message.keyHashLo = entry.hashLo;
    message.keyLength = entry.key.length;
    message.window = part;
    message.load = parts;
    const floor = this.#floor();
    message.requestIdHi = Math.floor(floor / 0x1_0000_0000);
    message.requestIdLo = floor >>> 0;
    if (exchange.op === PegasusOp.Spread) {
      message.load = entry.copies;
      // At first home alone has the key.
      message.flags = server === entry.home ? PegasusFlag.Begin : 0;
    }
    encodePegasus(frame.view, base, message);
    frame.bytes.set(entry.key, base + pegasusHeader.bytes);
    frame.bytes.set(body, base + pegasusHeader.bytes + entry.key.length);
    const path = {
      srcMac: config.mac,
      dstMac: config.gatewayMac,
      srcIp: config.ip,
      dstIp: config.serverIps[server]!,
      srcPort: PEGASUS_PORT,
      dstPort: PEGASUS_PORT,
    };
    writeUdpFrame(frame, path, pegasusHeader.bytes + entry.key.length + body.length);
    this.#outbox.push(0, frame);
  }
}
