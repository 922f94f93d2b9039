/**
 * What a server knows of the hot keys: one record per key hash that is hot, becoming hot or becoming cold.
 */
import type { Nanos } from '@ballast/base';
import { NEVER } from '@ballast/base';

/**
 * How far a generation has come at this server. It only moves on, so that late and repeated messages of the
 * controller change nothing.
 */
export const HotPhase = {
  /** Home only: writes of the key are refused, the executed requests were handed over. */
  Held: 1,
  /** Writes of this generation are executed. */
  Open: 2,
  /** Writes of this generation are refused, for good. */
  Fenced: 3,
  /** Home only: has what all the others had; writes of no generation are executed again. */
  Merged: 4,
} as const;
export type HotPhase = (typeof HotPhase)[keyof typeof HotPhase];

export class HotKey {
  readonly hashHi: number;
  readonly hashLo: number;
  readonly generation: number;
  phase: HotPhase;
  /** The promoted key in full; other keys of the same hash are not hot. */
  key: Uint8Array;
  /** How many other servers get a copy after a write here, of those in `targets`. */
  copies = 0;
  /** Live servers; bit i is server i. */
  targets = 0;
  /** Servers that a copy of the newest version is still on its way to; bit i is server i. */
  awaited = 0;
  /** The epoch in which it was last asked to send the first copies; 0: not yet. */
  begunEpoch = 0;
  /** When the next round of copies is due; NEVER when none is. */
  spreadAt: Nanos = NEVER;
  /** Transmissions of the current copies. */
  attempts = 0;
  /** Parts of a message of the controller that comes in several, by position. */
  parts: Uint8Array[] = [];
  /** What this server handed over, kept until the phase moves on, so that repeats get the same bytes. */
  handOver: Uint8Array | null = null;
  /** The next record with the same low half of the hash. */
  next: HotKey | null = null;

  constructor(hashHi: number, hashLo: number, generation: number, phase: HotPhase, key: Uint8Array) {
    this.hashHi = hashHi;
    this.hashLo = hashLo;
    this.generation = generation;
    this.phase = phase;
    this.key = key;
  }

  /** Is this the promoted key? */
  is(bytes: Uint8Array, start: number, length: number): boolean {
    if (length !== this.key.length) return false;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== this.key[i]) return false;
    return true;
  }
}

/** Looked up by every request, changed rarely: a Map by the low half of the hash, chained on collisions. */
export class HotKeys {
  readonly #byLow = new Map<number, HotKey>();

  find(hashHi: number, hashLo: number): HotKey | null {
    let hot = this.#byLow.get(hashLo | 0) ?? null; // As a signed integer: V8 keeps those unboxed.
    while (hot !== null && hot.hashHi !== hashHi) hot = hot.next;
    return hot;
  }

  add(hot: HotKey): void {
    hot.next = this.#byLow.get(hot.hashLo | 0) ?? null;
    this.#byLow.set(hot.hashLo | 0, hot);
  }

  remove(hot: HotKey): void {
    const first = this.#byLow.get(hot.hashLo | 0) ?? null;
    if (first === hot) {
      if (hot.next === null) this.#byLow.delete(hot.hashLo | 0);
      else this.#byLow.set(hot.hashLo | 0, hot.next);
      return;
    }
    let before = first;
    while (before !== null && before.next !== hot) before = before.next;
    if (before !== null) before.next = hot.next;
  }

  clear(): void {
    this.#byLow.clear();
  }

  *[Symbol.iterator](): Iterator<HotKey> {
    for (const first of this.#byLow.values())
      for (let hot: HotKey | null = first; hot !== null; hot = hot.next) yield hot;
  }
}

/**
 * Generations that are over. The controller says below which one all are; above it they are listed. A
 * message of such a generation is late and changes nothing.
 */
export class FinishedGenerations {
  #floor = 0;
  readonly #above = new Set<number>();

  /** Every generation below `floor` is over. */
  raise(floor: number): void {
    if (floor <= this.#floor) return;
    this.#floor = floor;
    for (const generation of this.#above) if (generation < floor) this.#above.delete(generation);
  }

  finish(generation: number): void {
    if (generation >= this.#floor) this.#above.add(generation);
  }

  has(generation: number): boolean {
    return generation < this.#floor || this.#above.has(generation);
  }
}
