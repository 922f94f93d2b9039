/**
 * What a controller must still know after a crash: whom it took in under which incarnation, which numbers it
 * gave out, and which keys may be in the switch's directory. Every change is in the journal before anything
 * that follows from it leaves the controller.
 */
import { DetailedError, unreachable } from '@ballast/base';
import { RING_POSITIONS } from '@ballast/wire';
import type { RingRange } from './ring-range.ts';

/**
 * `retiring`: it leaves, has no part of the ring any more, and the switch takes nothing of it; but it may
 * hold the newest version of a hot key. `left`: it holds nothing and is not expected back.
 */
export type MemberStatus = 'live' | 'joining' | 'dead' | 'retiring' | 'left';

/** What a rack is in a chain of two (docs/pegasus-chain.md). */
export type ChainPlace = 'alone' | 'head' | 'tail';

/**
 * The largest incarnation that any rack of a chain has given out. It must be durable before anything that
 * follows from it leaves a controller; so a rack that is left alone can stamp above all that the other did.
 */
export interface IncarnationCounter {
  last: number;
}

/** One change. Plain data: JSON carries it. */
export type LedgerRecord =
  /** A controller has started. */
  | { readonly kind: 'start' }
  | {
      readonly kind: 'member';
      readonly server: number;
      readonly incarnation: number;
      readonly status: MemberStatus;
      readonly epoch: number;
    }
  | { readonly kind: 'switch'; readonly incarnation: number; readonly epoch: number }
  /** The rack's place in a chain is this; its switch stamps writes under the incarnation from now on. */
  | { readonly kind: 'chain'; readonly place: ChainPlace; readonly incarnation: number }
  /** A key is about to become hot: home will hold its writes. */
  | {
      readonly kind: 'hold';
      readonly generation: number;
      readonly entry: number;
      readonly hashHi: number;
      readonly hashLo: number;
      readonly home: number;
    }
  /** Servers are about to open its generation. `key`: hexadecimal. `holders`: see RecordedEntry. */
  | {
      readonly kind: 'open';
      readonly generation: number;
      readonly key: string;
      readonly holders: number;
    }
  | { readonly kind: 'holders'; readonly generation: number; readonly holders: number }
  /** The switch has its entry, and home may spread copies. */
  | { readonly kind: 'hot'; readonly generation: number }
  | { readonly kind: 'demote'; readonly generation: number }
  /** The home of each position of the ring: [count, server] for runs of positions. */
  | { readonly kind: 'ring'; readonly runs: readonly (readonly [number, number])[] }
  /** Somebody asked for, or the controller has reached, equal shares of the ring. */
  | { readonly kind: 'rebalance'; readonly isWanted: boolean }
  | { readonly kind: 'leaving'; readonly server: number }
  /** A range of the ring is about to move. */
  | ({ readonly kind: 'move' } & Omit<RecordedMove, 'isTurned'>)
  /** The new home has all of it: the switch is about to turn to it. */
  | { readonly kind: 'turn'; readonly generation: number }
  /** No server and no switch knows the generation any more. */
  | { readonly kind: 'over'; readonly generation: number };

/** Where the records go. */
export interface Journal {
  /** Must be durable before the controller's next frame or command leaves. */
  append(record: LedgerRecord): void;
  /** Replaces everything by these records, which say the same in fewer words. All or nothing. */
  rewrite(records: readonly LedgerRecord[]): void;
}

export interface RecordedMember {
  readonly incarnation: number;
  readonly status: MemberStatus;
}

export interface RecordedEntry {
  readonly generation: number;
  readonly entry: number;
  readonly hashHi: number;
  readonly hashLo: number;
  readonly home: number;
  /** Null while home alone knows it. */
  readonly key: string | null;
  /** Servers that may hold the newest version and nobody else; bit i is server i. */
  readonly holders: number;
  readonly stage: 'promoting' | 'hot' | 'demoting';
}

export interface RecordedMove extends RingRange {
  readonly generation: number;
  readonly from: number;
  readonly to: number;
  readonly isTurned: boolean;
}

