import {
  type Core,
  type Frame,
  type FramePool,
  type Nanos,
  NEVER,
  Outbox,
  type PortNumber,
  type Sink,
} from '@ballast/base';

/** A frame as a TestCore saw it. */
export interface Arrival {
  readonly nowNs: Nanos;
  readonly port: PortNumber;
  /** Its bytes as Latin-1 text. */
  readonly text: string;
}

/**
 * A core that records what it is given and does what a test tells it.
 *
 * A frame that `onFrame` does not pass on by `send` is released.
 */
export class TestCore implements Core {
  deadlineNs: Nanos = NEVER;
  readonly arrivals: Arrival[] = [];
  /** Local times of the calls of `timeout`. */
  readonly timeouts: Nanos[] = [];
  /** Answers a frame; true when the frame was passed on. */
  onFrame: ((core: TestCore, nowNs: Nanos, port: PortNumber, frame: Frame) => boolean) | null = null;
  /** Runs when the deadline has come; the deadline was set to NEVER before. */
  onTimeout: ((core: TestCore, nowNs: Nanos) => void) | null = null;

  readonly #pool: FramePool;
  readonly #out = new Outbox();

  constructor(pool: FramePool) {
    this.#pool = pool;
  }

  /** Queues a frame of Latin-1 text; it leaves when the node is drained. */
  say(text: string, port: PortNumber = 0): void {
    const frame = this.#pool.take();
    frame.fill(Uint8Array.from(text, (character) => character.charCodeAt(0)));
    this.#out.push(port, frame);
  }

  /** Passes a frame on. */
  send(port: PortNumber, frame: Frame): void {
    this.#out.push(port, frame);
  }

  /** The texts that arrived, in order. */
  get texts(): string[] {
    return this.arrivals.map((arrival) => arrival.text);
  }

  handle(now: Nanos, port: PortNumber, frame: Frame): void {
    this.arrivals.push({ nowNs: now, port, text: String.fromCharCode(...frame.contents()) });
    if (this.onFrame?.(this, now, port, frame) !== true) this.#pool.release(frame);
  }

  timeout(now: Nanos): void {
    this.timeouts.push(now);
    if (now < this.deadlineNs) return;
    this.deadlineNs = NEVER;
    this.onTimeout?.(this, now);
  }

  drain(sink: Sink): void {
    this.#out.drain(sink);
  }
}
