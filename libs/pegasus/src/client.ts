/**
 * Client of a Pegasus rack: sends requests to the rack's one address, repeats what is not answered, and
 * says of every operation what is known of it in the end.
 *
 * All transmissions of a request carry its id and the live-set epoch of the first one, so that the rack can
 * execute a write at most once. Of a chain of two racks the client writes to the head and reads from the tail
 * (docs/pegasus-chain.md); either may answer a write.
 */
import {
  assert,
  type Core,
  type Frame,
  type FramePool,
  type Nanos,
  NEVER,
  Outbox,
  type PortNumber,
  type Sink,
} from '@ballast/base';
import {
  decodePegasus,
  Drop,
  encodePegasus,
  PEGASUS_PORT,
  pegasusHeader,
  PegasusOp,
  PegasusRecord,
  PegasusStatus,
  readUdpFrame,
  UDP_PAYLOAD_OFFSET,
  UdpDatagram,
  type UdpPath,
  writeUdpFrame,
} from '@ballast/wire';
import { DelayQueue } from './delay-queue.ts';
import type { KeyHasher } from './key-hash.ts';
import type { ReplicaChoice } from './replica-choice.ts';
import { RackAccess, type RackAddress } from './rack-access.ts';
import { requestIdAt } from './version.ts';

export type ClientOp = 'get' | 'put' | 'delete';

/**
 * How an operation ended. `failed`: surely not executed. `unknown`: a write that may have been executed or
 * may still be; a read that got no answer.
 */
export type ClientOutcome = 'ok' | 'failed' | 'unknown';

/** Why an operation did not end `ok`. */
export type ClientReason = 'none' | 'timeout' | 'epochChanged' | 'unavailable' | 'badRequest';

/**
 * What the client's owner learns of a finished operation. Valid during the call only; the record is reused.
 */
export class Completion {
  /** What `submit` returned. */
  token = 0;
  op: ClientOp = 'get';
  outcome: ClientOutcome = 'ok';
  reason: ClientReason = 'none';
  /** Get: the key was there. */
  found = false;
  /** Get: where the value stands. */
  bytes: Uint8Array = new Uint8Array(0);
  valueStart = 0;
  valueBytes = 0;
  submittedNs: Nanos = 0;
  versionIncarnation = 0;
  versionCounter = 0;
  /** Id of the server that answered. */
  server = 0;
}

export interface ClientConfig {
  /** Never used by two clients, nor again by a later start of one. */
  readonly clientId: number;
  readonly mac: number;
  readonly ip: number;
  readonly udpPort: number;
  readonly gatewayMac: number;
  readonly vip: number;
  readonly epoch: number;
  readonly mtuBytes: number;
  /** First wait for an answer; doubles with each transmission. */
  readonly retransmitNs: Nanos;
  /** Wait before a request that the rack asked to repeat is sent again. */
  readonly retryNs: Nanos;
  /** An operation this old that is not answered ends as unknown. */
  readonly giveUpNs: Nanos;
  readonly hasher: KeyHasher;
  /** The other rack of a chain, of which the one above is the head; absent: there is none. */
  readonly tail?: RackAddress & { readonly epoch: number };
  /** Chooses the servers of reads, where clients do that; null: the switch does. */
  readonly replicaChoice?: ReplicaChoice | null;
  readonly pool: FramePool;
  readonly onComplete: (now: Nanos, completion: Completion) => void;
}

/** The rack of a chain that is left. */
export type ChainRack = 'head' | 'tail';

/** Requests between the oldest unsettled one and the newest; the header's window has 16 bits. */
export const WINDOW_MAX = 32_768;
const BACKOFF_LEVELS = 8;

/** Why `submit` took nothing. */
export const SubmitRefusal = { WindowFull: -1, TooLarge: -2 } as const;

export interface ClientCounters {
  sent: number;
  retransmitted: number;
  retried: number;
  answered: number;
  /** Answers to requests that were settled before: duplicates. */
  late: number;
  bytesRefused: number;
}