/** Incarnations have 16 bits. Servers get none of the last ones: they are for the switch, to start again. */
const INCARNATION_MAX = 0xffff;
const SERVER_INCARNATION_MAX = INCARNATION_MAX - 256;
/** Generations have 32 bits; the floor above the last one needs a number too. */
const GENERATION_MAX = 0xffff_fffe;

export type LedgerErrorDetail = { readonly code: 'INCARNATIONS_SPENT'; readonly max: number };

/** A number that must never be given twice has no next one. */
export class LedgerError extends DetailedError<LedgerErrorDetail> {
  protected override explain({ max }: LedgerErrorDetail): string {
    return (
      `all ${max} incarnations of this rack were given out, and versions would repeat; copy its items to ` +
      `a rack with a new journal and new logs`
    );
  }
}

/** Records between two rewritings. */
const RECORDS_MAX = 4096;

export class ControllerLedger {
  starts = 0;
  epoch = 0;
  switchIncarnation = 0;
  chainPlace: ChainPlace = 'alone';
  lastGeneration = 0;
  readonly members = new Map<number, RecordedMember>();
  readonly leaving = new Set<number>();
  /** Home of each position. */
  readonly ring = new Uint8Array(RING_POSITIONS);
  isRebalancing = false;
  move: RecordedMove | null = null;
  /** By generation. */
  readonly entries = new Map<number, RecordedEntry>();
  readonly #journal: Journal;
  readonly #incarnations: IncarnationCounter;
  #records = 0;

  /**
   * @param records what the journal holds, in order
   * @param incarnations that of the chain, for a rack of one
   */
  constructor(
    journal: Journal,
    records: Iterable<LedgerRecord>,
    incarnations: IncarnationCounter = { last: 0 },
  ) {
    this.#journal = journal;
    this.#incarnations = incarnations;
    for (const record of records) this.#apply(record);
  }

  /** The largest that a switch or a server ever got. */
  get lastIncarnation(): number {
    return this.#incarnations.last;
  }

  /** Every generation below this one is over at every server. */
  get floor(): number {
    let floor = Math.min(this.lastGeneration + 1, this.move?.generation ?? Infinity);
    for (const generation of this.entries.keys()) floor = Math.min(floor, generation);
    return floor;
  }

  /** What a server that starts gets; null when there is none left for it. */
  get nextServerIncarnation(): number | null {
    return this.lastIncarnation < SERVER_INCARNATION_MAX ? this.lastIncarnation + 1 : null;
  }

  /** What a switch that starts gets. Throws LedgerError when there is none left. */
  get nextSwitchIncarnation(): number {
    if (this.lastIncarnation >= INCARNATION_MAX)
      throw new LedgerError({ code: 'INCARNATIONS_SPENT', max: INCARNATION_MAX });
    return this.lastIncarnation + 1;
  }

  /** What a key that becomes hot and a range that moves get; null when there is none left: all stays. */
  get nextGeneration(): number | null {
    return this.lastGeneration < GENERATION_MAX ? this.lastGeneration + 1 : null;
  }

