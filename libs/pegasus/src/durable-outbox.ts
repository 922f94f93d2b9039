/**
 * What a server sends, held back until everything that it had logged by then is durable: nobody learns of a
 * value that a crash could still take away, neither by the answer to its write nor by a read.
 */
import type { Frame, FramePool, PortNumber, Sink } from '@ballast/base';

/** Positions in a server's log, in bytes. */
export interface LogPosition {
  /** Behind the newest record. */
  readonly position: number;
}

const CELLS = 64;

/** A queue of frames with the log position that each waits for. Without a log nothing waits. */
export class DurableOutbox {
  readonly #log: LogPosition | null;
  #ports: PortNumber[] = new Array<PortNumber>(CELLS).fill(0);
  #frames: (Frame | null)[] = new Array<Frame | null>(CELLS).fill(null);
  #positions = new Float64Array(CELLS);
  #head = 0;
  #count = 0;
  #durable = 0;

  constructor(log: LogPosition | null) {
    this.#log = log;
  }

  /** Frames that wait. */
  get length(): number {
    return this.#count;
  }

  push(port: PortNumber, frame: Frame): void {
    if (this.#count === this.#frames.length) this.#grow();
    const cell = (this.#head + this.#count++) & (this.#frames.length - 1);
    this.#ports[cell] = port;
    this.#frames[cell] = frame;
    this.#positions[cell] = this.#log === null ? 0 : this.#log.position;
  }

  /** Everything logged before `position` survives a crash. */
  durable(position: number): void {
    if (position > this.#durable) this.#durable = position;
  }

  /** Hands over what need not wait, in the order in which it was pushed. */
  drain(sink: Sink): void {
    while (this.#count > 0 && this.#positions[this.#head]! <= this.#durable) {
      const frame = this.#frames[this.#head]!;
      const port = this.#ports[this.#head]!;
      this.#frames[this.#head] = null;
      this.#head = (this.#head + 1) & (this.#frames.length - 1);
      this.#count--;
      sink.transmit(port, frame);
    }
  }

  /** Gives back what still waits: the server has stopped. */
  discard(pool: FramePool): void {
    for (; this.#count > 0; this.#count--) {
      pool.release(this.#frames[this.#head]!);
      this.#frames[this.#head] = null;
      this.#head = (this.#head + 1) & (this.#frames.length - 1);
    }
  }

  #grow(): void {
    const size = this.#frames.length;
    const at = (i: number): number => (this.#head + i) & (size - 1);
    const ports = Array.from({ length: size * 2 }, (_, i) => (i < size ? this.#ports[at(i)]! : 0));
    const frames = Array.from({ length: size * 2 }, (_, i) => (i < size ? this.#frames[at(i)]! : null));
    const positions = new Float64Array(size * 2);
    for (let i = 0; i < size; i++) positions[i] = this.#positions[at(i)]!;
    this.#ports = ports;
    this.#frames = frames;
    this.#positions = positions;
    this.#head = 0;
  }
}
