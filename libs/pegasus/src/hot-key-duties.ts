/**
 * A storage server's part in the life of hot keys: the controller's messages, and the copies that servers
 * send one another (OSDI '20, §4.3).
 */
import { type Frame, type Nanos, NEVER } from '@ballast/base';
import {
  PEGASUS_ACK_OFFSET,
  PegasusFlag,
  pegasusHeader,
  PegasusOp,
  PegasusRecord,
  PegasusStatus,
  UDP_PAYLOAD_OFFSET,
} from '@ballast/wire';
import {
  collectHandOver,
  decodeHandOver,
  encodeHandOver,
  type HandedItem,
  joinParts,
  partAt,
  partsOf,
} from './hand-over.ts';
import { FinishedGenerations, HotKey, HotPhase } from './hot-keys.ts';
import { MISS } from './item-store.ts';
import type { RangeMoves } from './range-moves.ts';
import { findItem, reply, tell } from './reply.ts';
import { dropItem, storeItem } from './stored.ts';
import type { ServerState } from './server-state.ts';

/** Copies are an optimisation: after so many transmissions the missing servers stay out of the set. */
export const SPREAD_ATTEMPTS_MAX = 4;
/** Parts of a message: more than any hand-over of CLIENTS_MAX clients needs. */
const PARTS_MAX = 4096;

export class HotKeyDuties {
  readonly #state: ServerState;
  readonly #ranges: RangeMoves;
  readonly #finished = new FinishedGenerations();
  #deadlineNs: Nanos = NEVER;

  constructor(state: ServerState, ranges: RangeMoves) {
    this.#state = state;
    this.#ranges = ranges;
  }

  get deadlineNs(): Nanos {
    return this.#deadlineNs;
  }

  /** Sends the copies that are due. */
  timeout(now: Nanos): void {
    if (now < this.#deadlineNs) return;
    for (const hot of this.#state.hotKeys) if (hot.spreadAt <= now) this.#spread(now, hot);
    this.#findDeadline();
  }

  /** A copy of a hot key from the server that executed its newest write. */
  takeCopy(frame: Frame): void {
    const state = this.#state;
    const { message, store, hotKeys, config, keyAt } = state;
    const {
      keyHashHi: hi,
      keyHashLo: lo,
      versionIncarnation: incarnation,
      versionCounter: counter,
    } = message;
    const hot = hotKeys.find(hi, lo);
    const isWanted =
      hot !== null &&
      state.rules.takesCopy(hot, message.generation) &&
      hot.is(frame.bytes, keyAt, message.keyLength);
    if (!isWanted) return config.pool.release(frame);
    const item = findItem(state, frame);
    if (state.rules.supersedes(store, item, incarnation, counter)) {
      state.counters.copiesApplied++;
      const { keyLength } = message;
      // A tombstone is copied with the status of a read that found nothing.
      const valueBytes = message.status === PegasusStatus.NotFound ? null : state.valueBytes;
      storeItem(
        state,
        hi,
        lo,
        frame.bytes,
        keyAt,
        keyLength,
        frame.bytes,
        keyAt + keyLength,
        valueBytes,
        incarnation,
        counter,
      );
    } else {
      message.versionIncarnation = store.versionIncarnation(item);
      message.versionCounter = store.versionCounter(item);
    }
    message.op = PegasusOp.ReplicateAck;
    message.target = message.server;
    message.status = PegasusStatus.Ok;
    reply(state, frame, pegasusHeader.bytes + message.keyLength);
  }

  /** Another server has its copy. */
  copyTaken(frame: Frame): void {
    const { message, hotKeys, config } = this.#state;
    const hot = hotKeys.find(message.keyHashHi, message.keyHashLo);
    if (hot !== null && hot.generation === message.generation) hot.awaited &= ~(1 << message.server);
    config.pool.release(frame);
  }

  /**
   * A hot key was written here: others are to get copies at once. Until they have them all reads of the key
   * come here, and a queue of them grows.
   */
  planSpread(now: Nanos, hot: HotKey): void {
    hot.awaited = 0;
    hot.attempts = 0;
    hot.spreadAt = hot.copies === 0 ? NEVER : now;
    if (hot.spreadAt < this.#deadlineNs) this.#deadlineNs = hot.spreadAt;
  }

  /**
   * Sends the item to servers that are to hold it: first to as many as wanted, then to those that are silent.
   */
  #spread(now: Nanos, hot: HotKey): void {
    hot.spreadAt = NEVER;
    if (hot.phase !== HotPhase.Open) return;
    const item = this.#itemOf(hot);
    if (item === MISS) return;
    if (hot.attempts === 0) hot.awaited = this.#chooseHolders(hot);
    if (hot.awaited === 0 || hot.attempts >= SPREAD_ATTEMPTS_MAX) return;
    hot.attempts++;
    hot.spreadAt = now + this.#state.config.peerRetryNs;
    for (let id = 0; id < this.#state.config.serverIps.length; id++) {
      if ((hot.awaited & (1 << id)) !== 0) this.#sendCopy(hot, item, id);
    }
  }

  /** As many live servers as wanted, an arc of the ids from a random start. */
  #chooseHolders({ copies, targets }: HotKey): number {
    const { config } = this.#state;
    const servers = config.serverIps.length;
    const start = config.prng.below(servers);
    let holders = 0;
    for (let i = 0, left = copies; i < servers && left > 0; i++) {
      const id = (start + i) % servers;
      if (id === config.id || (targets & (1 << id)) === 0) continue;
      holders |= 1 << id;
      left--;
    }
    return holders;
  }

  #sendCopy(hot: HotKey, item: number, target: number): void {
    this.#state.counters.copiesSent++;
    this.#tellOf(hot, item, PegasusOp.Replicate, target);
  }