  write(record: LedgerRecord): void {
    this.#apply(record);
    if (this.#records < RECORDS_MAX) return this.#journal.append(record);
    const records = this.#summary();
    this.#records = records.length;
    this.#journal.rewrite(records);
  }

  #apply(record: LedgerRecord): void {
    this.#records++;
    switch (record.kind) {
      case 'start':
        this.starts++;
        return;
      case 'member': {
        const { server, incarnation, status, epoch } = record;
        this.members.set(server, { incarnation, status });
        this.#raise(incarnation, epoch);
        return;
      }
      case 'switch':
        this.switchIncarnation = record.incarnation;
        return this.#raise(record.incarnation, record.epoch);
      case 'chain':
        this.chainPlace = record.place;
        this.switchIncarnation = record.incarnation;
        return this.#raise(record.incarnation, this.epoch);
      case 'hold': {
        const { generation, entry, hashHi, hashLo, home } = record;
        const fresh = { key: null, holders: 0, stage: 'promoting' } as const;
        this.entries.set(generation, { generation, entry, hashHi, hashLo, home, ...fresh });
        this.lastGeneration = Math.max(this.lastGeneration, generation);
        return;
      }
      case 'open':
        return this.#change(record.generation, { key: record.key, holders: record.holders });
      case 'holders':
        return this.#change(record.generation, { holders: record.holders });
      case 'hot':
        return this.#change(record.generation, { stage: 'hot' });
      case 'demote':
        return this.#change(record.generation, { stage: 'demoting' });
      case 'ring':
        return this.#dealRing(record.runs);
      case 'rebalance':
        this.isRebalancing = record.isWanted;
        return;
      case 'leaving':
        this.leaving.add(record.server);
        return;
      case 'move': {
        const { kind: _kind, ...move } = record;
        this.move = { ...move, isTurned: false };
        this.lastGeneration = Math.max(this.lastGeneration, move.generation);
        return;
      }
      case 'turn':
        return this.#turn(record.generation);
      case 'over':
        this.entries.delete(record.generation);
        if (this.move?.generation === record.generation) this.move = null;
        return;
      default:
        return unreachable(record);
    }
  }

  #dealRing(runs: readonly (readonly [number, number])[]): void {
    let first = 0;
    for (const [count, server] of runs) {
      this.ring.fill(server, first, first + count);
      first += count;
    }
  }

  #turn(generation: number): void {
    if (this.move?.generation !== generation) return;
    const { first, count, to } = this.move;
    this.ring.fill(to, first, first + count);
    this.move = { ...this.move, isTurned: true };
  }

  #raise(incarnation: number, epoch: number): void {
    this.#incarnations.last = Math.max(this.lastIncarnation, incarnation);
    this.epoch = epoch;
  }

  #change(generation: number, changes: Partial<RecordedEntry>): void {
    const entry = this.entries.get(generation);
    if (entry !== undefined) this.entries.set(generation, { ...entry, ...changes });
  }

  /** The fewest records that say what all did. */
  #summary(): LedgerRecord[] {
    const { epoch, lastGeneration } = this;
    const records: LedgerRecord[] = Array.from({ length: this.starts }, () => ({ kind: 'start' }));
    // The largest generation and incarnation must not be given out again, whosever they were.
    const spent = { entry: 0, hashHi: 0, hashLo: 0, home: 0 };
    records.push(
      { kind: 'hold', generation: lastGeneration, ...spent },
      { kind: 'over', generation: lastGeneration },
      { kind: 'switch', incarnation: this.lastIncarnation, epoch },
      { kind: 'switch', incarnation: this.switchIncarnation, epoch },
    );
    if (this.chainPlace !== 'alone')
      records.push({ kind: 'chain', place: this.chainPlace, incarnation: this.switchIncarnation });
    records.push({ kind: 'ring', runs: runsOf(this.ring) });
    records.push({ kind: 'rebalance', isWanted: this.isRebalancing });
    for (const server of this.leaving) records.push({ kind: 'leaving', server });
    if (this.move !== null) {
      const { isTurned, ...move } = this.move;
      records.push({ kind: 'move', ...move });
      if (isTurned) records.push({ kind: 'turn', generation: move.generation });
    }
    for (const [server, member] of this.members) records.push({ kind: 'member', server, ...member, epoch });
    for (const e of this.entries.values()) {
      const { generation, entry, hashHi, hashLo, home, key, holders, stage } = e;
      records.push({ kind: 'hold', generation, entry, hashHi, hashLo, home });
      if (key !== null) records.push({ kind: 'open', generation, key, holders });
      if (stage !== 'promoting') records.push({ kind: stage === 'hot' ? 'hot' : 'demote', generation });
    }
    return records;
  }
}

/** A ring as runs of positions with one home. */
export function runsOf(ring: Uint8Array): [number, number][] {
  const runs: [number, number][] = [];
  for (const server of ring) {
    const last = runs.at(-1);
    if (last?.[1] === server) last[0]++;
    else runs.push([1, server]);
  }
  return runs;
}
