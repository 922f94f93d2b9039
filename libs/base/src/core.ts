import type { Frame } from './frame.ts';
import type { Nanos } from './nanos.ts';

/** Index of a node's port. Hosts have port 0 only; a switch has one per link. */
export type PortNumber = number;

/** Takes what a core sends. The simulator, the embedded rack and the real ports each have one. */
export interface Sink {
  /** Sends a frame out of a port; ownership of the frame goes to the sink. */
  transmit(port: PortNumber, frame: Frame): void;
}

/**
 * A protocol as a state machine without I/O.
 *
 * The runner gives one input (`handle` or `timeout`), drains the outputs, reads `deadlineNs`, and only
 * then gives the next input. `now` never runs back. A core reads no clock, keeps no timer and draws
 * randomness only from the Prng that its constructor took.
 */
export interface Core {
  /** When `timeout` wants to be called next; NEVER when nothing is pending. Read after every input. */
  readonly deadlineNs: Nanos;

  /** Takes in a frame and its ownership. Bad bytes are counted and released, never thrown. */
  handle(now: Nanos, port: PortNumber, frame: Frame): void;

  /** Runs what is due. May be called early or late: a call before the deadline changes nothing. */
  timeout(now: Nanos): void;

  /** Hands over every frame sent since the last drain, in order. */
  drain(sink: Sink): void;
}

/**
 * The outputs of a core between two drains: a queue of (port, frame) that reuses its cells.
 *
 * The arrays never shrink: emptying them by their length would free and grow them for every packet, which
 * was 6 % of a simulation.
 */
export class Outbox {
  readonly #ports: PortNumber[] = [];
  readonly #frames: Frame[] = [];
  #count = 0;

  push(port: PortNumber, frame: Frame): void {
    this.#ports[this.#count] = port;
    this.#frames[this.#count] = frame;
    this.#count++;
  }

  /** Hands over everything, what is pushed meanwhile included. */
  drain(sink: Sink): void {
    for (let i = 0; i < this.#count; i++) sink.transmit(this.#ports[i]!, this.#frames[i]!);
    this.#count = 0;
  }
}
