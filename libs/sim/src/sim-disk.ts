/**
 * The disk under one append-only file, in virtual time, without I/O: what is written, what is synced, and
 * what a crash leaves of it. It belongs to the machine: it outlives the node's core.
 *
 * Group commit: a sync covers everything written when it starts; what comes during it waits for the next.
 */
import { assert, type Nanos, NEVER, type Prng } from '@ballast/base';
import type { Distribution } from './distribution.ts';

/** Written whole or not at all. */
const SECTOR_BYTES = 512;
/** How often a power failure leaves the size of all that was written, with zeros where nothing arrived. */
const UNWRITTEN_RATIO = 0.5;

/**
 * `process`: killed; the operating system goes on. `power`: the machine stops; what was not synced may be
 * lost.
 */
export type DiskCrash = 'process' | 'power';

export interface SimDiskOptions {
  /** How long a sync takes. */
  readonly syncNs: Distribution;
  readonly prng: Prng;
}

export class SimDisk {
  readonly #options: SimDiskOptions;
  #bytes = new Uint8Array(4096);
  #written = 0;
  #durable = 0;
  /** What the sync in progress covers. */
  #syncing = 0;
  #syncs = 0;
  #deadlineNs: Nanos = NEVER;

  constructor(options: SimDiskOptions) {
    this.#options = options;
  }

  /** Size of the file. A process crash does not lose any of it. */
  get position(): number {
    return this.#written;
  }
  /** A power failure does not lose anything below. Read it after `timeout`. */
  get durablePosition(): number {
    return this.#durable;
  }
  /** When the sync in progress is over; NEVER when there is nothing to sync. */
  get deadlineNs(): Nanos {
    return this.#deadlineNs;
  }
  /** Syncs that were completed. */
  get syncs(): number {
    return this.#syncs;
  }

  /** Writes behind the end, and starts a sync when none is in progress. Copies the bytes. */
  append(now: Nanos, bytes: Uint8Array): void {
    const end = this.#written + bytes.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, end));
      larger.set(this.#bytes.subarray(0, this.#written));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#written);
    this.#written = end;
    this.#startSync(now);
  }

  /** Completes the sync that is due, and starts the next one when more was written meanwhile. */
  timeout(now: Nanos): void {
    if (now < this.#deadlineNs) return;
    this.#durable = this.#syncing;
    this.#syncs++;
    this.#deadlineNs = NEVER;
    this.#startSync(now);
  }

  /**
   * Ends what is in progress, and loses what such a crash loses: of what was not synced, a power failure
   * keeps none, a part of random length, or all. Behind it the file ends, or has zeros up to its size.
   */
  crash(kind: DiskCrash, prng: Prng): void {
    this.#deadlineNs = NEVER;
    if (kind === 'process') return;
    const kept = this.#durable + keptOf(this.#written - this.#durable, prng);
    if (prng.chance(UNWRITTEN_RATIO)) {
      const sector = Math.ceil(kept / SECTOR_BYTES) * SECTOR_BYTES;
      if (sector < this.#written) this.#bytes.fill(0, sector, this.#written);
    } else {
      this.#written = kept;
    }
  }

  /** What a process finds when it opens the file: a view that is valid until the next call. */
  contents(): Uint8Array {
    return this.#bytes.subarray(0, this.#written);
  }

  /**
   * Opens the file after a crash: cuts off what stands behind `validBytes`, and syncs the rest, as a restart
   * must before anybody is told of it: a process crash leaves bytes that a power failure could still lose.
   */
  reopen(validBytes: number): void {
    assert(this.#deadlineNs === NEVER, 'a disk is opened again after a crash');
    assert(validBytes <= this.#written, `the valid ${validBytes} bytes are within ${this.#written}`);
    this.#written = validBytes;
    this.#durable = validBytes;
  }

  #startSync(now: Nanos): void {
    if (this.#deadlineNs !== NEVER || this.#durable === this.#written) return;
    this.#syncing = this.#written;
    this.#deadlineNs = now + this.#options.syncNs.draw(this.#options.prng);
  }
}

function keptOf(bytes: number, prng: Prng): number {
  const extreme = prng.below(4);
  if (extreme === 0) return 0;
  return extreme === 1 ? bytes : prng.below(bytes + 1);
}
