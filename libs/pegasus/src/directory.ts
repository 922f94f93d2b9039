/**
 * The keys in the switch's directory, and the steps by which one enters and leaves it without a moment in
 * which a read could go back, whoever dies meanwhile.
 *
 * Promote: home holds writes of the key and hands over its executed requests; every server opens the new
 * generation with these; the entry appears in the switch; home spreads copies.
 * Demote: the switch refuses writes; every server fences the generation and hands over; home merges; the
 * entry goes; every server forgets.
 *
 * A dead server is waited for where it may alone hold the newest version, or is the key's home; nowhere else.
 */
import { assert } from '@ballast/base';
import { PEGASUS_ACK_OFFSET, PegasusFlag, PegasusOp, type PegasusRecord, PegasusStatus } from '@ballast/wire';
import type { CommandQueue } from './command-queue.ts';
import type { ControllerConfig, ControllerCounters, EntryName } from './controller-config.ts';
import type { ControllerLedger, RecordedEntry } from './controller-ledger.ts';
import type { ControllerRules } from './controller-rules.ts';
import { copiesWorth, tuneCopies } from './copies.ts';
import type { Courier } from './courier.ts';
import { DirectoryEntry, type EntryStates, holdersOf, type Stage } from './directory-entry.ts';
import { Exchange } from './exchange.ts';
import { decodeHandOver, encodeHandOver, type HandOver } from './hand-over.ts';
import { type Members, setOf } from './members.ts';

/** What a server that comes back is to know of executed requests: nothing, see ServerMembership. */
const NOTHING_EXECUTED = encodeHandOver({ watermarks: [], requests: [], item: null });
const NO_BYTES = new Uint8Array(0);

export interface DirectoryContext {
  readonly config: ControllerConfig;
  readonly rules: ControllerRules;
  readonly counters: ControllerCounters;
  readonly ledger: ControllerLedger;
  readonly members: Members;
  readonly commands: CommandQueue;
  readonly courier: Courier;
}

/** What a key that becomes hot starts with. */
export interface Popular {
  readonly hashHi: number;
  readonly hashLo: number;
  readonly writeShare: number;
}

export class Directory {
  /** By their number in the switch. */
  readonly entries = new Map<number, DirectoryEntry>();
  readonly #context: DirectoryContext;

  constructor(context: DirectoryContext) {
    this.#context = context;
  }

  /** Is nothing under way? */
  get isSettled(): boolean {
    for (const entry of this.entries.values())
      if (entry.stage !== 'hot' || entry.catchUp !== null) return false;
    return true;
  }

  /** Keys on their way in or out. */
  get transitions(): number {
    let count = 0;
    for (const entry of this.entries.values()) if (entry.stage !== 'hot') count++;
    return count;
  }

