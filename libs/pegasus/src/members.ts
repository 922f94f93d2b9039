/**
 * The servers of a rack as the controller sees them. Who is live is a matter of epochs: each change of the
 * live set begins one, and the switch lets pass requests of the present epoch only.
 */
import type { LiveServer } from './controller-config.ts';
import type { ControllerLedger, MemberStatus } from './controller-ledger.ts';
import { nextEpoch } from './epoch.ts';

/** Requests to be taken in that are remembered, so that late copies of them change nothing. */
const NONCES_MAX = 16;

export class Member {
  readonly id: number;
  incarnation: number;
  status: MemberStatus;
  /** Pings in a row that were not answered. */
  missed = 0;
  /** Dead, and the switch has not yet said what is lost with it: too early to take it in again. */
  isUnsettled = false;
  /** It has answered the welcome. */
  isWelcomed = false;
  /** It is to leave the rack: others get its part of the ring. */
  isLeaving = false;
  /** It came back without what it held, and the switch still has it in replica sets. */
  isEmpty = false;
  /** Of its requests to be taken in, the newest last. */
  readonly nonces: number[] = [];

  constructor(id: number, incarnation: number, status: MemberStatus) {
    this.id = id;
    this.incarnation = incarnation;
    this.status = status;
  }

  /** Dead, or left: no message of it counts. */
  get isGone(): boolean {
    return this.status === 'dead' || this.status === 'left';
  }

  /** Can it be asked something? */
  get isPresent(): boolean {
    const { status } = this;
    return status === 'live' || status === 'retiring' || (status === 'joining' && this.isWelcomed);
  }

  /** Remembers a request to be taken in; false when it is a late copy of one before the newest. */
  isNewNonce(nonce: number): boolean {
    if (this.nonces.at(-1) === nonce) return true;
    if (this.nonces.includes(nonce)) return false;
    this.nonces.push(nonce);
    if (this.nonces.length > NONCES_MAX) this.nonces.shift();
    return true;
  }
}

export class Members {
  readonly all: readonly Member[];
  readonly #ledger: ControllerLedger;

  constructor(count: number, ledger: ControllerLedger) {
    this.#ledger = ledger;
    this.all = Array.from({ length: count }, (_, id) => {
      const { incarnation, status } = ledger.members.get(id) ?? { incarnation: 0, status: 'dead' as const };
      const member = new Member(id, incarnation, status);
      member.isLeaving = ledger.leaving.has(id);
      return member;
    });
  }

  /** Ids of the servers that can be asked something: live ones, those about to be, and those that retire. */
  get present(): number[] {
    return this.#idsWhere((m) => m.isPresent);
  }

  /** Ids of those that may hold the newest version of a key that becomes hot now: the ones that stay. */
  get staying(): number[] {
    return this.#idsWhere((m) => m.isPresent && m.status !== 'retiring');
  }

  /** Ids of the others: nothing can be asked of them. */
  get absent(): number[] {
    return this.#idsWhere((m) => !m.isPresent);
  }

  get live(): LiveServer[] {
    return this.all.filter((m) => m.status === 'live').map(({ id, incarnation }) => ({ id, incarnation }));
  }

  /** Bit i: server i is live. */
  get liveSet(): number {
    return setOf(this.#idsWhere((m) => m.status === 'live'));
  }

  isLive(id: number): boolean {
    return this.all[id]?.status === 'live';
  }

  /** Is a message of this server and incarnation of its present life? */
  isCurrent(id: number, incarnation: number): boolean {
    const member = this.all[id];
    return member !== undefined && !member.isGone && member.incarnation === incarnation;
  }

  /** Changes a status. `isNewEpoch`: the live set is another one. */
  change(member: Member, status: MemberStatus, { isNewEpoch }: { isNewEpoch: boolean }): void {
    member.status = status;
    member.missed = 0;
    const epoch = isNewEpoch ? nextEpoch(this.#ledger.epoch) : this.#ledger.epoch;
    const { id: server, incarnation } = member;
    this.#ledger.write({ kind: 'member', server, incarnation, status, epoch });
  }

  #idsWhere(wanted: (member: Member) => boolean): number[] {
    return this.all.filter(wanted).map((member) => member.id);
  }
}

/** Servers as a set of bits. */
export function setOf(ids: readonly number[]): number {
  return ids.reduce((set, id) => set | (1 << id), 0) >>> 0;
}
