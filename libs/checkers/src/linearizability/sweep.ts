/**
 * The search: is the history of one register linearizable?
 *
 * Just-in-time linearization (Lowe, "Testing for linearizability", 2017) of Wing and Gong's search (1993),
 * breadth first: it sweeps over invocations and returns in the order of time, with the set of configurations
 * in which the register may be. Equal configurations are merged, which is the memoisation of
 * (operations linearized, state) of the depth-first searches, and the past is forgotten: memory depends on
 * what is in progress, not on the length of the history. These rules cut branches; README.md argues for them:
 *
 *  1. The register changes only just before an operation returns that needs it: a read that was not served,
 *     or a write that must still take effect. The change ends with that operation's value.
 *  2. A read is served as soon as the register has its value at any instant of its interval.
 *  3. When the register changes, all writes in progress may have taken effect unseen just before: they are
 *     covered. Nothing is owed for them any more, and they may still be seen, once, before they return.
 *  4. Of several writes of one value in progress the one that ends first is spent first.
 *  5. On its way the register may stop at values that serve reads in progress. It surely stops where the
 *     write that it spends is of no use to reads still to be invoked; elsewhere it may or may not.
 *  6. A configuration is dead when a value that it cannot bring back will be read before it is written again.
 *  7. A value is unread when something else must happen before the next read of it is invoked. Configurations
 *     whose values are unread are alike.
 *
 * With distinct values one configuration is left at every instant, so that the sweep is linear in time but
 * for the queue of returns.
 */
import type { Nanos } from '@ballast/base';
import type { Budget, Limit } from './budget.ts';
import { Frontier, rowWords, UNREAD } from './frontier.ts';
import { NONE, Pending } from './pending.ts';
import { INITIAL, OPEN_WRITE, READ, type RegisterHistory, WRITE } from './register-history.ts';

export type SweepResult =
  | { readonly outcome: 'ok' }
  /** `suspects`: values of the register whose operations, with luck, suffice to show the violation. */
  | { readonly outcome: 'violation'; readonly at: number; readonly suspects: readonly number[] }
  | {
      readonly outcome: 'unknown';
      readonly limit: Limit;
      readonly returned: number;
      readonly reached: Nanos;
    };

/** How many configurations a sweep keeps. */
export interface SweepWidth {
  /** A narrow sweep finds most linearizations. Each wider one takes `factor` times as long, at worst. */
  readonly first: number;
  readonly factor: number;
  readonly most: number;
}

const WIDTH: SweepWidth = { first: 64, factor: 8, most: 1 << 15 };
/** Bounds the memory of one frontier: 32 MiB. */
const FRONTIER_WORDS_MAX = 1 << 23;

/**
 * Decides about a register's history, or gives up at a limit. 'ok' and 'violation' are certain.
 *
 * A sweep that left configurations out for want of room and still came through has found a linearization. One
 * that died has found nothing, and is done again with more room.
 */
export function sweep(history: RegisterHistory, budget: Budget, width: SweepWidth = WIDTH): SweepResult {
  const rowsThatFit = Math.floor(FRONTIER_WORDS_MAX / rowWords(history.slotCount));
  const most = Math.max(1, Math.min(width.most, rowsThatFit));
  for (let rows = Math.min(width.first, most); ; rows = Math.min(rows * width.factor, most)) {
    const attempt = new Sweep(history, rows, budget);
    const result = attempt.run();
    if (result.outcome !== 'violation' || !attempt.truncated) return result;
    if (rows === most) return attempt.gaveUp('memory');
  }
}

class Sweep {
  readonly #history: RegisterHistory;
  readonly #budget: Budget;
  readonly #pending: Pending;
  #current: Frontier;
  #next: Frontier;
  /** Reads in progress, in no order, and where each stands, by slot. */
  readonly #reads: number[] = [];
  readonly #positions: Int32Array;
  /** Writes in progress that must take effect, in the order of invocation. */
  readonly #writes: number[] = [];
  readonly #readSlots: Uint32Array;
  /** More optional stops than this would give more combinations than there is room for. */
  readonly #optionalStopsMax: number;
  #stopsCut = false;
  #invoked = 0;
  #returned = 0;
  #suspects: number[] = [];
  /** Writes to stop at, filled anew for each configuration. */
  readonly #forcedStops: number[] = [];
  readonly #optionalStops: number[] = [];

  constructor(history: RegisterHistory, width: number, budget: Budget) {
    this.#history = history;
    this.#budget = budget;
    this.#pending = new Pending(history);
    this.#current = new Frontier(history.slotCount, width);
    this.#next = new Frontier(history.slotCount, width);
    this.#optionalStopsMax = Math.floor(Math.log2(width));
    this.#positions = new Int32Array(history.slotCount);
    this.#readSlots = new Uint32Array((history.slotCount + 31) >>> 5);
  }

  /** Whether branches were left out for want of room. */
  get truncated(): boolean {
    return this.#stopsCut || this.#current.truncated || this.#next.truncated;
  }

