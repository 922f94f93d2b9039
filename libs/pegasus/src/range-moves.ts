/**
 * A storage server's part in moving ranges of the hash ring to another server: it stops writing the range,
 * sends items and executed requests, and forgets them when the switch has the new home.
 *
 * Reads of the range go on until it has moved: the old home's items stand still from the moment at which it
 * stops writing, and the new home writes only after the switch has turned to it. So a read that is late at
 * the old home shows what was newest when it passed the switch.
 */
import { type Frame, type Nanos, NEVER } from '@ballast/base';
import {
  pegasusHeader,
  PegasusOp,
  PegasusRecord,
  PegasusStatus,
  RING_POSITIONS,
  UDP_PAYLOAD_OFFSET,
} from '@ballast/wire';
import type { ExecutedEntry } from './executed-requests.ts';
import { decodeHandOver, encodeHandOver } from './hand-over.ts';
import { MISS } from './item-store.ts';
import { findItem, reply, tell } from './reply.ts';
import { isWithin, Ownership, type RingRange, ringPositionOf } from './ring-range.ts';
import type { ServerState } from './server-state.ts';
import { dropItem, storeItem } from './stored.ts';

/** Transfers under way at once. */
const WINDOW = 32;
/** Executed requests and clients in one message; with header they fit an MTU of 1500. */
const REQUESTS_PER_PART = 24;

/** A range on its way to another server. */
interface Departure extends RingRange {
  readonly generation: number;
  readonly target: number;
  /** What is sent: numbers of items, then parts of the executed requests. */
  readonly items: readonly number[];
  readonly parts: readonly Uint8Array[];
  /** By position in both, items first. */
  readonly sentNs: Float64Array;
  readonly isDone: Uint8Array;
  left: number;
  /** Everything below it is done. */
  base: number;
}

export class RangeMoves {
  readonly #state: ServerState;
  /** By position of the ring. Made when the first range moves. */
  #ownership: Uint8Array | null = null;
  #departure: Departure | null = null;
  #deadlineNs: Nanos = NEVER;

  constructor(state: ServerState) {
    this.#state = state;
  }

  get deadlineNs(): Nanos {
    return this.#deadlineNs;
  }

  /** Is a write of a cold key of this hash refused, because the range moves or has moved? */
  refusesWrite(hashHi: number): boolean {
    return this.#state.rules.refusesMovedWrite(this.#ownershipOf(hashHi));
  }

  refusesRead(hashHi: number): boolean {
    return this.#state.rules.refusesMovedRead(this.#ownershipOf(hashHi));
  }

  /** The server counts as dead: what it was told of ranges holds no longer. */
  leave(): void {
    this.#ownership = null;
    this.#departure = null;
    this.#deadlineNs = NEVER;
  }

  timeout(now: Nanos): void {
    if (now >= this.#deadlineNs) this.#send(now);
  }

  /** Does what the controller's message says; false when that takes longer: nothing is acknowledged yet. */
  obey(now: Nanos): boolean {
    const { message } = this.#state;
    const range = { first: message.keyHashHi, count: message.keyHashLo };
    if (range.first + range.count > RING_POSITIONS) return false;
    switch (message.op) {
      case PegasusOp.Yield:
        return this.#yield(now, range);
      case PegasusOp.Drop:
        this.#drop(range);
        return true;
      default:
        this.#mark(range, Ownership.Kept);
        if (this.#departure?.generation === message.generation) this.#departure = null;
        return true;
    }
  }

  /** A part of a range that moves here. */
  take(frame: Frame): void {
    const state = this.#state;
    const { message, keyAt } = state;
    if (message.keyLength === 0) this.#takeRequests(frame.bytes.subarray(keyAt, keyAt + state.valueBytes));
    else this.#takeItem(frame);
    message.op = PegasusOp.TransferAck;
    message.target = message.server;
    message.keyLength = 0;
    reply(state, frame, pegasusHeader.bytes);
  }

  /** The new home has a part. */
  taken(now: Nanos, frame: Frame): void {
    const { message, config, requestId } = this.#state;
    const departure = this.#departure;
    if (departure?.generation === message.generation && departure.isDone[requestId] === 0) {
      departure.isDone[requestId] = 1;
      departure.left--;
      while (departure.base < departure.isDone.length && departure.isDone[departure.base] === 1)
        departure.base++;
      if (departure.left === 0) this.#announceDone(departure);
      this.#send(now);
    }
    config.pool.release(frame);
  }

  /** Stops writing the range and sends it away; true when the new home has all of it. */
  #yield(now: Nanos, range: RingRange): boolean {
    const { message } = this.#state;
    if (this.#departure?.generation !== message.generation) {
      this.#mark(range, Ownership.Yielding);
      this.#departure = this.#depart(range, message.generation, message.clientId);
      this.#send(now);
    }
    return this.#departure.left === 0;
  }

  #depart(range: RingRange, generation: number, target: number): Departure {
    const { store, executed, rules } = this.#state;
    const items: number[] = [];
    for (let item = 0; item < store.itemsEnd; item++)
      if (store.isItem(item) && isWithin(range, store.hashHi(item))) items.push(item);
    const requests = rules.movesAlong(executed.within((hashHi) => isWithin(range, hashHi)));
    const parts = partsOfRequests([...executed.watermarks()], requests);
    const size = items.length + parts.length;
    return {
      ...range,
      generation,
      target,
      items,
      parts,
      sentNs: new Float64Array(size).fill(-this.#state.config.peerRetryNs),
      isDone: new Uint8Array(size),
      left: size,
      base: 0,
    };
  }

  /** Sends what of the window was not sent yet, or too long ago. */
  #send(now: Nanos): void {
    const { peerRetryNs } = this.#state.config;
    const departure = this.#departure;
    this.#deadlineNs = NEVER;
    if (departure === null || departure.left === 0) return;
    const end = Math.min(departure.isDone.length, departure.base + WINDOW);
    for (let i = departure.base; i < end; i++) {
      if (departure.isDone[i] === 1) continue;
      // The same sum as that of the deadline: a difference could fall short of it by rounding.
      if (now >= departure.sentNs[i]! + peerRetryNs) {
        departure.sentNs[i] = now;
        this.#sendPart(departure, i);
      }
      this.#deadlineNs = Math.min(this.#deadlineNs, departure.sentNs[i]! + peerRetryNs);
    }
  }