  /**
   * Tells the switch that this server holds the item, by an acknowledgement to itself. The first copy's
   * acknowledgement resets the set to its sender, and nothing else would bring home back into it.
   */
  #announce(hot: HotKey): void {
    const item = this.#itemOf(hot);
    if (item !== MISS) this.#tellOf(hot, item, PegasusOp.ReplicateAck, this.#state.config.id);
  }

  /** Sends a message about a hot key to a server, with the value in a copy. */
  #tellOf(hot: HotKey, item: number, op: PegasusOp, target: number): void {
    const { config, store } = this.#state;
    const frame = config.pool.take();
    const base = frame.start + UDP_PAYLOAD_OFFSET;
    const message = new PegasusRecord();
    message.op = op;
    const isCopy = op === PegasusOp.Replicate;
    message.status = isCopy && store.isTombstone(item) ? PegasusStatus.NotFound : PegasusStatus.Ok;
    message.server = config.id;
    message.serverIncarnation = this.#state.incarnation;
    message.target = target;
    message.generation = hot.generation;
    message.keyHashHi = hot.hashHi;
    message.keyHashLo = hot.hashLo;
    message.keyLength = hot.key.length;
    message.versionIncarnation = store.versionIncarnation(item);
    message.versionCounter = store.versionCounter(item);
    frame.bytes.set(hot.key, base + pegasusHeader.bytes);
    const valueAt = base + pegasusHeader.bytes + hot.key.length;
    if (isCopy) store.copyValue(item, frame.bytes, valueAt);
    tell(this.#state, frame, message, {
      toIp: config.serverIps[target]!,
      payloadBytes: valueAt - base + (isCopy ? store.valueBytes(item) : 0),
    });
  }

  /** The server counts as dead: what it was told of hot keys holds no longer. */
  leave(): void {
    this.#state.hotKeys.clear();
    this.#deadlineNs = NEVER;
  }

  /** A message of the controller. Late and repeated ones are acknowledged and change nothing. */
  control(now: Nanos, frame: Frame): void {
    const { message, hotKeys, keyAt, valueBytes, requestId, rules } = this.#state;
    this.#finished.raise(requestId);
    if (message.op >= PegasusOp.Yield) return this.#moveRange(now, frame);
    const bodyAt = keyAt + message.keyLength;
    const body = frame.bytes.subarray(bodyAt, bodyAt + valueBytes);
    const key = frame.bytes.slice(keyAt, bodyAt);
    const found = hotKeys.find(message.keyHashHi, message.keyHashLo);
    const hot = found?.generation === message.generation ? found : null;
    message.status = PegasusStatus.Ok;
    const isOver = rules.isOver(this.#finished, message.generation);
    const answer = isOver ? null : this.#obey(now, hot, key, body);
    this.#acknowledge(frame, answer);
  }

  /** A message about a range of the ring. Each server's part in a move ends with one of them. */
  #moveRange(now: Nanos, frame: Frame): void {
    const { message, config, rules } = this.#state;
    const { op, generation } = message;
    if (!rules.isOver(this.#finished, generation)) {
      if (!this.#ranges.obey(now)) return config.pool.release(frame);
      if (op !== PegasusOp.Yield) this.#finished.finish(generation);
    }
    this.#acknowledge(frame, null);
  }

  /** Does what the controller's message says; gives the hand-over that it asks for, if it does. */
  #obey(now: Nanos, hot: HotKey | null, key: Uint8Array, body: Uint8Array): Uint8Array | null {
    switch (this.#state.message.op) {
      case PegasusOp.Hold:
        return this.#hold(hot);
      case PegasusOp.Fence:
        return this.#fence(hot, key);
      case PegasusOp.Open:
        this.#open(hot, key, body);
        return null;
      case PegasusOp.Spread:
        this.#setSpread(now, hot);
        return null;
      case PegasusOp.Merge:
        this.#merge(hot, key, body);
        return null;
      default:
        this.#forget(hot);
        return null;
    }
  }

  /** Acknowledges a controller's message, with one part of what it asked for when it asked for something. */
  #acknowledge(frame: Frame, answer: Uint8Array | null): void {
    const state = this.#state;
    const { message, keyAt } = state;
    message.op = (message.op + PEGASUS_ACK_OFFSET) as PegasusOp;
    const hot = state.hotKeys.find(message.keyHashHi, message.keyHashLo);
    const key = hot?.generation === message.generation ? hot.key : new Uint8Array(0);
    message.keyLength = key.length;
    frame.bytes.set(key, keyAt);
    let payloadBytes = pegasusHeader.bytes + key.length;
    if (answer !== null) {
      const part = partAt(answer, message.window);
      message.load = partsOf(answer);
      frame.bytes.set(part, keyAt + key.length);
      payloadBytes += part.length;
    }
    reply(state, frame, payloadBytes);
  }

  /** Home: stop writing the key that alone has this hash, and hand over what was executed. */
  #hold(hot: HotKey | null): Uint8Array | null {
    const { message, store, executed, hotKeys, rules } = this.#state;
    const { keyHashHi: hi, keyHashLo: lo, generation } = message;
    if (hot !== null) {
      this.#showVersion(this.#itemOf(hot));
      return hot.handOver;
    }
    const { count, first } = store.withHash(hi, lo);
    if (!rules.isPromotable(count) || hotKeys.find(hi, lo) !== null) {
      message.status = PegasusStatus.BadRequest;
      this.#finished.finish(generation);
      return null;
    }
    const held = new HotKey(hi, lo, generation, HotPhase.Held, store.key(first));
    held.handOver = encodeHandOver(collectHandOver(executed, store, hi, lo, MISS));
    hotKeys.add(held);
    this.#showVersion(first);
    return held.handOver;
  }

  #showVersion(item: number): void {
    if (item === MISS) return;
    const { message, store } = this.#state;
    message.versionIncarnation = store.versionIncarnation(item);
    message.versionCounter = store.versionCounter(item);
  }

  #open(hot: HotKey | null, key: Uint8Array, body: Uint8Array): void {
    const { message, hotKeys } = this.#state;
    let opening = hot;
    if (opening === null) {
      // Held is the phase in which nothing is executed; a server that is not home starts there too.
      opening = new HotKey(message.keyHashHi, message.keyHashLo, message.generation, HotPhase.Held, key);
      hotKeys.add(opening);
    }
    if (opening.phase !== HotPhase.Held || !this.#gather(opening, body)) return;
    opening.phase = HotPhase.Open;
    opening.handOver = null;
  }

  #setSpread(now: Nanos, hot: HotKey | null): void {
    if (hot?.phase !== HotPhase.Open) return;
    const { message } = this.#state;
    hot.copies = message.load;
    hot.targets = message.clientId;
    // Once an epoch: the message may be repeated.
    if ((message.flags & PegasusFlag.Begin) === 0 || hot.begunEpoch === message.epoch) return;
    hot.begunEpoch = message.epoch;
    this.planSpread(now, hot);
    this.#announce(hot);
  }

  /** Refuses writes of the generation from now on, and hands over item and executed requests. */
  #fence(hot: HotKey | null, key: Uint8Array): Uint8Array | null {
    const { executed, store, rules } = this.#state;
    const fenced = hot ?? this.#unheardOf(key, HotPhase.Held);
    if (fenced === null) {
      const { keyHashHi, keyHashLo } = this.#state.message;
      return encodeHandOver(collectHandOver(executed, store, keyHashHi, keyHashLo, MISS));
    }
    // Home may still have what it handed over when it began to hold writes.
    if (fenced.phase < HotPhase.Fenced) {
      fenced.phase = rules.fencedPhase;
      fenced.spreadAt = NEVER;
      fenced.parts = [];
      fenced.handOver = encodeHandOver(
        collectHandOver(executed, store, fenced.hashHi, fenced.hashLo, this.#itemOf(fenced)),
      );
    }
    return fenced.handOver;
  }

  /**
   * A record of a generation that this server was never told of in its present life: nothing was executed
   * under it since, but the item may be here from an earlier one. Null when nobody knows the key yet: then
   * there is nothing to keep, and the generation is over here.
   */
  #unheardOf(key: Uint8Array, phase: HotPhase): HotKey | null {
    const { message, hotKeys } = this.#state;
    const { keyHashHi, keyHashLo, generation } = message;
    if (key.length === 0) {
      this.#finished.finish(generation);
      return null;
    }
    const unheard = new HotKey(keyHashHi, keyHashLo, generation, phase, key);
    hotKeys.add(unheard);
    return unheard;
  }

  #merge(hot: HotKey | null, key: Uint8Array, body: Uint8Array): void {
    const merging = hot ?? this.#unheardOf(key, HotPhase.Fenced);
    if (merging === null || merging.phase === HotPhase.Merged || !this.#gather(merging, body)) return;
    merging.phase = HotPhase.Merged;
    const { rules, message, epochBefore } = this.#state;
    this.#state.epochBefore = rules.epochBeforeMerge(message.epoch, epochBefore);
    merging.handOver = null;
  }

  /** Takes one part of a hand-over; true when it was the last one missing and all took effect. */
  #gather(hot: HotKey, body: Uint8Array): boolean {
    const { message, executed, rules } = this.#state;
    const { window: part, load: parts } = message;
    if (part >= parts || parts > PARTS_MAX) return false;
    hot.parts[part] = body.slice();
    for (let i = 0; i < parts; i++) if (hot.parts[i] === undefined) return false;
    const handOver = decodeHandOver(joinParts(hot.parts));
    hot.parts = [];
    if (handOver === null) {
      message.status = PegasusStatus.BadRequest;
      return false;
    }
    for (const [clientId, watermark] of handOver.watermarks) executed.settle(clientId, watermark);
    for (const r of handOver.requests) {
      if (rules.isStale(executed, r.clientId, r.requestId)) continue;
      executed.add(r.clientId, r.requestId, hot.hashHi, hot.hashLo, r.incarnation, r.counter);
    }
    if (handOver.item !== null) this.#takeItem(hot, handOver.item);
    return true;
  }

  #takeItem(hot: HotKey, { incarnation, counter, value }: HandedItem): void {
    const { store, rules } = this.#state;
    const { hashHi, hashLo, key } = hot;
    if (!rules.supersedes(store, this.#itemOf(hot), incarnation, counter)) return;
    const bytes = value ?? new Uint8Array(0);
    storeItem(
      this.#state,
      hashHi,
      hashLo,
      key,
      0,
      key.length,
      bytes,
      0,
      value === null ? null : bytes.length,
      incarnation,
      counter,
    );
  }

  /** The generation is over. */
  #forget(hot: HotKey | null): void {
    const { message, hotKeys, rules } = this.#state;
    this.#finished.finish(message.generation);
    if (hot === null) return;
    const item = this.#itemOf(hot);
    if (!rules.keepsItem(hot.phase) && item !== MISS) dropItem(this.#state, item);
    hotKeys.remove(hot);
    this.#findDeadline();
  }

  #itemOf(hot: HotKey): number {
    return this.#state.store.find(hot.hashHi, hot.hashLo, hot.key, 0, hot.key.length);
  }

  #findDeadline(): void {
    this.#deadlineNs = NEVER;
    for (const hot of this.#state.hotKeys)
      if (hot.spreadAt < this.#deadlineNs) this.#deadlineNs = hot.spreadAt;
  }
}