  /** Keys that wait for a dead server, by name. */
  get keysUnavailable(): string[] {
    const stuck = [...this.entries.values()].filter((entry) => this.#isStuck(entry));
    return stuck.map(({ key }) => new TextDecoder().decode(key));
  }

  has(hashHi: number, hashLo: number): boolean {
    for (const entry of this.entries.values())
      if (entry.hashHi === hashHi && entry.hashLo === hashLo) return true;
    return false;
  }

  /** Begins a promotion, if the key's home is live and there is a generation left. */
  promote({ hashHi, hashLo, writeShare }: Popular, counts: (entry: number) => [number, number]): boolean {
    const { config, ledger, members } = this.#context;
    const home = config.homeOf(ledger.ring, hashHi);
    const generation = ledger.nextGeneration;
    if (!members.isLive(home) || generation === null) return false;
    const number = this.#freeNumber();
    const entry = new DirectoryEntry({ entry: number, hashHi, hashLo, generation, home });
    entry.copies = copiesWorth(1 - writeShare, writeShare, members.present.length);
    [entry.readsBefore, entry.writesBefore] = counts(number);
    ledger.write({ kind: 'hold', ...entry.name, home });
    this.entries.set(number, entry);
    this.#begin(entry, 'holding', new Exchange(PegasusOp.Hold, [home], null));
    return true;
  }

  demote(entry: DirectoryEntry): void {
    const { ledger, commands } = this.#context;
    entry.stage = 'closing';
    entry.catchUp = null;
    entry.exchange = null;
    ledger.write({ kind: 'demote', generation: entry.generation });
    commands.send({ kind: 'setMode', ...entry.name, mode: 'readsOnly' }, () => this.#fence(entry));
  }

  /** Tells the servers where the number of copies that pays has changed. */
  tuneCopies(): void {
    const hot = [...this.entries.values()].filter(({ stage }) => stage === 'hot');
    for (const entry of tuneCopies(hot, this.#context.members.present.length)) this.#spread(entry);
  }

  /** Sends again what was not acknowledged. */
  sendPending(): void {
    for (const entry of this.entries.values()) {
      if (entry.exchange !== null) this.#sendExchange(entry, entry.exchange);
      if (entry.catchUp !== null) this.#sendExchange(entry, entry.catchUp);
    }
  }

  /** A server's acknowledgement. `body` starts behind the header: the key, then what was handed over. */
  acknowledged(message: PegasusRecord, body: Uint8Array): void {
    const entry = this.#entryOf(message.generation);
    if (entry === null) return;
    const op = message.op - PEGASUS_ACK_OFFSET;
    const exchange = [entry.exchange, entry.catchUp].find((e) => e?.op === op && e.isPending(message.server));
    if (!exchange) return;
    if (op === PegasusOp.Hold) {
      // A refusal that is repeated has lost its status, but it still shows no key.
      if (message.status !== PegasusStatus.Ok || message.keyLength === 0) return this.#refused(entry);
      entry.key = body.slice(0, message.keyLength);
      entry.heldVersion = { incarnation: message.versionIncarnation, counter: message.versionCounter };
    }
    const part = body.subarray(message.keyLength);
    if (exchange.acknowledge(message.server, message.window, message.load, part))
      this.#send(entry, exchange, message.server);
    this.#proceedIfDone(entry, exchange);
  }

  // What becomes of entries when servers, the switch or the controller go and come.

  /** A server counts as dead from now on. What it may alone hold is decided by `settleLoss`. */
  serverLost(id: number): void {
    for (const entry of [...this.entries.values()]) {
      if (entry.catchUp !== null) {
        entry.catchUp.drop(id);
        this.#proceedIfDone(entry, entry.catchUp);
      }
      const isHome = entry.home === id;
      const { stage, exchange } = entry;
      if (stage === 'holding' && isHome) {
        this.#over(entry);
      } else if (stage === 'opening' && isHome) {
        // No request ever carried the generation: the others need only forget it.
        this.#forget(entry);
      } else if (exchange !== null && stage !== 'fencing' && stage !== 'merging') {
        // Nothing was written under the generation yet, so it can hold nothing new.
        if (stage === 'opening') this.#setHolders(entry, entry.holders & ~(1 << id));
        exchange.drop(id);
        this.#proceedIfDone(entry, exchange);
      }
    }
  }

  /**
   * The switch no longer takes replies of the dead servers, and says who holds what: where a live server
   * holds the newest version, nobody waits for the dead.
   *
   * @param entries what the switch has; null when it has forgotten
   * @param dead servers, bit i is server i
   */
  settleLoss(entries: EntryStates | null, dead: number): void {
    this.freeOfDead(entries, dead);
    for (const entry of [...this.entries.values()]) {
      if (entry.stage === 'fencing' && entry.exchange !== null) this.#dropUnneeded(entry, entry.exchange);
      this.#closeIfStuck(entry);
      if (entry.stage === 'hot') this.#spread(entry);
    }
  }

  /** May a dead server alone hold the newest version of a key? */
  get isDeadNeeded(): boolean {
    const absent = setOf(this.#context.members.absent);
    for (const { holders } of this.entries.values()) if ((holders & absent) !== 0) return true;
    return false;
  }

  /** As `settleLoss`, at any time: a later write that a live server executed frees a key of the dead. */
  freeOfDead(entries: EntryStates | null, dead: number): void {
    const { liveSet, absent } = this.#context.members;
    // Who has been welcomed since may write again.
    const gone = dead & setOf(absent);
    for (const entry of this.entries.values()) {
      const holders = entries === null ? 0 : (holdersOf(entries, entry) ?? 0);
      if ((holders & liveSet & ~dead) !== 0) this.#setHolders(entry, entry.holders & ~gone);
    }
  }

  /** A server has been welcomed: it is told what it must know before it becomes live. */
  welcome(id: number): void {
    for (const entry of this.entries.values()) {
      const { stage, exchange } = entry;
      if (stage === 'opening') {
        exchange?.add(id);
      } else if (stage === 'installing' || stage === 'hot') {
        entry.catchUp ??= new Exchange(PegasusOp.Open, [], NOTHING_EXECUTED);
        entry.catchUp.add(id);
      } else if (stage === 'fencing' || stage === 'merging') {
        const isAsked = stage === 'fencing' && this.#context.rules.fencesLate;
        if (isAsked || exchange?.isPending(id)) exchange?.add(id);
      }
      if (!entry.isAllAtHome) this.#setHolders(entry, entry.holders | (1 << id));
    }
    this.sendPending();
  }

  /** Does the server know of every open generation? */
  isCaughtUp(id: number): boolean {
    for (const { stage, exchange, catchUp } of this.entries.values()) {
      if (catchUp?.isPending(id)) return false;
      if (stage === 'opening' && exchange?.isPending(id)) return false;
    }
    return true;
  }

  /** A server is live again: copies may go to it. It may have lost what it held. */
  admitted(entries: EntryStates): void {
    for (const entry of [...this.entries.values()]) {
      const holders = holdersOf(entries, entry);
      if (entry.stage !== 'hot' || holders === null) continue;
      if (holders !== 0) {
        this.#spread(entry, holders);
      } else if (this.#context.members.isLive(entry.home)) {
        // All that held the newest version came back without it. The best that is left goes home.
        this.#context.counters.lost++;
        this.demote(entry);
      }
    }
  }

  /** The server retires: keys that it alone holds go home, and nobody waits for it with the others. */
  retire(entries: EntryStates, id: number): void {
    const { members } = this.#context;
    for (const entry of [...this.entries.values()]) {
      const holders = holdersOf(entries, entry);
      if (holders === null || (entry.holders & (1 << id)) === 0) continue;
      if ((holders & members.liveSet) !== 0) {
        this.#setHolders(entry, entry.holders & ~(1 << id));
      } else if (entry.stage === 'hot' && members.isLive(entry.home)) {
        this.demote(entry);
      }
    }
  }

  /** May no key's newest version be at this server alone, and is nothing awaited of it? */
  isFreeOf(id: number): boolean {
    for (const { holders, exchange } of this.entries.values())
      if ((holders & (1 << id)) !== 0 || exchange?.isPending(id)) return false;
    return true;
  }

  /** Begins to demote the hot keys whose hash is asked for; true when there are none. */
  coolDown(isAskedFor: (hashHi: number) => boolean): boolean {
    let isCool = true;
    for (const entry of [...this.entries.values()]) {
      if (!isAskedFor(entry.hashHi)) continue;
      isCool = false;
      if (entry.stage === 'hot') this.demote(entry);
    }
    return isCool;
  }

  /**
   * The switch has forgotten the directory. Keys that may have been hot are looked for everywhere and brought
   * home; until then these entries keep requests away from them.
   */
  switchStarted(): EntryName[] {
    const guards: EntryName[] = [];
    for (const entry of [...this.entries.values()]) {
      switch (entry.stage) {
        case 'holding':
        case 'opening':
        case 'forgetting':
          break;
        case 'removing':
          this.#forget(entry);
          break;
        case 'installing':
        case 'hot':
        case 'closing':
          this.#context.ledger.write({ kind: 'demote', generation: entry.generation });
          guards.push(entry.name);
          this.#fence(entry);
          break;
        case 'fencing':
        case 'merging':
          guards.push(entry.name);
          break;
      }
    }
    return guards;
  }

  /** Entries that an earlier controller left, as its journal has them. */
  resume(recorded: Iterable<RecordedEntry>): void {
    const { commands, ledger } = this.#context;
    for (const { key, holders, stage, ...name } of recorded) {
      const entry = new DirectoryEntry(name);
      entry.key = key === null ? NO_BYTES : Uint8Array.fromHex(key);
      entry.holders = holders;
      this.entries.set(entry.entry, entry);
      if (stage === 'hot') {
        entry.stage = 'hot';
        entry.age = -1;
        continue;
      }
      // How far it had come nobody knows: everything that a demotion does is harmless when done again.
      entry.stage = 'closing';
      ledger.write({ kind: 'demote', generation: entry.generation });
      commands.send({ kind: 'setMode', ...entry.name, mode: 'moving' }, () => this.#fence(entry));
    }
  }

  // The steps.

  #fence(entry: DirectoryEntry): void {
    const { rules, members } = this.#context;
    entry.catchUp = null;
    const asked = new Set(rules.fencedServers(members.present, entry.home));
    for (const id of members.absent) if (rules.isAwaited(entry.holders, id)) asked.add(id);
    this.#begin(entry, 'fencing', new Exchange(PegasusOp.Fence, [...asked], null));
    this.#closeIfStuck(entry);
  }

  #begin(entry: DirectoryEntry, stage: Stage, exchange: Exchange): void {
    entry.stage = stage;
    entry.exchange = exchange;
    this.#sendExchange(entry, exchange);
    this.#proceedIfDone(entry, exchange);
  }

  #proceedIfDone(entry: DirectoryEntry, exchange: Exchange): void {
    if (!exchange.isDone) return;
    if (exchange === entry.catchUp) entry.catchUp = null;
    else if (exchange === entry.exchange) this.#advance(entry, exchange);
  }

  /** The exchange at hand is complete: on to the next stage. */
  #advance(entry: DirectoryEntry, exchange: Exchange): void {
    const { commands, counters, ledger, rules } = this.#context;
    entry.exchange = null;
    switch (exchange.op) {
      case PegasusOp.Hold:
        return this.#open(entry, exchange);
      case PegasusOp.Open: {
        entry.stage = 'installing';
        const completed = rules.firstCompleted(entry.heldVersion);
        return commands.send({ kind: 'install', ...entry.name, home: entry.home, completed }, () => {
          entry.stage = 'hot';
          ledger.write({ kind: 'hot', generation: entry.generation });
          counters.promotions++;
          this.#spread(entry, 1 << entry.home);
        });
      }
      case PegasusOp.Fence: {
        const merged = new Exchange(PegasusOp.Merge, [entry.home], this.#mergeOf(exchange));
        this.#begin(entry, 'merging', merged);
        return this.#closeIfStuck(entry);
      }
      case PegasusOp.Merge:
        entry.stage = 'removing';
        return commands.send({ kind: 'remove', hashHi: entry.hashHi, hashLo: entry.hashLo }, () =>
          this.#forget(entry),
        );
      case PegasusOp.Forget:
        counters.demotions++;
        return this.#over(entry);
      default:
        return;
    }
  }

  #open(entry: DirectoryEntry, hold: Exchange): void {
    const { rules, ledger, members } = this.#context;
    const handOver = decodeHandOver(hold.answers()[0] ?? NO_BYTES);
    assert(handOver !== null, 'home hands over what it encoded');
    // A server that retires is sent nothing new; it would never be done while other keys become hot.
    const { staying } = members;
    entry.holders = setOf(staying);
    const { generation, holders } = entry;
    ledger.write({ kind: 'open', generation, key: entry.key.toHex(), holders });
    const payload = encodeHandOver(rules.opening(handOver));
    this.#begin(entry, 'opening', new Exchange(PegasusOp.Open, staying, payload));
  }

  #forget(entry: DirectoryEntry): void {
    this.#begin(entry, 'forgetting', new Exchange(PegasusOp.Forget, this.#context.members.present, null));
  }

  /** Tells every server how many copies a write is worth; a holder sends the first ones. */
  #spread(entry: DirectoryEntry, holders = 0): void {
    if (entry.exchange !== null && entry.exchange.op !== PegasusOp.Spread) return;
    const { members } = this.#context;
    const spread = new Exchange(PegasusOp.Spread, members.present, NO_BYTES);
    spread.first = lowestOf(holders & members.liveSet);
    this.#begin(entry, 'hot', spread);
  }

