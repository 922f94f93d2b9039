/**
 * Directory controller of a Pegasus rack (OSDI '20, §5): which keys are hot, which servers are live, and
 * what follows from both when servers, the switch or the controller itself stop and start again.
 *
 * The switch is driven by commands that its driver translates; they are answered in order.
 */
import type { Core, Frame, Nanos, PortNumber, Sink } from '@ballast/base';
import {
  decodePegasus,
  Drop,
  PegasusFlag,
  pegasusHeader,
  PegasusOp,
  PegasusRecord,
  readUdpFrame,
  UdpDatagram,
} from '@ballast/wire';
import { CommandQueue } from './command-queue.ts';
import type {
  ControllerConfig,
  ControllerCounters,
  ControllerStatus,
  DirectoryCommand,
  CommandResult,
  DirectoryCounters,
} from './controller-config.ts';
import { ControllerLedger } from './controller-ledger.ts';
import { type ControllerRules, controllerRules } from './controller-rules.ts';
import { Courier } from './courier.ts';
import { Directory } from './directory.ts';
import type { DirectoryEntry } from './directory-entry.ts';
import { nextEpoch } from './epoch.ts';
import { type Member, Members, setOf } from './members.ts';
import { createEstimator, type HotKeyEstimator, type HotKeyReport } from './popularity.ts';
import { RingMoves } from './ring-moves.ts';

export class PegasusController implements Core {
  readonly counters: ControllerCounters = {
    promotions: 0,
    demotions: 0,
    refused: 0,
    samples: 0,
    expelled: 0,
    admitted: 0,
    turnedAway: 0,
    switchStarts: 0,
    rangesMoved: 0,
    lost: 0,
    bytesRefused: 0,
  };
  readonly #config: ControllerConfig;
  readonly #rules: ControllerRules;
  readonly #estimator: HotKeyEstimator;
  readonly #ledger: ControllerLedger;
  readonly #members: Members;
  readonly #commands: CommandQueue;
  readonly #courier: Courier;
  readonly #directory: Directory;
  readonly #ring: RingMoves;
  readonly #datagram = new UdpDatagram();
  readonly #message = new PegasusRecord();
  #epochAt: Nanos;
  #retryAt: Nanos;
  #pingAt: Nanos;
  #isReading = false;
  /** The switch is not known to have the present epoch yet. */
  #isResuming = false;