export class PegasusClient implements Core {
  readonly counters: ClientCounters = {
    sent: 0,
    retransmitted: 0,
    retried: 0,
    answered: 0,
    late: 0,
    bytesRefused: 0,
  };
  readonly #config: ClientConfig;
  readonly #outbox = new Outbox();
  readonly #datagram = new UdpDatagram();
  readonly #message = new PegasusRecord();
  readonly #completion = new Completion();
  readonly #path: UdpPath;
  /** Head and tail of a chain; one and the same rack when it is alone. */
  readonly #head: RackAccess;
  readonly #tail: RackAccess;
  /** Where writes and reads go now. */
  #writeRack: RackAccess;
  #readRack: RackAccess;
  /** By request id modulo WINDOW_MAX. A request that is settled has no frame. */
  readonly #frames: (Frame | null)[] = new Array<Frame | null>(WINDOW_MAX).fill(null);
  readonly #ids = new Float64Array(WINDOW_MAX);
  readonly #submittedNs = new Float64Array(WINDOW_MAX);
  /** Where a request goes. */
  readonly #racks: (RackAccess | null)[] = new Array<RackAccess | null>(WINDOW_MAX).fill(null);
  /** The tail's epoch at the first transmission of a write. */
  readonly #tailEpochs = new Uint16Array(WINDOW_MAX);
  readonly #transmissions = new Uint16Array(WINDOW_MAX);
  /** Stamp of the one timer that counts: arming a request anew makes its earlier timers void. */
  readonly #timer = new Float64Array(WINDOW_MAX);
  #timers = 0;
  #nextId = 1;
  /** The oldest id that is not settled. */
  #oldestId = 1;
  #outstanding = 0;
  readonly #backoff: DelayQueue[];
  readonly #retries: DelayQueue;
  #deadlineNs: Nanos = NEVER;

