/**
 * Things that are due a constant time after they were queued: first in, first out, so that arming and
 * finding the next deadline cost nothing. Entries are not removed when they become pointless; the owner
 * sees that by the stamp when they come up.
 */
import { type Nanos, NEVER } from '@ballast/base';

export class DelayQueue {
  readonly delayNs: Nanos;
  #dueNs = new Float64Array(64);
  #slot = new Int32Array(64);
  #stamp = new Float64Array(64);
  #head = 0;
  #size = 0;

  constructor(delayNs: Nanos) {
    this.delayNs = delayNs;
  }

  /** When the oldest entry is due; NEVER when there is none. */
  get deadlineNs(): Nanos {
    return this.#size === 0 ? NEVER : this.#dueNs[this.#head]!;
  }
  /** Of the oldest entry. */
  get slot(): number {
    return this.#slot[this.#head]!;
  }
  get stamp(): number {
    return this.#stamp[this.#head]!;
  }

  push(now: Nanos, slot: number, stamp: number): void {
    if (this.#size === this.#slot.length) this.#grow();
    const tail = (this.#head + this.#size) & (this.#slot.length - 1);
    this.#dueNs[tail] = now + this.delayNs;
    this.#slot[tail] = slot;
    this.#stamp[tail] = stamp;
    this.#size++;
  }

  shift(): void {
    this.#head = (this.#head + 1) & (this.#slot.length - 1);
    this.#size--;
  }

  #grow(): void {
    const { length } = this.#slot;
    const dueNs = new Float64Array(length * 2);
    const slot = new Int32Array(length * 2);
    const stamp = new Float64Array(length * 2);
    for (let i = 0; i < length; i++) {
      const from = (this.#head + i) & (length - 1);
      dueNs[i] = this.#dueNs[from]!;
      slot[i] = this.#slot[from]!;
      stamp[i] = this.#stamp[from]!;
    }
    this.#dueNs = dueNs;
    this.#slot = slot;
    this.#stamp = stamp;
    this.#head = 0;
  }
}
