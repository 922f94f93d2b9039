/**
 * Moving ranges of the hash ring from server to server: what a planned leave empties, and what a server that
 * has joined is given. One range at a time, small enough that its keys are not writable for a moment only.
 *
 * The old home stops writing and sends everything to the new one; that accepts; the switch turns to it; the
 * old home forgets. Until the switch turns the move can be given up; from then on it only goes on.
 */
import { PEGASUS_ACK_OFFSET, PegasusOp, type PegasusRecord, RING_POSITIONS } from '@ballast/wire';
import type { CommandQueue } from './command-queue.ts';
import type { ControllerCounters } from './controller-config.ts';
import type { ControllerLedger, RecordedMove } from './controller-ledger.ts';
import type { Courier } from './courier.ts';
import { Exchange } from './exchange.ts';
import type { Member, Members } from './members.ts';
import { isWithin, type RingRange } from './ring-range.ts';

/** Positions in one move. */
const RANGE_MAX = 64;

export interface RingContext {
  readonly counters: ControllerCounters;
  readonly ledger: ControllerLedger;
  readonly members: Members;
  readonly commands: CommandQueue;
  readonly courier: Courier;
  /** Makes the hot keys of a server with these positions cold; true when there are none left. */
  readonly coolDown: (isWithin: (hashHi: number) => boolean) => boolean;
}

export class RingMoves {
  readonly #context: RingContext;
  /** The one under way, and what its servers have yet to acknowledge. */
  #move: RecordedMove | null = null;
  #exchange: Exchange | null = null;

  constructor(context: RingContext) {
    this.#context = context;
  }

  get isIdle(): boolean {
    return this.#move === null && !this.#context.ledger.isRebalancing;
  }

  /** Gives every live server its share of the ring, and those that leave none. */
  rebalance(): void {
    this.#context.ledger.write({ kind: 'rebalance', isWanted: true });
  }

  /** Is a key's home about to change? Then it must not become hot. */
  isMoving(hashHi: number): boolean {
    return this.#move !== null && isWithin(this.#move, hashHi);
  }

  /** Begins the next move, when there is one to make and nothing in its way; sends again what is pending. */
  proceed(): void {
    if (this.#move === null) this.#begin();
    else if (this.#exchange === null && !this.#move.isTurned && this.#isCool()) this.#yield();
    this.#sendPending();
  }

  acknowledged(message: PegasusRecord): void {
    const exchange = this.#exchange;
    if (exchange === null || message.generation !== this.#move?.generation) return;
    if (message.op - PEGASUS_ACK_OFFSET !== exchange.op) return;
    exchange.acknowledge(message.server, message.window, message.load, new Uint8Array(0));
    if (exchange.isDone) this.#advance();
  }

  /** A server counts as dead: a move that has not turned the switch yet is given up. */
  serverLost(id: number): void {
    const move = this.#move;
    if (move === null || (move.from !== id && move.to !== id)) return;
    if (!move.isTurned) return this.#giveUp();
    this.#exchange?.drop(id);
    if (this.#exchange?.isDone === true) this.#over();
  }

  /** The switch has forgotten what it was told; it has the ring as recorded. */
  switchStarted(): void {
    if (this.#move?.isTurned === true && this.#exchange === null) this.#drop();
  }

  /** A move that an earlier controller left. */
  resume(): void {
    this.#move = this.#context.ledger.move;
    if (this.#move === null) return;
    if (this.#move.isTurned) this.#turn();
    else this.#giveUp();
  }

  #begin(): void {
    const { ledger } = this.#context;
    const range = this.#nextRange();
    if (range === null) {
      if (ledger.isRebalancing) ledger.write({ kind: 'rebalance', isWanted: false });
      return;
    }
    const generation = ledger.nextGeneration;
    if (generation === null) return;
    ledger.write({ kind: 'move', generation, ...range });
    this.#move = { generation, ...range, isTurned: false };
    if (this.#isCool()) this.#yield();
  }

  #isCool(): boolean {
    const move = this.#move!;
    return this.#context.coolDown((hashHi) => isWithin(move, hashHi));
  }

  #yield(): void {
    this.#ask(PegasusOp.Yield, this.#move!.from);
  }

  #advance(): void {
    const move = this.#move!;
    const op = this.#exchange?.op;
    this.#exchange = null;
    if (op === PegasusOp.Yield) {
      this.#ask(PegasusOp.Accept, move.to);
    } else if (op === PegasusOp.Accept) {
      this.#context.ledger.write({ kind: 'turn', generation: move.generation });
      this.#move = { ...move, isTurned: true };
      this.#turn();
    } else {
      this.#over();
    }
  }

  #turn(): void {
    const { first, count, to: server } = this.#move!;
    this.#context.counters.rangesMoved++;
    this.#context.commands.send({ kind: 'setRing', first, count, server }, () => this.#drop());
  }

  #drop(): void {
    const { from } = this.#move!;
    if (this.#context.members.all[from]!.isPresent) this.#ask(PegasusOp.Drop, from);
    else this.#over();
  }

  #giveUp(): void {
    const { from } = this.#move!;
    this.#exchange = null;
    if (this.#context.members.all[from]!.isPresent) this.#ask(PegasusOp.Keep, from);
    else this.#over();
  }

  #over(): void {
    this.#context.ledger.write({ kind: 'over', generation: this.#move!.generation });
    this.#move = null;
    this.#exchange = null;
    this.#begin();
  }

  #ask(op: PegasusOp, server: number): void {
    this.#exchange = new Exchange(op, [server], null);
    this.#sendPending();
  }

  #sendPending(): void {
    if (this.#exchange === null) return;
    const { op } = this.#exchange;
    const { courier, members } = this.#context;
    const { generation, first, count, to } = this.#move!;
    for (const server of this.#exchange.pending()) {
      if (!members.all[server]!.isPresent) continue;
      courier.send(op, server, (message) => {
        message.serverIncarnation = members.all[server]!.incarnation;
        message.generation = generation;
        message.keyHashHi = first;
        message.keyHashLo = count;
        message.clientId = to;
        message.load = 1;
      });
    }
  }

  /**
   * A range of a server that has more of the ring than its share, for the one with the least. Null when every
   * server has its share, or nobody asked for it.
   */
  #nextRange(): (RingRange & { readonly from: number; readonly to: number }) | null {
    const { members, ledger } = this.#context;
    if (!ledger.isRebalancing) return null;
    const live = members.all.filter((m) => m.status === 'live');
    const keepers = live.filter((m) => !m.isLeaving);
    if (keepers.length === 0) return null;
    const share = Math.floor(RING_POSITIONS / keepers.length);
    const surplus = (m: Member): number => this.positionsOf(m.id) - (m.isLeaving ? 0 : share + 1);
    const giver = live.reduce((most, m) => (surplus(m) > surplus(most) ? m : most));
    const taker = keepers.reduce((least, m) => (surplus(m) < surplus(least) ? m : least));
    const wanted = giver.isLeaving ? RANGE_MAX : Math.min(RANGE_MAX, surplus(giver), -surplus(taker));
    if (surplus(giver) <= 0 || wanted <= 0) return null;
    const first = ledger.ring.indexOf(giver.id);
    let count = 1;
    while (count < wanted && ledger.ring[first + count] === giver.id) count++;
    return { first, count, from: giver.id, to: taker.id };
  }

  /** How much of the ring a server has. */
  positionsOf(id: number): number {
    let count = 0;
    for (const server of this.#context.ledger.ring) if (server === id) count++;
    return count;
  }
}