  constructor(config: ClientConfig) {
    this.#config = config;
    const { mac, gatewayMac, ip, vip, udpPort, epoch, tail } = config;
    this.#head = new RackAccess({ vip, gatewayMac, port: 0 }, epoch);
    this.#tail = tail === undefined ? this.#head : new RackAccess(tail, tail.epoch);
    this.#writeRack = this.#head;
    this.#readRack = this.#tail;
    this.#path = {
      srcMac: mac,
      dstMac: gatewayMac,
      srcIp: ip,
      dstIp: vip,
      srcPort: udpPort,
      dstPort: PEGASUS_PORT,
    };
    this.#backoff = Array.from(
      { length: BACKOFF_LEVELS },
      (_, level) => new DelayQueue(config.retransmitNs * 2 ** level),
    );
    this.#retries = new DelayQueue(config.retryNs);
  }

  get deadlineNs(): Nanos {
    return this.#deadlineNs;
  }
  /** Operations under way. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /**
   * Told by configuration: the other rack of the chain is no more, for good. What is under way goes on at the
   * one that is left. A write does so under the epoch that this rack had when the write was first sent: what
   * the head passed on since then is found there, in the table of executed requests.
   */
  useOnly(now: Nanos, left: ChainRack): void {
    const rack = left === 'tail' ? this.#tail : this.#head;
    this.#writeRack = rack;
    this.#readRack = rack;
    for (let id = this.#oldestId; id < this.#nextId; id++) {
      const slot = id % WINDOW_MAX;
      const frame = this.#frames[slot] ?? null;
      if (frame === null) continue;
      if (this.#racks[slot] === rack) continue;
      this.#readdress(slot, rack, opIn(frame) === PegasusOp.Get ? rack.epoch : this.#tailEpochs[slot]!);
      this.#transmissions[slot] = 0;
      this.#transmit(now, slot);
    }
  }

  /** The largest value that fits a packet beside a key. */
  valueBytesMax(keyBytes: number): number {
    return this.#config.mtuBytes - (UDP_PAYLOAD_OFFSET - 14) - pegasusHeader.bytes - keyBytes;
  }

  /**
   * Starts an operation.
   *
   * @returns a token that its completion carries, or a SubmitRefusal: nothing was sent
   */
  submit(
    now: Nanos,
    op: ClientOp,
    key: Uint8Array,
    keyBytes: number,
    value: Uint8Array | null,
    valueBytes: number,
  ): number {
    if (valueBytes > this.valueBytesMax(keyBytes)) return SubmitRefusal.TooLarge;
    if (this.#nextId - this.#oldestId >= WINDOW_MAX) return SubmitRefusal.WindowFull;
    const id = this.#nextId++;
    const slot = id % WINDOW_MAX;
    const frame = this.#config.pool.take();
    const base = frame.start + UDP_PAYLOAD_OFFSET;
    const keyAt = base + pegasusHeader.bytes;
    for (let i = 0; i < keyBytes; i++) frame.bytes[keyAt + i] = key[i]!;
    if (value !== null) {
      const valueAt = keyAt + keyBytes;
      for (let i = 0; i < valueBytes; i++) frame.bytes[valueAt + i] = value[i]!;
    }
    const rack = op === 'get' ? this.#readRack : this.#writeRack;
    this.#writeRequest(frame, base, op, id, keyBytes, rack.epoch);
    this.#address(frame, rack, pegasusHeader.bytes + keyBytes + valueBytes);
    this.#frames[slot] = frame;
    this.#racks[slot] = rack;
    this.#tailEpochs[slot] = this.#tail.epoch;
    this.#ids[slot] = id;
    this.#submittedNs[slot] = now;
    this.#transmissions[slot] = 0;
    this.#outstanding++;
    this.#transmit(now, slot);
    return slot;
  }

  #address(frame: Frame, { vip, gatewayMac }: RackAccess, payloadBytes: number): void {
    this.#path.dstIp = vip;
    this.#path.dstMac = gatewayMac;
    writeUdpFrame(frame, this.#path, payloadBytes);
  }

  #writeRequest(frame: Frame, base: number, op: ClientOp, id: number, keyBytes: number, epoch: number): void {
    const { hasher, clientId, replicaChoice } = this.#config;
    const message = this.#message;
    hasher.hash(frame.bytes, base + pegasusHeader.bytes, base + pegasusHeader.bytes + keyBytes);
    message.op = OPS[op];
    message.flags = 0;
    message.status = PegasusStatus.Ok;
    message.epoch = epoch;
    message.server = 0;
    message.target = op === 'get' ? (replicaChoice?.choose(hasher.hi, hasher.lo) ?? 0) : 0;
    message.load = 0;
    message.serverIncarnation = 0;
    message.keyLength = keyBytes;
    message.window = id - this.#oldestId;
    message.generation = 0;
    message.clientId = clientId;
    message.requestIdHi = Math.floor(id / 0x1_0000_0000);
    message.requestIdLo = id >>> 0;
    message.keyHashHi = hasher.hi;
    message.keyHashLo = hasher.lo;
    message.versionIncarnation = 0;
    message.versionCounter = 0;
    encodePegasus(frame.view, base, message);
  }

  drain(sink: Sink): void {
    this.#outbox.drain(sink);
  }

  handle(now: Nanos, _port: PortNumber, frame: Frame): void {
    const datagram = this.#datagram;
    const message = this.#message;
    const isReply =
      readUdpFrame(frame, datagram) === Drop.None &&
      decodePegasus(frame.view, datagram.payloadStart, datagram.payloadBytes, message) === Drop.None &&
      (message.op === PegasusOp.GetReply || message.op === PegasusOp.WriteReply) &&
      message.clientId === this.#config.clientId;
    if (!isReply) {
      this.counters.bytesRefused++;
      return this.#config.pool.release(frame);
    }
    const id = requestIdAt(frame.view, datagram.payloadStart);
    const slot = id % WINDOW_MAX;
    if (this.#ids[slot] !== id || this.#frames[slot] === null) {
      this.counters.late++;
    } else {
      this.#answered(now, slot, frame);
    }
    this.#config.pool.release(frame);
  }

  timeout(now: Nanos): void {
    if (now < this.#deadlineNs) return;
    for (const queue of this.#backoff) this.#runDue(now, queue);
    this.#runDue(now, this.#retries);
    this.#findDeadline();
  }

  #runDue(now: Nanos, queue: DelayQueue): void {
    // Void ones go as well, due or not: they would only wake the client for nothing.
    while (queue.deadlineNs !== NEVER) {
      const { slot } = queue;
      const isVoid = this.#timer[slot] !== queue.stamp;
      if (!isVoid && queue.deadlineNs > now) return;
      queue.shift();
      if (isVoid) continue;
      if (now - this.#submittedNs[slot]! >= this.#config.giveUpNs) {
        this.#finish(now, slot, 'unknown', 'timeout');
      } else {
        if (queue === this.#retries) this.counters.retried++;
        else this.counters.retransmitted++;
        this.#transmit(now, slot);
      }
    }
  }

  #transmit(now: Nanos, slot: number): void {
    const { pool } = this.#config;
    const frame = this.#frames[slot];
    assert(frame !== null && frame !== undefined, 'an unsettled request has its frame');
    this.counters.sent++;
    this.#outbox.push(this.#racks[slot]!.port, pool.copy(frame));
    const level = Math.min(this.#transmissions[slot]!++, BACKOFF_LEVELS - 1);
    this.#arm(now, slot, this.#backoff[level]!);
  }

  #arm(now: Nanos, slot: number, queue: DelayQueue): void {
    this.#timer[slot] = ++this.#timers;
    queue.push(now, slot, this.#timers);
    if (queue.deadlineNs < this.#deadlineNs) this.#deadlineNs = queue.deadlineNs;
  }

  #answered(now: Nanos, slot: number, frame: Frame): void {
    const message = this.#message;
    this.#config.replicaChoice?.noteLoad(message.server, message.load);
    switch (message.status) {
      case PegasusStatus.Retry:
        // The way is open, so the backoff starts over.
        this.#transmissions[slot] = 0;
        return this.#arm(now, slot, this.#retries);
      case PegasusStatus.WrongEpoch:
        return this.#epochChanged(now, slot);
      case PegasusStatus.Unavailable: {
        // A duplicate of the refused transmission may have been executed: of a write nothing is certain.
        const outcome = message.op === PegasusOp.WriteReply ? 'unknown' : 'failed';
        return this.#finish(now, slot, outcome, 'unavailable');
      }
      case PegasusStatus.BadRequest:
        return this.#finish(now, slot, 'failed', 'badRequest');
      default:
        this.counters.answered++;
        return this.#succeed(now, slot, frame);
    }
  }

  #epochChanged(now: Nanos, slot: number): void {
    const { op, epoch } = this.#message;
    const rack = this.#datagram.srcIp === this.#tail.vip ? this.#tail : this.#head;
    rack.epoch = epoch;
    // The request goes to the other rack by now, and that one has not refused it.
    if (this.#racks[slot] !== rack) return;
    if (op === PegasusOp.WriteReply) return this.#finish(now, slot, 'unknown', 'epochChanged');
    // A read may change its epoch: it has no effect that could happen twice.
    // As after Retry: many changes of the epoch must not add up to a wait beyond the time to give up.
    this.#transmissions[slot] = 0;
    this.#readdress(slot, rack, epoch);
    this.#transmit(now, slot);
  }

  #readdress(slot: number, rack: RackAccess, epoch: number): void {
    const frame = this.#frames[slot]!;
    const datagramBytes = frame.length - UDP_PAYLOAD_OFFSET;
    frame.view.setUint16(frame.start + UDP_PAYLOAD_OFFSET + pegasusHeader.offset.epoch, epoch);
    this.#address(frame, rack, datagramBytes);
    this.#racks[slot] = rack;
  }

  #succeed(now: Nanos, slot: number, frame: Frame): void {
    const completion = this.#completion;
    const message = this.#message;
    completion.found = message.status === PegasusStatus.Ok;
    completion.bytes = frame.bytes;
    completion.valueStart = this.#datagram.payloadStart + pegasusHeader.bytes + message.keyLength;
    completion.valueBytes = this.#datagram.payloadBytes - pegasusHeader.bytes - message.keyLength;
    completion.versionIncarnation = message.versionIncarnation;
    completion.versionCounter = message.versionCounter;
    completion.server = message.server;
    this.#finish(now, slot, 'ok', 'none');
  }

  #finish(now: Nanos, slot: number, outcome: ClientOutcome, reason: ClientReason): void {
    const completion = this.#completion;
    const request = this.#frames[slot]!;
    const op = opIn(request);
    completion.token = slot;
    completion.op = op === PegasusOp.Get ? 'get' : op === PegasusOp.Put ? 'put' : 'delete';
    completion.outcome = outcome;
    completion.reason = reason;
    completion.submittedNs = this.#submittedNs[slot]!;
    if (outcome !== 'ok') completion.found = false;
    this.#frames[slot] = null;
    this.#timer[slot] = 0;
    this.#config.pool.release(request);
    this.#outstanding--;
    while (this.#oldestId < this.#nextId && this.#frames[this.#oldestId % WINDOW_MAX] === null)
      this.#oldestId++;
    this.#config.onComplete(now, completion);
  }

  #findDeadline(): void {
    this.#deadlineNs = this.#retries.deadlineNs;
    for (const queue of this.#backoff)
      if (queue.deadlineNs < this.#deadlineNs) this.#deadlineNs = queue.deadlineNs;
  }
}

function opIn({ view, start }: Frame): number {
  return view.getUint8(start + UDP_PAYLOAD_OFFSET + pegasusHeader.offset.op);
}

const OPS = { get: PegasusOp.Get, put: PegasusOp.Put, delete: PegasusOp.Delete } as const;
