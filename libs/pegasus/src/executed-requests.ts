/**
 * At-most-once: which writes of which clients ran here, and as which version.
 *
 * Each request says below which of its client's ids everything is settled: the client will never send
 * those again. The largest such mark seen is the client's watermark. An id below it is a late duplicate
 * and is refused unanswered, so that entries can be forgotten without trusting a clock.
 */
import { assert } from '@ballast/base';

export const UNKNOWN = -1;
/**
 * Clients that a server remembers. Beyond it, those silent longest are forgotten, and with them their past.
 */
export const CLIENTS_MAX = 65_536;
const FILL_MAX = 0.5;

export interface ExecutedEntry {
  readonly clientId: number;
  readonly requestId: number;
  /** Of the key that was written. */
  readonly hashHi: number;
  readonly hashLo: number;
  readonly incarnation: number;
  readonly counter: number;
}

export class ExecutedRequests {
  /** Client -> watermark, in the order in which clients were heard of. */
  readonly #watermarks = new Map<number, number>();
  /** Open addressing by (client, request); a request id of 0 marks a free cell, as ids start at 1. */
  #clientId: Uint32Array;
  #requestId: Float64Array;
  #hashHi: Uint32Array;
  #hashLo: Uint32Array;
  #incarnation: Uint16Array;
  #counter: Float64Array;
  #count = 0;

  constructor(cells = 1024) {
    assert((cells & (cells - 1)) === 0, `${cells} cells are a power of two`);
    this.#clientId = new Uint32Array(cells);
    this.#requestId = new Float64Array(cells);
    this.#hashHi = new Uint32Array(cells);
    this.#hashLo = new Uint32Array(cells);
    this.#incarnation = new Uint16Array(cells);
    this.#counter = new Float64Array(cells);
  }

  get size(): number {
    return this.#count;
  }

  /** Forgets all requests and clients. */
  clear(): void {
    this.#watermarks.clear();
    this.#requestId.fill(0);
    this.#count = 0;
  }

  /** Below this id the client's requests are settled; 0 for a client never heard of. */
  watermark(clientId: number): number {
    return this.#watermarks.get(clientId) ?? 0;
  }

