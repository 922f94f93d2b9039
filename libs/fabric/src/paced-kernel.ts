/**
 * Lets an event kernel follow the wall clock: the embedded rack. All nodes share this one thread, so the
 * kernel's time may lag behind the clock when the machine is too slow for the load; the lag is measured.
 *
 * What happens in the kernel happens at the kernel's time. How finely the clock is followed shows only to
 * what is outside: a host on an overlay, a live view.
 */
import { assert, type Nanos, NEVER } from '@ballast/base';
import type { Kernel } from '@ballast/sim';
import { monotonicNs } from './clock.ts';

/**
 * Events between two looks at the clock: about five milliseconds of work. Then sockets and signals get their
 * turn.
 */
const BATCH_EVENTS_MAX = 10_000;
/**
 * As fine as timers of Node go. A shorter wait would take the whole core and please nobody but hosts outside.
 */
const SLEEP_MS_MIN = 1;
const SLEEP_MS_MAX = 50;

interface Run {
  readonly untilNs: Nanos;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class PacedKernel {
  readonly kernel: Kernel;
  /** What the clock showed when the kernel's time was 0, had it followed the clock ever since. */
  #originNs: Nanos = 0;
  #lagNsMax: Nanos = 0;
  #run: Run | null = null;
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  get isRunning(): boolean {
    return this.#run !== null;
  }

  /**
   * Follows the clock until the kernel's time is `untilNs`, exactly, or until `stop`.
   *
   * Rejected with what was thrown inside the kernel, which is of no use then.
   */
  run(untilNs: Nanos = NEVER): Promise<void> {
    assert(this.#run === null, 'a kernel follows the clock once at a time');
    this.#originNs = monotonicNs() - this.kernel.now;
    return new Promise((resolve, reject) => {
      this.#run = { untilNs, resolve, reject };
      this.#sleep(0);
    });
  }

  /** Lets no more events happen. The kernel may run on later: time has stood still for it. */
  stop(): void {
    const run = this.#end();
    run?.resolve();
  }

  /** Something came in from outside: look at the clock now rather than in a millisecond. */
  wake(): void {
    if (this.#run !== null && this.#timer !== null) this.#sleep(0);
  }

  /** How late an event was at most since the last call: by a busy machine, or by the work before it. */
  takeLagNs(): Nanos {
    const lag = this.#lagNsMax;
    this.#lagNsMax = 0;
    return lag;
  }

  #turn(): void {
    const run = this.#run;
    if (run === null) return;
    const { kernel } = this;
    try {
      const startNs = this.#clockNs();
      this.#noteLag(startNs - kernel.nextEventNs);
      const isReached = kernel.runUntil(
        Math.min(run.untilNs, Math.max(kernel.now, startNs)),
        BATCH_EVENTS_MAX,
      );
      this.#noteLag(this.#clockNs() - startNs);
      if (isReached && kernel.now >= run.untilNs) {
        this.#end();
        return run.resolve();
      }
      if (this.#run === run) this.#sleep(isReached ? this.#sleepMs() : 0);
    } catch (error) {
      this.#end();
      run.reject(error);
    }
  }

  /** An event happened, or will, so much after its time. */
  #noteLag(lagNs: Nanos): void {
    if (lagNs > this.#lagNsMax) this.#lagNsMax = lagNs;
  }

  #clockNs(): Nanos {
    return monotonicNs() - this.#originNs;
  }

  #sleepMs(): number {
    const aheadMs = (this.kernel.nextEventNs - this.#clockNs()) / 1e6;
    return Math.max(SLEEP_MS_MIN, Math.min(SLEEP_MS_MAX, Math.floor(aheadMs)));
  }

  /** 0: at once, but after whatever else waits for its turn. */
  #sleep(sleepMs: number): void {
    this.#cancel();
    if (sleepMs > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = null;
        this.#turn();
      }, sleepMs);
    } else {
      this.#immediate = setImmediate(() => {
        this.#immediate = null;
        this.#turn();
      });
    }
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#timer = null;
    this.#immediate = null;
  }

  #end(): Run | null {
    const run = this.#run;
    this.#run = null;
    this.#cancel();
    return run;
  }
}
