import { assert } from './assert.ts';

/** Room in front of a received frame, for headers that a program adds (outer Ethernet, IPv6, UDP, VXLAN). */
export const HEADROOM_BYTES = 128;

/**
 * One Ethernet frame in a pooled buffer: `length` bytes from `start`.
 *
 * A frame has one owner at a time. Whoever receives it in `handle` or `transmit` owns it, and must pass
 * it on or release it to its pool, once. The simulator counts frames to hold everyone to that.
 */
export class Frame {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  start = HEADROOM_BYTES;
  length = 0;

  constructor(capacityBytes: number) {
    const buffer = new ArrayBuffer(capacityBytes);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Empties the frame and restores its headroom. */
  reset(): void {
    this.start = HEADROOM_BYTES;
    this.length = 0;
  }

  /**
   * A view of the frame's bytes, valid while the caller owns it. Allocates: for tests, captures, printers.
   */
  contents(): Uint8Array {
    return this.bytes.subarray(this.start, this.start + this.length);
  }

  /** Becomes a copy of `source`, at the same offset. Precondition: equal capacities. */
  copyFrom(source: Frame): void {
    this.start = source.start;
    this.length = source.length;
    // A loop over 32-bit words would be faster below 64 bytes; set() wins for whole packets.
    this.bytes.set(source.bytes.subarray(source.start, source.start + source.length), source.start);
  }

  /** Becomes the given bytes behind the usual headroom. */
  fill(contents: Uint8Array): void {
    assert(HEADROOM_BYTES + contents.length <= this.bytes.length, `${contents.length} bytes fit a frame`);
    this.start = HEADROOM_BYTES;
    this.length = contents.length;
    this.bytes.set(contents, this.start);
  }
}

/**
 * Recycles frames of one capacity. Grows when empty and never shrinks: its size is the largest number
 * of frames that were ever in use at once.
 */
export class FramePool {
  readonly capacityBytes: number;
  readonly #free: Frame[] = [];
  #created = 0;

  /** @param mtuBytes largest IP packet; the buffer also holds headroom and a tagged Ethernet header. */
  constructor(mtuBytes: number) {
    this.capacityBytes = HEADROOM_BYTES + 18 + mtuBytes;
  }

  /** An empty frame, owned by the caller. */
  take(): Frame {
    const frame = this.#free.pop();
    if (frame === undefined) {
      this.#created++;
      return new Frame(this.capacityBytes);
    }
    frame.reset();
    return frame;
  }

  /** Takes a frame back. The caller must not touch it again. Precondition: of this pool's capacity. */
  release(frame: Frame): void {
    assert(frame.bytes.length === this.capacityBytes, 'a frame returns to a pool of its capacity');
    this.#free.push(frame);
  }

  /** A new frame with the contents of another, which stays with its owner. */
  copy(frame: Frame): Frame {
    const duplicate = this.take();
    duplicate.copyFrom(frame);
    return duplicate;
  }

  /** Frames that somebody owns now. Zero when every node is idle and every queue is empty. */
  get inUse(): number {
    return this.#created - this.#free.length;
  }
}
