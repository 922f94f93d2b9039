import { assert, type Frame, type FramePool, present, type PortNumber } from '@ballast/base';

const CAPACITY_INITIAL = 16;

/** A bounded FIFO of received frames and the ports they came in by: a ring that grows up to its bound. */
export class FrameQueue {
  readonly #framesMax: number;
  #frames: (Frame | undefined)[] = new Array<Frame | undefined>(CAPACITY_INITIAL).fill(undefined);
  #ports = new Int32Array(CAPACITY_INITIAL);
  #head = 0;
  #length = 0;

  /** Port of the frame that `shift` gave last. */
  shiftedPort: PortNumber = 0;

  constructor(framesMax: number) {
    assert(framesMax >= 0, 'a queue has room for 0 frames or more');
    this.#framesMax = framesMax;
  }

  get length(): number {
    return this.#length;
  }

  /** False when full: the frame stays with the caller. */
  push(port: PortNumber, frame: Frame): boolean {
    if (this.#length >= this.#framesMax) return false;
    if (this.#length === this.#ports.length) this.#grow();
    const at = (this.#head + this.#length++) & (this.#ports.length - 1);
    this.#frames[at] = frame;
    this.#ports[at] = port;
    return true;
  }

  /** The oldest frame. Precondition: not empty. */
  shift(): Frame {
    const at = this.#head;
    const frame = present(this.#frames[at], 'a frame queue is not empty when it is shifted');
    this.shiftedPort = this.#ports[at]!;
    this.#head = (at + 1) & (this.#ports.length - 1);
    this.#length--;
    return frame;
  }

  /** Releases every frame; returns how many there were. */
  clear(pool: FramePool): number {
    const count = this.#length;
    while (this.#length > 0) pool.release(this.shift());
    return count;
  }

  #grow(): void {
    const capacity = this.#ports.length;
    const frames = new Array<Frame | undefined>(2 * capacity).fill(undefined);
    const ports = new Int32Array(2 * capacity);
    for (let i = 0; i < this.#length; i++) {
      const at = (this.#head + i) & (capacity - 1);
      frames[i] = this.#frames[at];
      ports[i] = this.#ports[at]!;
    }
    this.#frames = frames;
    this.#ports = ports;
    this.#head = 0;
  }
}
