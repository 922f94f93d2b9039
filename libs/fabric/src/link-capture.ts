import { Readable } from 'node:stream';
import { type Nanos, seconds } from '@ballast/base';
import type { Link } from '@ballast/sim';
import { PcapWriter } from '@ballast/wire';

/** A reader that is this much behind loses packets: the rack must not wait for it, nor fill the memory. */
const BUFFER_BYTES_MAX = 16 * 1024 * 1024;

export interface LinkCaptureOptions {
  /** The kernel's time now: what it shows is counted from the wall clock's present time. */
  readonly nowNs: Nanos;
  /** Ends after so many packets; absent: does not. */
  readonly packets?: number;
  /** Ends after so many seconds; absent: does not. */
  readonly seconds?: number;
}

/** What passes a link, both directions in order of time, as a stream of pcap bytes with nanoseconds. */
export class LinkCapture extends Readable {
  readonly #pcap: PcapWriter;
  readonly #untap: () => void;
  readonly #timer: NodeJS.Timeout | null;
  /** Added to the kernel's time: the present moment within its second of the wall clock. */
  readonly #offsetNs: Nanos;
  #left: number;
  #isFinished = false;
  #dropped = 0;

  constructor(link: Link, options: LinkCaptureOptions) {
    super({ highWaterMark: BUFFER_BYTES_MAX });
    const wallMs = Date.now();
    this.#pcap = new PcapWriter({ epochSeconds: Math.floor(wallMs / 1000) });
    this.#offsetNs = (wallMs % 1000) * 1e6 - options.nowNs;
    this.#left = options.packets ?? Infinity;
    this.push(this.#pcap.header());
    const untilNs = options.seconds === undefined ? Infinity : options.nowNs + seconds(options.seconds);
    this.#untap = link.tap((now, _direction, frame) => {
      if (now <= untilNs) this.#take(now, frame.contents());
    });
    // A kernel that lags shows its last packets later.
    this.#timer =
      options.seconds === undefined ? null : setTimeout(() => this.finish(), options.seconds * 1000).unref();
  }

  /** Packets that the reader was too slow for. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Ends the capture; what was taken so far can still be read. */
  finish(): void {
    if (this.#isFinished || this.destroyed) return;
    this.#isFinished = true;
    this.#release();
    this.push(null);
  }

  override _read(): void {
    // The link pushes: a capture cannot ask for packets.
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#release();
    callback(error);
  }

  #take(now: Nanos, contents: Uint8Array): void {
    if (this.#left <= 0) return;
    if (this.readableLength > BUFFER_BYTES_MAX) {
      this.#dropped++;
      return;
    }
    this.push(this.#pcap.packet(now + this.#offsetNs, contents));
    // Not at once: the link is going through its taps.
    if (--this.#left === 0) queueMicrotask(() => this.finish());
  }

  #release(): void {
    this.#untap();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
