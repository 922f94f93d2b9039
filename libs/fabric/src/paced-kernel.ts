/**
 * Lets an event kernel follow the wall clock: the embedded rack. All nodes share this one thread, so the
 * kernel's time may lag behind the clock when the machine is too slow for the load; the lag is measured.
 */
import type { Nanos } from '@ballast/base';
import type { Kernel } from '@ballast/sim';
import { monotonicNs } from './clock.ts';

/** Events between two looks at the clock: about ten milliseconds of work. */
const BATCH_EVENTS_MAX = 10_000;
/** A timer of Node is late by up to a millisecond or two; what is due sooner is polled for. */
const SLEEP_NS_MIN = 2_000_000;
const SLEEP_MS_MAX = 50;

export class PacedKernel {
  readonly kernel: Kernel;
  readonly #originNs: Nanos;
  #lagNsMax: Nanos = 0;
  #isStopped = true;
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.#originNs = monotonicNs() - kernel.now;
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#turn();
  }

  /** Lets no more events happen. The kernel may be started again, or be dropped. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
  }

  /** The largest lag since the last call. */
  takeLagNs(): Nanos {
    const lag = this.#lagNsMax;
    this.#lagNsMax = 0;
    return lag;
  }

  #turn(): void {
    if (this.#isStopped) return;
    const { kernel } = this;
    const nowNs = monotonicNs() - this.#originNs;
    const isReached = kernel.runUntil(Math.max(nowNs, kernel.now), BATCH_EVENTS_MAX);
    this.#lagNsMax = Math.max(this.#lagNsMax, monotonicNs() - this.#originNs - kernel.now);
    const aheadNs = kernel.nextEventNs - kernel.now;
    if (isReached && aheadNs > SLEEP_NS_MIN) {
      const sleepMs = Math.min(SLEEP_MS_MAX, Math.floor(aheadNs / 1e6) - 1);
      this.#timer = setTimeout(() => this.#turn(), sleepMs);
    } else {
      // An immediate, not a microtask: sockets and signals get their turn between two batches.
      this.#immediate = setImmediate(() => this.#turn());
    }
  }
}