  /** Answers the controller's Yield now: it need not ask again. */
  #announceDone({ generation, first, count }: Departure): void {
    const { config } = this.#state;
    const frame = config.pool.take();
    const message = new PegasusRecord();
    message.op = PegasusOp.YieldAck;
    message.server = config.id;
    message.serverIncarnation = this.#state.incarnation;
    message.generation = generation;
    message.keyHashHi = first;
    message.keyHashLo = count;
    message.load = 1;
    tell(this.#state, frame, message, { toIp: config.controllerIp, payloadBytes: pegasusHeader.bytes });
  }

  #sendPart(departure: Departure, index: number): void {
    const { config, store } = this.#state;
    const frame = config.pool.take();
    const base = frame.start + UDP_PAYLOAD_OFFSET;
    const message = new PegasusRecord();
    message.op = PegasusOp.Transfer;
    message.server = config.id;
    message.serverIncarnation = this.#state.incarnation;
    message.target = departure.target;
    message.generation = departure.generation;
    message.requestIdLo = index;
    let payloadBytes: number = pegasusHeader.bytes;
    const item = departure.items[index];
    if (item === undefined) {
      const part = departure.parts[index - departure.items.length]!;
      frame.bytes.set(part, base + payloadBytes);
      payloadBytes += part.length;
    } else {
      const key = store.key(item);
      message.status = store.isTombstone(item) ? PegasusStatus.NotFound : PegasusStatus.Ok;
      message.keyHashHi = store.hashHi(item);
      message.keyHashLo = store.hashLo(item);
      message.keyLength = key.length;
      message.versionIncarnation = store.versionIncarnation(item);
      message.versionCounter = store.versionCounter(item);
      frame.bytes.set(key, base + payloadBytes);
      store.copyValue(item, frame.bytes, base + payloadBytes + key.length);
      payloadBytes += key.length + store.valueBytes(item);
    }
    tell(this.#state, frame, message, {
      toIp: config.serverIps[departure.target]!,
      payloadBytes: payloadBytes,
    });
  }

  #takeItem(frame: Frame): void {
    const state = this.#state;
    const { message, keyAt, valueBytes } = state;
    const { keyHashHi, keyHashLo, keyLength, versionIncarnation, versionCounter } = message;
    const item = findItem(state, frame);
    if (item !== MISS && !state.rules.supersedes(state.store, item, versionIncarnation, versionCounter))
      return;
    storeItem(
      state,
      keyHashHi,
      keyHashLo,
      frame.bytes,
      keyAt,
      keyLength,
      frame.bytes,
      keyAt + keyLength,
      message.status === PegasusStatus.NotFound ? null : valueBytes,
      versionIncarnation,
      versionCounter,
    );
  }

  #takeRequests(body: Uint8Array): void {
    const { executed, rules } = this.#state;
    const handOver = decodeHandOver(body);
    if (handOver === null) return;
    for (const [clientId, watermark] of handOver.watermarks) executed.settle(clientId, watermark);
    for (const { clientId, requestId, hashHi, hashLo, incarnation, counter } of handOver.requests) {
      if (rules.isStale(executed, clientId, requestId)) continue;
      executed.add(clientId, requestId, hashHi, hashLo, incarnation, counter);
    }
  }

  /** Forgets a range that has a new home. */
  #drop(range: RingRange): void {
    const { store } = this.#state;
    if (this.#departure?.first === range.first) this.#departure = null;
    this.#mark(range, Ownership.Gone);
    for (let item = 0; item < store.itemsEnd; item++)
      if (store.isItem(item) && isWithin(range, store.hashHi(item))) dropItem(this.#state, item);
  }

  #ownershipOf(hashHi: number): Ownership {
    const ownership = this.#ownership?.[ringPositionOf(hashHi)];
    return (ownership ?? Ownership.Kept) as Ownership;
  }

  #mark({ first, count }: RingRange, ownership: Ownership): void {
    this.#ownership ??= new Uint8Array(RING_POSITIONS);
    this.#ownership.fill(ownership, first, first + count);
  }
}

/** Hand-overs of requests and watermarks, each small enough for one packet. At least one. */
function partsOfRequests(
  watermarks: readonly (readonly [number, number])[],
  requests: readonly ExecutedEntry[],
): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const size = Math.max(watermarks.length, requests.length, 1);
  for (let at = 0; at < size; at += REQUESTS_PER_PART) {
    parts.push(
      encodeHandOver({
        watermarks: watermarks.slice(at, at + REQUESTS_PER_PART),
        requests: requests.slice(at, at + REQUESTS_PER_PART),
        item: null,
      }),
    );
  }
  return parts;
}
