/**
 * Storage server of a Pegasus rack (OSDI '20, §4): executes requests, keeps each write at most once, and
 * has its part in what happens to hot keys (hot-key-duties.ts). The argument stands in docs/pegasus.md.
 *
 * A request is answered in the frame that it came in.
 */
import type { Core, Frame, Nanos, PortNumber, Sink } from '@ballast/base';
import {
  decodePegasus,
  Drop,
  encodePegasus,
  PEGASUS_PORT,
  PegasusFlag,
  pegasusHeader,
  PegasusOp,
  PegasusRecord,
  PegasusStatus,
  readUdpFrame,
  UdpDatagram,
  writeUdpFrame,
} from '@ballast/wire';
import { DurableOutbox } from './durable-outbox.ts';
import { ExecutedRequests, UNKNOWN } from './executed-requests.ts';
import { HotKeyDuties } from './hot-key-duties.ts';
import { HotKey, HotKeys, HotPhase } from './hot-keys.ts';
import { type ItemStore, MISS } from './item-store.ts';
import { RangeMoves } from './range-moves.ts';
import { findItem, placeValue, reply } from './reply.ts';
import { ServerMembership } from './server-membership.ts';
import { type ServerRules, serverRules } from './server-rules.ts';
import type { ServerConfig, ServerCounters, ServerState } from './server-state.ts';
import { storeItem } from './stored.ts';
import { requestIdAt } from './version.ts';

export class PegasusServer implements Core {
  readonly #state: ServerState;
  readonly #duties: HotKeyDuties;
  readonly #membership: ServerMembership;
  readonly #ranges: RangeMoves;