  /** Learns that a client will not send ids below `watermark` again, and forgets these. Never goes back. */
  settle(clientId: number, watermark: number): void {
    const before = this.#watermarks.get(clientId) ?? 0;
    if (before >= watermark) return;
    if (before === 0 && this.#watermarks.size >= CLIENTS_MAX) this.#forgetOldestClient();
    this.#watermarks.set(clientId, watermark);
    if (watermark - before <= this.#count) {
      for (let id = before; id < watermark; id++) this.#removeAt(this.find(clientId, id));
    } else {
      // A long jump: fewer entries than ids between the two marks.
      for (const { requestId } of this.#entriesWhere((i) => this.#clientId[i] === clientId)) {
        if (requestId < watermark) this.#removeAt(this.find(clientId, requestId));
      }
    }
  }

  /** Where the request's entry is, or UNKNOWN. */
  find(clientId: number, requestId: number): number {
    const mask = this.#requestId.length - 1;
    for (let probe = place(clientId, requestId) & mask; ; probe = (probe + 1) & mask) {
      const id = this.#requestId[probe]!;
      if (id === 0) return UNKNOWN;
      if (id === requestId && this.#clientId[probe] === clientId) return probe;
    }
  }

  incarnation(entry: number): number {
    return this.#incarnation[entry]!;
  }
  counter(entry: number): number {
    return this.#counter[entry]!;
  }

  /** Notes an execution. The first one noted stays: later ones are of other transmissions. */
  add(
    clientId: number,
    requestId: number,
    hashHi: number,
    hashLo: number,
    incarnation: number,
    counter: number,
  ): void {
    if (this.find(clientId, requestId) !== UNKNOWN) return;
    if (this.#count + 1 > this.#requestId.length * FILL_MAX) this.#grow();
    const mask = this.#requestId.length - 1;
    let probe = place(clientId, requestId) & mask;
    while (this.#requestId[probe] !== 0) probe = (probe + 1) & mask;
    this.#clientId[probe] = clientId;
    this.#requestId[probe] = requestId;
    this.#hashHi[probe] = hashHi;
    this.#hashLo[probe] = hashLo;
    this.#incarnation[probe] = incarnation;
    this.#counter[probe] = counter;
    this.#count++;
  }

  /** Every entry of the keys with this hash. Allocates; for hand-overs. */
  ofHash(hashHi: number, hashLo: number): ExecutedEntry[] {
    return this.#entriesWhere((i) => this.#hashHi[i] === hashHi && this.#hashLo[i] === hashLo);
  }

  /** Every entry of the keys whose hash's upper half is wanted. Allocates; for moves of ranges. */
  within(isWanted: (hashHi: number) => boolean): ExecutedEntry[] {
    return this.#entriesWhere((i) => isWanted(this.#hashHi[i]!));
  }

  /** Every client's watermark. */
  watermarks(): Iterable<readonly [clientId: number, watermark: number]> {
    return this.#watermarks;
  }

  #entriesWhere(wanted: (cell: number) => boolean): ExecutedEntry[] {
    const entries: ExecutedEntry[] = [];
    for (let i = 0; i < this.#requestId.length; i++) {
      if (this.#requestId[i] === 0 || !wanted(i)) continue;
      entries.push({
        clientId: this.#clientId[i]!,
        requestId: this.#requestId[i]!,
        hashHi: this.#hashHi[i]!,
        hashLo: this.#hashLo[i]!,
        incarnation: this.#incarnation[i]!,
        counter: this.#counter[i]!,
      });
    }
    return entries;
  }

  #removeAt(cell: number): void {
    if (cell === UNKNOWN) return;
    const mask = this.#requestId.length - 1;
    let hole = cell;
    for (let probe = (hole + 1) & mask; this.#requestId[probe] !== 0; probe = (probe + 1) & mask) {
      const wanted = place(this.#clientId[probe]!, this.#requestId[probe]!) & mask;
      if (((probe - wanted) & mask) >= ((probe - hole) & mask)) {
        this.#move(probe, hole);
        hole = probe;
      }
    }
    this.#requestId[hole] = 0;
    this.#count--;
  }

  #move(from: number, to: number): void {
    this.#clientId[to] = this.#clientId[from]!;
    this.#requestId[to] = this.#requestId[from]!;
    this.#hashHi[to] = this.#hashHi[from]!;
    this.#hashLo[to] = this.#hashLo[from]!;
    this.#incarnation[to] = this.#incarnation[from]!;
    this.#counter[to] = this.#counter[from]!;
  }

  #grow(): void {
    const larger = new ExecutedRequests(this.#requestId.length * 2);
    for (let i = 0; i < this.#requestId.length; i++) {
      if (this.#requestId[i] === 0) continue;
      const version = [this.#incarnation[i]!, this.#counter[i]!] as const;
      larger.add(this.#clientId[i]!, this.#requestId[i]!, this.#hashHi[i]!, this.#hashLo[i]!, ...version);
    }
    this.#clientId = larger.#clientId;
    this.#requestId = larger.#requestId;
    this.#hashHi = larger.#hashHi;
    this.#hashLo = larger.#hashLo;
    this.#incarnation = larger.#incarnation;
    this.#counter = larger.#counter;
  }

  #forgetOldestClient(): void {
    for (const [clientId] of this.#watermarks) {
      for (const { requestId } of this.#entriesWhere((i) => this.#clientId[i] === clientId)) {
        this.#removeAt(this.find(clientId, requestId));
      }
      this.#watermarks.delete(clientId);
      return;
    }
  }
}

function place(clientId: number, requestId: number): number {
  const mixed = Math.imul(clientId ^ Math.imul(requestId | 0, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