  #refused(entry: DirectoryEntry): void {
    this.#context.counters.refused++;
    this.#over(entry);
  }

  #over(entry: DirectoryEntry): void {
    this.#context.ledger.write({ kind: 'over', generation: entry.generation });
    this.entries.delete(entry.entry);
  }

  /** What home is to hold before the entry goes. */
  #mergeOf(fence: Exchange): Uint8Array {
    const handOvers = fence.answers().map(decodeHandOver);
    return encodeHandOver(this.#context.rules.merge(handOvers.filter((h): h is HandOver => h !== null)));
  }

  /** Absent servers whose answer to the fence can hold nothing new. */
  #dropUnneeded(entry: DirectoryEntry, fence: Exchange): void {
    const { members, rules } = this.#context;
    for (const id of members.absent) if (!rules.isAwaited(entry.holders, id)) fence.drop(id);
    this.#proceedIfDone(entry, fence);
  }

  /** A key that waits for a dead server: clients are told so, and not asked to try again for ever. */
  #closeIfStuck(entry: DirectoryEntry): void {
    if (this.#isStuck(entry)) this.#context.commands.send({ kind: 'setMode', ...entry.name, mode: 'closed' });
  }

  #isStuck({ stage, exchange }: DirectoryEntry): boolean {
    if ((stage !== 'fencing' && stage !== 'merging') || exchange === null) return false;
    return this.#context.members.absent.some((id) => exchange.isPending(id));
  }

  #setHolders(entry: DirectoryEntry, holders: number): void {
    if (entry.holders === holders >>> 0) return;
    entry.holders = holders >>> 0;
    this.#context.ledger.write({ kind: 'holders', generation: entry.generation, holders: entry.holders });
  }

  #freeNumber(): number {
    for (let number = 0; ; number++) if (!this.entries.has(number)) return number;
  }

  #entryOf(generation: number): DirectoryEntry | null {
    for (const entry of this.entries.values()) if (entry.generation === generation) return entry;
    return null;
  }

  #sendExchange(entry: DirectoryEntry, exchange: Exchange): void {
    const { members } = this.#context;
    for (const server of exchange.pending())
      if (members.all[server]!.isPresent) this.#send(entry, exchange, server);
  }

  #send(entry: DirectoryEntry, exchange: Exchange, server: number): void {
    const { courier, members } = this.#context;
    const { part, parts, body } = exchange.partFor(server);
    const fill = (message: PegasusRecord): void => {
      message.serverIncarnation = members.all[server]!.incarnation;
      message.generation = entry.generation;
      message.keyHashHi = entry.hashHi;
      message.keyHashLo = entry.hashLo;
      message.window = part;
      message.load = parts;
      if (exchange.op !== PegasusOp.Spread) return;
      message.load = entry.copies;
      message.clientId = members.liveSet;
      message.flags = server === exchange.first ? PegasusFlag.Begin : 0;
    };
    courier.send(exchange.op, server, fill, entry.key, body);
  }
}

/** Number of the lowest server in a set; null of none. */
function lowestOf(set: number): number | null {
  return set === 0 ? null : 31 - Math.clz32(set & -set);
}
