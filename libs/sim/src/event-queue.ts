import { assert, type Nanos } from '@ballast/base';
import { NO_SLOT, TimingWheel } from './timing-wheel.ts';

/** What an event does. The kernel's loop switches on it; the target says to whom. */
export const EventKind = {
  /** A frame reaches the far end of a link direction. Payload: the frame. */
  Arrive: 0,
  /** A CPU of a node has served a frame. Standing slot, one per CPU. */
  Complete: 1,
  /** The deadline of a node's core. Standing slot, one per node. */
  Timer: 2,
  /** The head of a channel's queue is due. Standing slot, one per channel direction. */
  Message: 3,
  /** A scripted call. Payload: the function. */
  Call: 4,
} as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

const CAPACITY_INITIAL = 256;

/**
 * Virtual time and the events that are pending, in order of (time, insertion).
 *
 * An event lives in a slot. One-shot slots carry a payload and are recycled once taken (`post`, `claim`).
 * Standing slots belong to one receiver for ever and are scheduled, moved and cancelled (`reserve`,
 * `schedule`, `cancel`), so a timer that moves leaves nothing stale behind. No event allocates.
 */
export class EventQueue {
  /** Time of the event taken last, or later when the kernel has moved on. Never runs back. */
  nowNs: Nanos = 0;

  readonly #wheel = new TimingWheel();

  // By slot.
  #kinds = new Uint8Array(CAPACITY_INITIAL);
  #targets = new Int32Array(CAPACITY_INITIAL);
  readonly #payloads: unknown[] = [];
  #slotCount = 0;

  /** A stack of one-shot slots that are free. */
  #free = new Int32Array(CAPACITY_INITIAL);
  #freeCount = 0;

  constructor() {
    this.#wheel.grow(CAPACITY_INITIAL);
  }

  /** Time of the first pending event; NEVER when there is none. */
  get nextNs(): Nanos {
    return this.#wheel.nextNs;
  }

  /** Adds a one-shot event. Precondition: `timeNs` is not past. */
  post(timeNs: Nanos, kind: EventKind, target: number, payload: unknown): void {
    assert(timeNs >= this.nowNs, 'an event lies in the future');
    const slot = this.#freeCount > 0 ? this.#free[--this.#freeCount]! : this.#newSlot();
    this.#kinds[slot] = kind;
    this.#targets[slot] = target;
    this.#payloads[slot] = payload;
    this.#wheel.insert(slot, timeNs);
  }

  /** A standing slot for one receiver, not scheduled yet. */
  reserve(kind: EventKind, target: number): number {
    const slot = this.#newSlot();
    this.#kinds[slot] = kind;
    this.#targets[slot] = target;
    return slot;
  }

  /** Schedules a standing slot, or moves it: behind all events of that time, which is not past. */
  schedule(slot: number, timeNs: Nanos): void {
    assert(timeNs >= this.nowNs, 'an event lies in the future');
    this.#wheel.remove(slot);
    this.#wheel.insert(slot, timeNs);
  }

  /** Takes a standing slot out, if it is scheduled. */
  cancel(slot: number): void {
    this.#wheel.remove(slot);
  }

  /** Time of a standing slot. Precondition: it is scheduled. */
  timeOf(slot: number): Nanos {
    assert(this.#wheel.has(slot), 'the slot is scheduled');
    return this.#wheel.timeOf(slot);
  }

  /** Removes the first event if it is due by `limitNs`, and moves `nowNs` to it. NO_SLOT when none is due. */
  take(limitNs: Nanos): number {
    const slot = this.#wheel.take(limitNs);
    if (slot !== NO_SLOT) this.nowNs = this.#wheel.timeOf(slot);
    return slot;
  }

  kindOf(slot: number): EventKind {
    return this.#kinds[slot] as EventKind;
  }

  targetOf(slot: number): number {
    return this.#targets[slot]!;
  }

  /** The payload of a one-shot event that was just taken; its slot is free again. */
  claim(slot: number): unknown {
    const payload = this.#payloads[slot];
    this.#payloads[slot] = undefined;
    this.#free[this.#freeCount++] = slot;
    return payload;
  }

  #newSlot(): number {
    if (this.#slotCount === this.#kinds.length) this.#grow();
    this.#payloads.push(undefined);
    return this.#slotCount++;
  }

  #grow(): void {
    const capacity = 2 * this.#kinds.length;
    this.#wheel.grow(capacity);
    const kinds = new Uint8Array(capacity);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    const targets = new Int32Array(capacity);
    targets.set(this.#targets);
    this.#targets = targets;
    const free = new Int32Array(capacity);
    free.set(this.#free);
    this.#free = free;
  }
}