  constructor(config: ControllerConfig, rules: ControllerRules = controllerRules) {
    const { startNs } = config;
    this.#config = config;
    this.#rules = rules;
    this.#estimator = createEstimator(config.popularity);
    this.#ledger = new ControllerLedger(config.journal, config.records, config.incarnations);
    this.#commands = new CommandQueue(this.#ledger.starts);
    this.#courier = new Courier(config, this.#ledger);
    this.#members = new Members(config.serverIps.length, this.#ledger);
    this.#directory = new Directory({
      config,
      rules,
      counters: this.counters,
      ledger: this.#ledger,
      members: this.#members,
      commands: this.#commands,
      courier: this.#courier,
    });
    this.#ring = new RingMoves({
      counters: this.counters,
      ledger: this.#ledger,
      members: this.#members,
      commands: this.#commands,
      courier: this.#courier,
      coolDown: (isAskedFor) => !rules.coolsBeforeMove || this.#directory.coolDown(isAskedFor),
    });
    this.#epochAt = startNs + config.epochNs;
    this.#retryAt = startNs + config.retryNs;
    this.#pingAt = startNs + config.pingNs;
    const isFirst = this.#ledger.starts === 0;
    this.#ledger.write({ kind: 'start' });
    if (!isFirst) this.#resume();
  }

  get deadlineNs(): Nanos {
    return Math.min(this.#epochAt, this.#retryAt, this.#pingAt);
  }

  /** Number of the live set. */
  get epoch(): number {
    return this.#ledger.epoch;
  }

  /** Servers that are live, by id. */
  get liveServers(): readonly number[] {
    return this.#members.live.map(({ id }) => id);
  }

  /** Keys in the directory now, hottest first. */
  report(): HotKeyReport[] {
    const text = new TextDecoder();
    return [...this.#directory.entries.values()]
      .filter((e) => e.stage === 'hot')
      .sort((a, b) => b.reads + b.writes - a.reads - a.writes)
      .map((e) => ({
        entry: e.entry,
        key: text.decode(e.key),
        generation: e.generation,
        reads: e.reads,
        writes: e.writes,
      }));
  }

  /** Members, moves, and what cannot be reached. */
  status(): ControllerStatus {
    const { epoch, switchIncarnation, move, isRebalancing } = this.#ledger;
    const members = this.#members.all.map((member) => {
      const { id, status, incarnation, isLeaving } = member;
      return { id, status, incarnation, isLeaving, ringPositions: this.#ring.positionsOf(id) };
    });
    const { transitions, keysUnavailable } = this.#directory;
    return { epoch, switchIncarnation, members, move, isRebalancing, transitions, keysUnavailable };
  }

  /** Is nothing under way, and every server live? */
  get isSettled(): boolean {
    const isOver = ({ status, isLeaving }: Member): boolean => status === (isLeaving ? 'left' : 'live');
    return (
      !this.#isResuming && this.#directory.isSettled && this.#ring.isIdle && this.#members.all.every(isOver)
    );
  }

  /** Gives every live server an equal share of the ring: after servers were added. */
  rebalance(): void {
    this.#ring.rebalance();
  }

  /**
   * Takes a server out of the rack without losing anything: others get its part of the ring, then what it
   * alone holds goes home. Over when its id is no longer among `liveServers`.
   */
  leave(id: number): void {
    const member = this.#members.all[id];
    if (member === undefined || member.isLeaving) return;
    this.#ledger.write({ kind: 'leaving', server: id });
    member.isLeaving = true;
    this.#ring.rebalance();
  }

  /**
   * The other rack of the chain is no more, for good: this one answers everything itself from now on. Its own
   * writes supersede all that either rack has written.
   *
   * Whoever calls it knows that the other rack has stopped, not only that it is silent. To be repeated after
   * a crash of the controller, when it is not known whether the call came before it.
   */
  standAlone(): void {
    const ledger = this.#ledger;
    if (ledger.chainPlace === 'alone') return;
    const incarnation = ledger.nextSwitchIncarnation;
    ledger.write({ kind: 'chain', place: 'alone', incarnation });
    this.#commands.send({ kind: 'standAlone', incarnation });
  }

  drain(sink: Sink): void {
    this.#courier.outbox.drain(sink);
  }

  /** Hands over every command since the last call, in order. */
  drainCommands(take: (id: number, command: DirectoryCommand) => void): void {
    this.#commands.drain(take);
  }

  /** The switch has done a command. */
  commandDone(now: Nanos, id: number, result: CommandResult): void {
    this.#commands.done(now, id, result);
    this.#admitCaughtUp();
  }

  /** The switch has started, or started again: it has forgotten everything and lets nothing pass. */
  switchStarted(): void {
    this.#commands.abandon();
    this.counters.switchStarts++;
    this.#isReading = false;
    this.#isResuming = false;
    const incarnation = this.#ledger.nextSwitchIncarnation;
    const epoch = nextEpoch(this.#ledger.epoch);
    this.#ledger.write({ kind: 'switch', incarnation, epoch });
    const guards = this.#directory.switchStarted();
    const { live } = this.#members;
    const ring = this.#ledger.ring.slice();
    const chain = this.#ledger.chainPlace;
    this.#commands.send({ kind: 'setUp', incarnation, epoch, live, ring, guards, chain });
    // What would have settled these was forgotten with the switch.
    for (const member of this.#members.all) {
      member.isUnsettled = false;
      member.isEmpty = false;
    }
    this.#directory.settleLoss(null, 0);
    this.#ring.switchStarted();
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
    } else if (message.op === PegasusOp.Join) {
      this.#join(message.server, message.clientId, (message.flags & PegasusFlag.Empty) !== 0);
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
      this.#directory.sendPending();
      if (!this.#isResuming) this.#ring.proceed();
      for (const member of this.#members.all)
        if (member.status === 'joining' && !member.isWelcomed) this.#welcome(member);
    }
    if (now >= this.#pingAt) {
      this.#pingAt = now + this.#config.pingNs;
      this.#pingAll();
    }
    if (now >= this.#epochAt) {
      this.#epochAt = now + this.#config.epochNs;
      if (!this.#isResuming) this.#retireLeaving();
      const { hotKeysMax: entries } = this.#config;
      // A slow switch must not let reads pile up; and without entries there is nothing to find keys for.
      if (!this.#isReading && entries > 0) {
        this.#isReading = true;
        const { sketchMin } = this.#estimator;
        this.#commands.send({ kind: 'readCounters', entries, sketchMin }, (_at, counters) => {
          this.#isReading = false;
          if (counters.kind === 'counters') this.#endEpoch(counters);
        });
      }
    }
    this.#admitCaughtUp();
  }

  // Which keys are hot.

  #endEpoch(counters: DirectoryCounters): void {
    const { popularity, transitionsMax, hotKeysMax } = this.#config;
    const directory = this.#directory;
    // Answered before whatever this epoch decides: a demotion waits for nobody whom it need not.
    if (directory.isDeadNeeded && !this.#isResuming) this.#freeOfDead();
    for (const entry of directory.entries.values()) {
      const { reads, writes } = counters;
      entry.count(reads[entry.entry] ?? 0, writes[entry.entry] ?? 0, popularity.decay);
    }
    directory.tuneCopies();
    for (const candidate of this.#estimator.endEpoch(counters.sketch ?? [])) {
      const { hashHi, hashLo, rate } = candidate;
      if (directory.has(hashHi, hashLo) || !this.#mayBeHot(hashHi)) continue;
      if (directory.transitions >= transitionsMax) return;
      if (directory.entries.size < hotKeysMax) {
        const counts = (n: number): [number, number] => [counters.reads[n] ?? 0, counters.writes[n] ?? 0];
        if (directory.promote(candidate, counts)) this.#estimator.forget(hashHi, hashLo);
        continue;
      }
      const coldest = this.#coldest();
      if (coldest === null || rate < popularity.hysteresis * (coldest.reads + coldest.writes)) return;
      directory.demote(coldest);
    }
  }

  /** A key whose home is about to change must not become hot. */
  #mayBeHot(hashHi: number): boolean {
    return this.#rules.promotesWhileMoving || !this.#ring.isMoving(hashHi);
  }

  /**
   * The entry with the fewest requests, among those that had an epoch to show what they get. One whose home
   * is dead stays: nobody could take the key over.
   */
  #coldest(): DirectoryEntry | null {
    let coldest: DirectoryEntry | null = null;
    for (const entry of this.#directory.entries.values()) {
      if (entry.stage !== 'hot' || entry.age < 2 || !this.#members.isLive(entry.home)) continue;
      if (coldest === null || entry.reads + entry.writes < coldest.reads + coldest.writes) coldest = entry;
    }
    return coldest;
  }

  // Which servers are live.

  #acknowledged(_now: Nanos, frame: Frame): void {
    const message = this.#message;
    const { server, serverIncarnation } = message;
    const member = this.#members.all[server];
    if (member === undefined || !this.#members.isCurrent(server, serverIncarnation)) return;
    if (message.op === PegasusOp.PingAck) {
      member.missed = 0;
    } else if (message.op === PegasusOp.WelcomeAck) {
      if (member.status !== 'joining' || member.isWelcomed) return;
      member.isWelcomed = true;
      // Done before the journal calls it live: a controller that crashed in between would not do it any more.
      if (member.isEmpty)
        this.#commands.send({ kind: 'dropHolder', server: member.id }, () => (member.isEmpty = false));
      this.#directory.welcome(member.id);
    } else {
      const start = this.#datagram.payloadStart + pegasusHeader.bytes;
      const end = this.#datagram.payloadStart + this.#datagram.payloadBytes;
      this.#directory.acknowledged(message, frame.bytes.subarray(start, end));
      this.#ring.acknowledged(message);
    }
    this.#admitCaughtUp();
  }

  #pingAll(): void {
    // Until the switch is known to be set up, nobody can answer and nothing could be done about it.
    if (this.#isResuming) return;
    const { all } = this.#members;
    const { missedPingsMax } = this.#config;
    // When nobody answers it is the network, or the controller itself, that is cut off.
    const isHeard = all.some((m) => !m.isGone && m.missed < missedPingsMax);
    for (const member of all) {
      if (!member.isGone && member.missed++ >= missedPingsMax && isHeard) this.#expel(member);
      if (member.incarnation !== 0 && member.status !== 'left') this.#ping(member);
    }
  }

  #ping(member: Member): void {
    // A dead one may only have been cut off: this tells it to ask to be taken in again.
    const isAlive = member.status !== 'dead' ? 1 : 0;
    this.#courier.send(PegasusOp.Ping, member.id, (message) => {
      message.serverIncarnation = member.incarnation;
      message.load = isAlive;
    });
  }

  /** A server counts as dead. From the next epoch on the switch takes nothing of it. */
  #expel(member: Member): void {
    const wasLive = member.status === 'live';
    this.#members.change(member, 'dead', { isNewEpoch: wasLive });
    member.isWelcomed = false;
    if (wasLive) this.counters.expelled++;
    member.isUnsettled = true;
    this.#directory.serverLost(member.id);
    this.#ring.serverLost(member.id);
    if (wasLive) this.#setMembers();
    this.#settle();
  }

  #setMembers(): void {
    const { live } = this.#members;
    this.#commands.send({ kind: 'setMembers', epoch: this.#ledger.epoch, live });
  }

  /** Learns what the dead servers alone hold; the switch takes nothing of them any more. */
  #settle(): void {
    const unsettled = this.#members.all.filter((m) => m.isUnsettled);
    const dead = setOf(unsettled.map((m) => m.id));
    this.#commands.send({ kind: 'readEntries' }, (_now, entries) => {
      if (entries.kind === 'entries') this.#directory.settleLoss(entries, dead);
      for (const member of unsettled) member.isUnsettled = false;
    });
  }

  #freeOfDead(): void {
    const dead = setOf(this.#members.all.filter((m) => m.status === 'dead').map((m) => m.id));
    this.#commands.send({ kind: 'readEntries' }, (_now, entries) => {
      if (entries.kind === 'entries') this.#directory.freeOfDead(entries, dead);
    });
  }

  /** A server has started, or learned that it counts as dead. */
  #join(id: number, nonce: number, isEmpty: boolean): void {
    const member = this.#members.all[id];
    if (member === undefined || member.status === 'left') {
      this.counters.bytesRefused++;
      return;
    }
    if (member.nonces.at(-1) === nonce && member.status !== 'dead') {
      if (!member.isWelcomed && member.status === 'joining') this.#welcome(member);
      return;
    }
    if (!member.isNewNonce(nonce)) return;
    // Its earlier life is over, whatever the pings said.
    if (member.status !== 'dead') this.#expel(member);
    if (member.isUnsettled || this.#isResuming) return;
    const incarnation = this.#ledger.nextServerIncarnation;
    if (incarnation === null) {
      this.counters.turnedAway++;
      return;
    }
    member.incarnation = incarnation;
    member.isEmpty = isEmpty;
    member.isWelcomed = false;
    this.#members.change(member, 'joining', { isNewEpoch: false });
    this.#welcome(member);
  }

  #welcome(member: Member): void {
    this.#courier.send(PegasusOp.Welcome, member.id, (message) => {
      message.serverIncarnation = member.incarnation;
      message.clientId = member.nonces.at(-1) ?? 0;
    });
  }

  /** Takes in the servers that know of every open generation. */
  #admitCaughtUp(): void {
    if (this.#isResuming) return;
    for (const member of this.#members.all) {
      const { status, isWelcomed, isEmpty, id } = member;
      if (status !== 'joining' || !isWelcomed || isEmpty || !this.#directory.isCaughtUp(id)) continue;
      this.#members.change(member, 'live', { isNewEpoch: true });
      this.counters.admitted++;
      this.#setMembers();
      this.#commands.send({ kind: 'readEntries' }, (_now, entries) => {
        if (entries.kind === 'entries') this.#directory.admitted(entries);
      });
    }
  }

  /** Servers that leave and have no part of the ring any more. */
  #retireLeaving(): void {
    for (const member of this.#members.all) {
      const { id, status, isLeaving } = member;
      if (!isLeaving) continue;
      const isOnRing = this.#ring.positionsOf(id) > 0;
      if (status === 'live' && isOnRing && this.#ring.isIdle) {
        // It was dead when its turn came.
        this.#ring.rebalance();
      } else if (status === 'live' && !isOnRing && this.#ring.isIdle) {
        this.#members.change(member, 'retiring', { isNewEpoch: true });
        this.#setMembers();
      } else if (status === 'retiring' && this.#directory.isFreeOf(id)) {
        this.#members.change(member, 'left', { isNewEpoch: false });
        this.#directory.serverLost(id);
        continue;
      }
      if (member.status !== 'retiring') continue;
      this.#commands.send({ kind: 'readEntries' }, (_now, entries) => {
        if (entries.kind === 'entries' && member.status === 'retiring') this.#directory.retire(entries, id);
      });
    }
  }

  /** Takes over from an earlier controller of this rack. */
  #resume(): void {
    this.#isResuming = true;
    for (const member of this.#members.all) {
      // It may wait for a welcome that it will not recognise, or never have got one.
      if (member.status === 'joining') this.#members.change(member, 'dead', { isNewEpoch: false });
      if (member.status === 'dead') member.isUnsettled = true;
    }
    this.#commands.send({ kind: 'readIncarnation' }, (_now, result) => {
      if (result.kind !== 'incarnation') return;
      if (result.incarnation !== this.#ledger.switchIncarnation) return this.switchStarted();
      this.#isResuming = false;
      this.#setMembers();
      this.#settle();
    });
    this.#directory.resume(this.#ledger.entries.values());
    this.#ring.resume();
  }
}
