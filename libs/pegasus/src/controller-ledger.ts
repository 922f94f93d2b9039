/**
 * What a controller must still know after a crash: whom it took in under which incarnation, which numbers it
 * gave out, and which keys may be in the switch's directory. Every change is in the journal before anything
 * that follows from it leaves the controller.
 */
import { DetailedError, unreachable } from '@ballast/base';

export type MemberStatus = 'live' | 'joining' | 'dead';

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

/** Incarnations have 16 bits. Servers get none of the last ones: they are for the switch, to start again. */
const INCARNATION_MAX = 0xffff;
const SERVER_INCARNATION_MAX = INCARNATION_MAX - 256;
/** Generations have 32 bits. */
const GENERATION_MAX = 0xffff_ffff;

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
  /** The largest that a switch or a server ever got. */
  lastIncarnation = 0;
  lastGeneration = 0;
  readonly members = new Map<number, RecordedMember>();
  /** By generation. */
  readonly entries = new Map<number, RecordedEntry>();
  readonly #journal: Journal;
  #records = 0;

  /** @param records what the journal holds, in order */
  constructor(journal: Journal, records: Iterable<LedgerRecord>) {
    this.#journal = journal;
    for (const record of records) this.#apply(record);
  }

  /** What a server that starts gets; null when there is none left for it. */
  get serverIncarnation(): number | null {
    return this.lastIncarnation < SERVER_INCARNATION_MAX ? this.lastIncarnation + 1 : null;
  }

  /** What a switch that starts gets. Throws LedgerError when there is none left. */
  get nextSwitchIncarnation(): number {
    if (this.lastIncarnation >= INCARNATION_MAX)
      throw new LedgerError({ code: 'INCARNATIONS_SPENT', max: INCARNATION_MAX });
    return this.lastIncarnation + 1;
  }

  /** What a key that becomes hot gets; null when there is none left: keys stay cold. */
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
      case 'over':
        this.entries.delete(record.generation);
        return;
      default:
        return unreachable(record);
    }
  }

  #raise(incarnation: number, epoch: number): void {
    this.lastIncarnation = Math.max(this.lastIncarnation, incarnation);
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