  constructor(config: ServerConfig, rules: ServerRules = serverRules) {
    const { mac, gatewayMac, ip, log, member } = config;
    const ports = { srcPort: PEGASUS_PORT, dstPort: PEGASUS_PORT };
    this.#state = {
      config,
      rules,
      store: config.store,
      executed: new ExecutedRequests(),
      hotKeys: new HotKeys(),
      counters: freshCounters(),
      outbox: new DurableOutbox(log),
      log,
      incarnation: member?.incarnation ?? 0,
      epochBefore: member?.epoch ?? 0,
      datagram: new UdpDatagram(),
      path: { srcMac: mac, dstMac: gatewayMac, srcIp: ip, dstIp: 0, ...ports },
      message: new PegasusRecord(),
      requestId: 0,
      keyAt: 0,
      valueBytes: 0,
    };
    this.#ranges = new RangeMoves(this.#state);
    this.#duties = new HotKeyDuties(this.#state, this.#ranges);
    this.#membership = new ServerMembership(this.#state, () => {
      this.#duties.leave();
      this.#ranges.leave();
    });
  }

  get deadlineNs(): Nanos {
    return Math.min(this.#duties.deadlineNs, this.#membership.deadlineNs, this.#ranges.deadlineNs);
  }
  /** Whether the controller has taken this server in, as far as it knows. */
  get isMember(): boolean {
    return this.#state.incarnation !== 0;
  }
  get store(): ItemStore {
    return this.#state.store;
  }
  get executed(): ExecutedRequests {
    return this.#state.executed;
  }
  get hotKeys(): HotKeys {
    return this.#state.hotKeys;
  }
  get counters(): Readonly<ServerCounters> {
    return this.#state.counters;
  }

  /** Puts an item in place before the rack starts. */
  preload(hashHi: number, hashLo: number, key: Uint8Array, value: Uint8Array, counter: number): void {
    storeItem(this.#state, hashHi, hashLo, key, 0, key.length, value, 0, value.length, 0, counter);
  }

  /** Makes a key hot before the rack starts; a write here is copied to all of its replicas. */
  preloadHot(
    key: { readonly hashHi: number; readonly hashLo: number; readonly bytes: Uint8Array },
    generation: number,
    replicas: readonly number[],
  ): void {
    const hot = new HotKey(key.hashHi, key.hashLo, generation, HotPhase.Open, key.bytes);
    hot.targets = replicas.reduce((set, id) => set | (1 << id), 0);
    hot.copies = replicas.length;
    this.hotKeys.add(hot);
  }

  drain(sink: Sink): void {
    this.#state.outbox.drain(sink);
  }

  /** Everything logged before this position survives a crash: what waited for it may leave. */
  durable(position: number): void {
    this.#state.outbox.durable(position);
  }

  /** Gives back the frames that it holds: the server has stopped. */
  discard(): void {
    this.#state.outbox.discard(this.#state.config.pool);
  }

  timeout(now: Nanos): void {
    this.#duties.timeout(now);
    this.#membership.timeout(now);
    this.#ranges.timeout(now);
  }

  handle(now: Nanos, _port: PortNumber, frame: Frame): void {
    const state = this.#state;
    const { datagram, message } = state;
    if (
      readUdpFrame(frame, datagram) !== Drop.None ||
      decodePegasus(frame.view, datagram.payloadStart, datagram.payloadBytes, message) !== Drop.None
    ) {
      return this.#refuseBytes(frame);
    }
    state.requestId = requestIdAt(frame.view, datagram.payloadStart);
    state.keyAt = datagram.payloadStart + pegasusHeader.bytes;
    state.valueBytes = datagram.payloadBytes - pegasusHeader.bytes - message.keyLength;
    if (message.op >= PegasusOp.Hold) return this.#control(now, frame);
    if (!this.#isForThisLife()) {
      state.counters.notMember++;
      return state.config.pool.release(frame);
    }
    switch (message.op) {
      case PegasusOp.Get:
        return this.#get(frame);
      case PegasusOp.Put:
      case PegasusOp.Delete:
        return this.#write(now, frame);
      case PegasusOp.Replicate:
        return this.#duties.takeCopy(frame);
      case PegasusOp.ReplicateAck:
        return this.#duties.copyTaken(frame);
      case PegasusOp.Transfer:
        return this.#ranges.take(frame);
      case PegasusOp.TransferAck:
        return this.#ranges.taken(now, frame);
      default:
        return this.#refuseBytes(frame);
    }
  }

  /** A message of the controller; other controllers there are none. */
  #control(now: Nanos, frame: Frame): void {
    const { message, datagram, config } = this.#state;
    if (datagram.srcIp !== config.controllerIp || message.op > PegasusOp.Keep)
      return this.#refuseBytes(frame);
    if (message.op === PegasusOp.Ping) return this.#membership.ping(now, frame);
    if (message.op === PegasusOp.Welcome) return this.#membership.welcome(frame);
    // What the controller asks of an earlier life.
    if (!this.isMember || message.serverIncarnation !== this.#state.incarnation)
      return config.pool.release(frame);
    this.#duties.control(now, frame);
  }

  #isForThisLife(): boolean {
    const { incarnation, message, rules, epochBefore } = this.#state;
    if (incarnation === 0) return false;
    return message.op > PegasusOp.Delete || rules.isOfThisLife(message.epoch, epochBefore);
  }

  #refuseBytes(frame: Frame): void {
    this.#state.counters.bytesRefused++;
    this.#state.config.pool.release(frame);
  }

  #get(frame: Frame): void {
    const { message, store, counters, hotKeys, rules } = this.#state;
    counters.gets++;
    if (!this.#hashFits(frame)) return this.#answer(frame, PegasusStatus.BadRequest, MISS);
    const hot = hotKeys.find(message.keyHashHi, message.keyHashLo);
    if (!rules.isCurrent(hot, message.generation)) return this.#askAgain(frame);
    if (this.#isForHome(frame, hot)) return this.#sendHome(frame);
    const isCold = message.generation === 0;
    if (isCold && this.#ranges.refusesRead(message.keyHashHi)) return this.#askAgain(frame);
    const item = findItem(this.#state, frame);
    if (item === MISS && rules.isElsewhere(message.generation)) return this.#askAgain(frame);
    this.#markOtherKey(frame, hot);
    if (item === MISS) return this.#answer(frame, PegasusStatus.NotFound, MISS);
    this.#showVersion(item);
    this.#answer(frame, store.isTombstone(item) ? PegasusStatus.NotFound : PegasusStatus.Ok, item);
  }

  #showVersion(item: number): void {
    const { message, store } = this.#state;
    message.versionIncarnation = store.versionIncarnation(item);
    message.versionCounter = store.versionCounter(item);
  }

  #write(now: Nanos, frame: Frame): void {
    const { message, executed, rules, counters, hotKeys, config, requestId } = this.#state;
    counters.writes++;
    if (!this.#hashFits(frame)) return this.#answer(frame, PegasusStatus.BadRequest, MISS);
    executed.settle(message.clientId, requestId - message.window);
    if (rules.isStale(executed, message.clientId, requestId)) {
      counters.stale++;
      return config.pool.release(frame);
    }
    const hot = hotKeys.find(message.keyHashHi, message.keyHashLo);
    if (!rules.isCurrent(hot, message.generation)) return this.#askAgain(frame);
    const entry = rules.findExecuted(executed, message.clientId, requestId);
    if (entry !== UNKNOWN) return this.#answerRepeat(frame, entry, hot);
    if (this.#isForHome(frame, hot)) return this.#sendHome(frame);
    const isCold = message.generation === 0;
    if (isCold && this.#ranges.refusesWrite(message.keyHashHi)) return this.#askAgain(frame);
    if (!rules.mayExecute(hot, message.generation, this.#isHotKey(frame, hot))) return this.#askAgain(frame);
    this.#execute(now, frame, hot);
  }

  #execute(now: Nanos, frame: Frame, hot: HotKey | null): void {
    const state = this.#state;
    const { message, store, executed, rules, keyAt, valueBytes } = state;
    const {
      versionIncarnation: incarnation,
      versionCounter: counter,
      keyHashHi: hi,
      keyHashLo: lo,
    } = message;
    if (rules.supersedes(store, findItem(state, frame), incarnation, counter)) {
      const { keyLength } = message;
      const bytes = message.op === PegasusOp.Delete ? null : valueBytes;
      storeItem(
        state,
        hi,
        lo,
        frame.bytes,
        keyAt,
        keyLength,
        frame.bytes,
        keyAt + keyLength,
        bytes,
        incarnation,
        counter,
      );
      if (hot !== null && message.generation !== 0) this.#duties.planSpread(now, hot);
    }
    executed.add(message.clientId, state.requestId, hi, lo, incarnation, counter);
    this.#answerWrite(frame, hot);
  }

  /** Answers with the version of the first execution, never with the stamp of this transmission. */
  #answerRepeat(frame: Frame, entry: number, hot: HotKey | null): void {
    const { message, store, executed, counters } = this.#state;
    counters.repeats++;
    message.versionIncarnation = executed.incarnation(entry);
    message.versionCounter = executed.counter(entry);
    // The entry may have come from another server while the item did not: then this server must not be
    // taken for a holder of that version.
    const item = findItem(this.#state, frame);
    if (!holdsAtLeast(store, item, message)) message.generation = 0;
    this.#answerWrite(frame, hot);
  }

  #answerWrite(frame: Frame, hot: HotKey | null): void {
    const { message, rules } = this.#state;
    const isChained = (message.flags & PegasusFlag.Chained) !== 0;
    this.#markOtherKey(frame, hot);
    if (isChained) return this.#forward(frame);
    const item = rules.showsItem(message.generation) ? findItem(this.#state, frame) : MISS;
    if (item !== MISS) this.#showVersion(item);
    this.#answer(frame, PegasusStatus.Ok, item);
  }

  /**
   * Sends the write to the tail rack, which answers its client. A repeat goes there again, under the version
   * of the first execution and with the value, which every transmission carries.
   */
  #forward(frame: Frame): void {
    const { message, counters, config } = this.#state;
    counters.forwarded++;
    message.status = message.op === PegasusOp.Delete ? PegasusStatus.NotFound : PegasusStatus.Ok;
    message.op = PegasusOp.ChainForward;
    message.server = config.id;
    message.serverIncarnation = this.#state.incarnation;
    message.load = Math.min(config.load(), 0xffff);
    this.#sendOn(frame);
  }

  /** Not executed, surely: the client sends the same request again, and the switch routes it anew. */
  #askAgain(frame: Frame): void {
    this.#state.counters.retriesAsked++;
    this.#answer(frame, PegasusStatus.Retry, MISS);
  }

  /** A hot-routed request for a key that is not the promoted one: only home has it. */
  #isForHome(frame: Frame, hot: HotKey | null): boolean {
    const { rules, message } = this.#state;
    return hot !== null && message.generation !== 0 && rules.isForHome(this.#isHotKey(frame, hot));
  }

  #isHotKey(frame: Frame, hot: HotKey | null): boolean {
    const { keyAt, message } = this.#state;
    return hot !== null && hot.is(frame.bytes, keyAt, message.keyLength);
  }

  /** A reply about another key of a hot key's hash must not touch the directory. */
  #markOtherKey(frame: Frame, hot: HotKey | null): void {
    const isOther = hot !== null && !this.#isHotKey(frame, hot);
    this.#state.message.flags = isOther ? this.#state.rules.otherKeyFlags : 0;
  }

  #hashFits(frame: Frame): boolean {
    const { config, message, keyAt } = this.#state;
    const { hasher } = config;
    hasher.hash(frame.bytes, keyAt, keyAt + message.keyLength);
    return hasher.hi === message.keyHashHi && hasher.lo === message.keyHashLo;
  }

  /** Sends the request on to the key's home, unexecuted; the client stays its sender. */
  #sendHome(frame: Frame): void {
    const { message, counters } = this.#state;
    counters.sentHome++;
    message.flags = PegasusFlag.ToHome;
    this.#sendOn(frame);
  }

  /** Sends the message back to the switch with all that came with it; the client stays its sender. */
  #sendOn(frame: Frame): void {
    const { datagram, message, path, config, outbox } = this.#state;
    encodePegasus(frame.view, datagram.payloadStart, message);
    path.srcIp = datagram.srcIp;
    path.dstIp = config.vip;
    path.srcPort = datagram.srcPort;
    path.dstPort = PEGASUS_PORT;
    writeUdpFrame(frame, path, datagram.payloadBytes);
    outbox.push(0, frame);
  }

  /** Turns the request into its reply: status, the message's version and generation, the item's value. */
  #answer(frame: Frame, status: PegasusStatus, item: number): void {
    const { message } = this.#state;
    message.status = status;
    const isWrite = message.op !== PegasusOp.Get;
    if (item === MISS && !(isWrite && status === PegasusStatus.Ok)) {
      message.versionIncarnation = 0;
      message.versionCounter = 0;
    }
    message.op = isWrite ? PegasusOp.WriteReply : PegasusOp.GetReply;
    reply(this.#state, frame, placeValue(this.#state, frame, item));
  }
}

function holdsAtLeast(store: ItemStore, item: number, version: PegasusRecord): boolean {
  if (item === MISS) return false;
  const incarnation = store.versionIncarnation(item);
  if (incarnation !== version.versionIncarnation) return incarnation > version.versionIncarnation;
  return store.versionCounter(item) >= version.versionCounter;
}

function freshCounters(): ServerCounters {
  return {
    gets: 0,
    writes: 0,
    repeats: 0,
    stale: 0,
    retriesAsked: 0,
    sentHome: 0,
    forwarded: 0,
    copiesSent: 0,
    copiesApplied: 0,
    notMember: 0,
    expelled: 0,
    bytesRefused: 0,
  };
}