  run(): SweepResult {
    const { events, valueCount, reads } = this.#history;
    for (let value = 0; value < valueCount; value++) {
      if (value === INITIAL || !this.#pending.isNeeded(value)) continue;
      return { outcome: 'violation', at: reads.list[reads.from[value]!]!, suspects: [value] };
    }
    this.#current.draft();
    this.#current.commit(0, this.#readSlots);
    for (const event of events) {
      if (event >= 0) {
        this.#invoke(event);
        continue;
      }
      this.#budget.spend(this.#current.count);
      if (this.#budget.exceeded !== null) return this.gaveUp(this.#budget.exceeded);
      this.#return(~event);
      if (this.#current.count === 0) return { outcome: 'violation', at: ~event, suspects: this.#suspects };
    }
    // The last return may have been cut short.
    return this.#budget.exceeded === null ? { outcome: 'ok' } : this.gaveUp(this.#budget.exceeded);
  }

  gaveUp(limit: Limit): SweepResult {
    const { events, end, start } = this.#history;
    const event = events[this.#invoked + this.#returned - 1] ?? 0;
    const reached = event >= 0 ? start[event]! : end[~event]!;
    return { outcome: 'unknown', limit, returned: this.#returned, reached };
  }

  #invoke(operation: number): void {
    const { kind, value, slot } = this.#history;
    this.#pending.begin(operation);
    this.#invoked++;
    if (kind[operation] === WRITE) this.#writes.push(operation);
    if (kind[operation] !== READ) return;
    const s = slot[operation]!;
    this.#positions[s] = this.#reads.push(operation) - 1;
    this.#readSlots[s >>> 5]! |= 1 << (s & 31);
    for (let row = 0; row < this.#current.count; row++) {
      if (this.#current.valueAt(row) === value[operation]) this.#current.set(row, s);
    }
  }

  #return(operation: number): void {
    const { kind, slot } = this.#history;
    const s = slot[operation]!;
    if (this.#current.count === 1 && !this.#asks(0, operation)) this.#current.unset(0, s);
    else this.#expand(operation);
    this.#pending.finish(operation);
    this.#returned++;
    if (kind[operation] === WRITE) this.#writes.splice(this.#writes.indexOf(operation), 1);
    if (kind[operation] === READ) {
      this.#readSlots[s >>> 5]! &= ~(1 << (s & 31));
      const moved = this.#reads.pop()!;
      if (moved === operation) return;
      this.#reads[this.#positions[s]!] = moved;
      this.#positions[slot[moved]!] = this.#positions[s]!;
    }
  }

  /** Whether the return asks something of a configuration: an open write never does, nor what is done. */
  #asks(row: number, operation: number): boolean {
    const { kind, slot } = this.#history;
    return kind[operation] !== OPEN_WRITE && !this.#current.isSet(row, slot[operation]!);
  }

  /** Lets every configuration do what the return of `operation` asks for. */
  #expand(operation: number): void {
    const { kind, value } = this.#history;
    this.#suspects = [value[operation]!];
    this.#next.clear();
    for (let row = 0; row < this.#current.count; row++) {
      if (!this.#asks(row, operation)) this.#stay(row, operation);
      else if (kind[operation] === READ) this.#returnRead(row, operation);
      else this.#returnWrite(row, operation);
      if (this.#budget.exceeded !== null) return;
    }
    [this.#current, this.#next] = [this.#next, this.#current];
    this.#dropSpentOpenWrites(value[operation]!);
  }

  /** Open writes pile up: those that every configuration has spent must not be looked at again and again. */
  #dropSpentOpenWrites(value: number): void {
    const frontier = this.#current;
    for (;;) {
      const write = this.#pending.oldestOpen(value);
      if (write === NONE) return;
      for (let row = 0; row < frontier.count; row++) {
        if (!frontier.isSet(row, this.#history.slot[write]!)) return;
      }
      this.#pending.dropOldestOpen(value);
    }
  }

  #returnRead(row: number, read: number): void {
    const write = this.#available(this.#current, row, this.#history.value[read]!, NONE);
    // By rule 6 there is such a write, or the configuration would have died before.
    if (write !== NONE) this.#change(row, write, read);
  }

  #returnWrite(row: number, write: number): void {
    const value = this.#history.value[write]!;
    const isCovered = write < this.#current.coveredAt(row);
    if (!isCovered || this.#current.valueAt(row) === value) {
      this.#change(row, write, write);
      return;
    }
    if (this.#canSpare(row, write)) this.#stay(row, write);
    else this.#suspects.push(value);
    if (this.#pending.mayLast(value) || this.#hasUnservedRead(row, value)) this.#change(row, write, write);
  }

  /** The configuration goes on as it is, without the operation that returns. */
  #stay(row: number, operation: number): void {
    const draft = this.#next.draftCopy(this.#current, row);
    this.#commit(draft, operation);
  }

  /**
   * The register changes to the value of `write`, by way of all combinations of stops.
   *
   * When it has this value already, the write covers what is in progress and nobody sees a difference.
   */
  #change(row: number, write: number, returning: number): void {
    const from = this.#current.valueAt(row);
    const to = this.#history.value[write]!;
    if (from !== to && !this.#canLeave(this.#current, row, from, NONE)) {
      this.#suspects.push(from);
      return;
    }
    this.#findStops(row, to);
    const combinations = 1 << this.#optionalStops.length;
    for (let chosen = 0; chosen < combinations && this.#budget.exceeded === null; chosen++) {
      const draft = this.#next.draftCopy(this.#current, row);
      for (const stop of this.#forcedStops) this.#serve(draft, stop);
      for (let i = 0; i < this.#optionalStops.length; i++) {
        if (((chosen >>> i) & 1) === 1) this.#serve(draft, this.#optionalStops[i]!);
      }
      this.#serve(draft, write);
      this.#next.switchDraft(to, this.#invoked);
      this.#commit(draft, returning);
    }
  }

  /** Finds the writes at which a change to the value `to` may stop (rule 5). */
  #findStops(row: number, to: number): void {
    const { value, slot } = this.#history;
    this.#forcedStops.length = 0;
    this.#optionalStops.length = 0;
    this.#budget.spend(this.#reads.length >>> 3); // A look at a read costs less than one at a configuration.
    for (const read of this.#reads) {
      const v = value[read]!;
      if (v === to || this.#current.isSet(row, slot[read]!)) continue;
      const write = this.#available(this.#current, row, v, NONE);
      const isKnown = this.#forcedStops.includes(write) || this.#optionalStops.includes(write);
      if (write === NONE || isKnown) continue;
      if (!this.#pending.mayServeLater(write)) this.#forcedStops.push(write);
      else if (!this.#canLeave(this.#current, row, v, write)) continue;
      else if (this.#optionalStops.length < this.#optionalStopsMax) this.#optionalStops.push(write);
      else this.#stopsCut = true;
    }
  }

  /** Spends a write, and serves the reads of its value. */
  #serve(draft: number, write: number): void {
    const { slot, value } = this.#history;
    this.#next.set(draft, slot[write]!);
    let read = this.#pending.firstRead(value[write]!);
    for (; read !== NONE; read = this.#pending.next(read)) this.#next.set(draft, slot[read]!);
  }

  #commit(draft: number, returning: number): void {
    const value = this.#next.valueAt(draft);
    if (value !== UNREAD && !this.#mayBeRead(draft, value)) {
      if (!this.#canLeave(this.#next, draft, value, NONE)) {
        this.#suspects.push(value);
        return;
      }
      this.#next.switchDraft(UNREAD, this.#next.coveredAt(draft));
    }
    this.#next.unset(draft, this.#history.slot[returning]!);
    const covered = this.#next.coveredAt(draft);
    // Covers differ only by writes in progress that lie between them: name a cover by the first one beyond.
    const beyond = this.#writes.find((write) => write >= covered && write !== returning) ?? this.#invoked;
    this.#budget.spend(this.#next.commit(beyond, this.#readSlots));
  }

  /** Whether the register of the draft may have `value` still when a read of it is invoked (rule 7). */
  #mayBeRead(draft: number, value: number): boolean {
    if (!this.#pending.mayLast(value)) return false;
    const { end, slot } = this.#history;
    const nextStart = this.#pending.nextReadStart(value);
    for (const read of this.#reads) {
      if (end[read]! < nextStart && !this.#next.isSet(draft, slot[read]!)) return false;
    }
    return true;
  }

  /** The write of `value`, but not `except`, that a configuration would spend first (rule 4), or NONE. */
  #available(frontier: Frontier, row: number, value: number, except: number): number {
    const write = this.#firstUnspent(frontier, row, this.#pending.firstWrite(value), except);
    return write !== NONE
      ? write
      : this.#firstUnspent(frontier, row, this.#pending.oldestOpen(value), except);
  }

  #firstUnspent(frontier: Frontier, row: number, first: number, except: number): number {
    const { slot } = this.#history;
    let write = first;
    while (write !== NONE && (write === except || frontier.isSet(row, slot[write]!))) {
      write = this.#pending.next(write);
    }
    return write;
  }

  /** Whether the register may change from a value whose reads in progress are served (rule 6). */
  #canLeave(frontier: Frontier, row: number, value: number, except: number): boolean {
    if (value === UNREAD || !this.#pending.isNeeded(value)) return true;
    return this.#available(frontier, row, value, except) !== NONE;
  }

  /** Whether a write may return unseen (rule 6). */
  #canSpare(row: number, write: number): boolean {
    const { value, slot, end } = this.#history;
    const v = value[write]!;
    if (this.#available(this.#current, row, v, write) !== NONE) return true;
    if (this.#pending.isNeeded(v)) return false;
    const nextStart = this.#pending.nextWriteStart(v);
    let read = this.#pending.firstRead(v);
    for (; read !== NONE; read = this.#pending.next(read)) {
      if (end[read]! < nextStart && !this.#current.isSet(row, slot[read]!)) return false;
    }
    return true;
  }

  #hasUnservedRead(row: number, value: number): boolean {
    let read = this.#pending.firstRead(value);
    for (; read !== NONE; read = this.#pending.next(read)) {
      if (!this.#current.isSet(row, this.#history.slot[read]!)) return true;
    }
    return false;
  }
}
