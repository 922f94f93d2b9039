import { assert, type Frame, type FramePool, type Nanos, type PortNumber, type Prng } from '@ballast/base';
import type { Distribution } from './distribution.ts';
import { EventKind, type EventQueue } from './event-queue.ts';
import { FrameQueue } from './frame-queue.ts';

/** What a CpuModel's `costNs` answers when the frame is an ordinary one. */
export const DRAW_SERVICE_TIME: Nanos = -1;

/** A server as a queueing station: G/G/c/K, first come first served within each of two classes. */
export interface CpuModel {
  /** CPUs that serve frames side by side. With several, frames may be handled out of order. */
  readonly cores: number;
  /** Time that one CPU takes for one frame. */
  readonly service: Distribution;
  /** Frames of each class that may wait, those in service not counted. More are dropped. */
  readonly queueFramesMax: number;
  /**
   * Frames that wait in a queue of their own, as in a socket of their own, which is served first; a service
   * that has begun goes on. The frame is only lent. Absent: none are.
   */
  readonly isUrgent?: (frame: Frame) => boolean;
  /**
   * Cost of this frame in nanoseconds, or DRAW_SERVICE_TIME for a draw from `service`.
   *
   * For frames that are cheaper or dearer than the rest (control messages, sizes). The frame is only lent. It
   * still waits for its turn in the queue.
   */
  readonly costNs?: (frame: Frame) => Nanos;
}

/** The CPUs of one node and their receive queues. */
export class Cpu {
  readonly #model: CpuModel;
  readonly #queue: EventQueue;
  readonly #prng: Prng;
  readonly #waiting: FrameQueue;
  readonly #urgent: FrameQueue;
  /** Completion slot of CPU i is `#firstSlot + i`. */
  readonly #firstSlot: number;

  // By CPU.
  readonly #frames: (Frame | undefined)[];
  readonly #ports: Int32Array;
  /** Service time of the frame in service; while frozen, what is left of it. */
  readonly #servingNs: Float64Array;
  /** A stack of the CPUs that are idle. */
  readonly #idle: Int32Array;
  #idleCount: number;

  #slowdown = 1;
  #isFrozen = false;
  #busyNs = 0;

  /** Port of the frame that `complete` gave last. */
  completedPort: PortNumber = 0;

  constructor(model: CpuModel, nodeId: number, queue: EventQueue, prng: Prng) {
    const { cores } = model;
    assert(Number.isInteger(cores) && cores >= 1, 'a CPU model has a whole number of cores, 1 or more');
    this.#model = model;
    this.#queue = queue;
    this.#prng = prng;
    this.#waiting = new FrameQueue(model.queueFramesMax);
    this.#urgent = new FrameQueue(model.queueFramesMax);
    this.#firstSlot = queue.reserve(EventKind.Complete, nodeId);
    for (let i = 1; i < cores; i++) {
      assert(
        queue.reserve(EventKind.Complete, nodeId) === this.#firstSlot + i,
        'the slots of a node are consecutive',
      );
    }
    this.#frames = new Array<Frame | undefined>(cores).fill(undefined);
    this.#ports = new Int32Array(cores);
    this.#servingNs = new Float64Array(cores);
    this.#idle = Int32Array.from({ length: cores }, (_, i) => cores - 1 - i);
    this.#idleCount = cores;
  }

  /** Frames waiting or in service. */
  get queueLength(): number {
    return this.#waitingCount + this.#frames.length - this.#idleCount;
  }

  /** CPU time spent on frames that were completed. */
  get busyNs(): Nanos {
    return this.#busyNs;
  }

  /** Takes in a frame; false when the queue is full and the frame stays with the caller. */
  offer(port: PortNumber, frame: Frame): boolean {
    if (this.#idleCount === 0 || this.#isFrozen) {
      const isUrgent = this.#model.isUrgent?.(frame) === true;
      return (isUrgent ? this.#urgent : this.#waiting).push(port, frame);
    }
    this.#start(this.#idle[--this.#idleCount]!, port, frame);
    return true;
  }

  /** The frame whose completion event came; the next one waiting takes its CPU. */
  complete(slot: number): Frame {
    const cpu = slot - this.#firstSlot;
    const frame = this.#frames[cpu]!;
    this.completedPort = this.#ports[cpu]!;
    this.#busyNs += this.#servingNs[cpu]!;
    if (this.#waitingCount > 0) {
      this.#startNext(cpu);
    } else {
      this.#frames[cpu] = undefined;
      this.#idle[this.#idleCount++] = cpu;
    }
    return frame;
  }

  /** Service times of frames started from now on are `factor` times as long. */
  slow(factor: number): void {
    assert(factor > 0, 'a slowdown is a positive factor');
    this.#slowdown = factor;
  }

  /** Stops every CPU where it is. Frames that come in wait. */
  freeze(): void {
    this.#isFrozen = true;
    for (let cpu = 0; cpu < this.#frames.length; cpu++) {
      if (this.#frames[cpu] === undefined) continue;
      const slot = this.#firstSlot + cpu;
      const leftNs = this.#queue.timeOf(slot) - this.#queue.nowNs;
      this.#busyNs += this.#servingNs[cpu]! - leftNs;
      this.#servingNs[cpu] = leftNs;
      this.#queue.cancel(slot);
    }
  }

  /** Lets the CPUs go on, and idle ones start on what came in meanwhile. */
  thaw(): void {
    this.#isFrozen = false;
    for (let cpu = 0; cpu < this.#frames.length; cpu++) {
      if (this.#frames[cpu] === undefined) continue;
      this.#queue.schedule(this.#firstSlot + cpu, this.#queue.nowNs + this.#servingNs[cpu]!);
    }
    while (this.#idleCount > 0 && this.#waitingCount > 0) this.#startNext(this.#idle[--this.#idleCount]!);
  }

  /** Throws away and releases all frames; returns how many there were. */
  discard(pool: FramePool): number {
    let count = this.#waiting.clear(pool) + this.#urgent.clear(pool);
    this.#idleCount = 0;
    for (let cpu = this.#frames.length - 1; cpu >= 0; cpu--) {
      const frame = this.#frames[cpu];
      if (frame !== undefined) {
        pool.release(frame);
        count++;
      }
      this.#frames[cpu] = undefined;
      this.#queue.cancel(this.#firstSlot + cpu);
      this.#idle[this.#idleCount++] = cpu;
    }
    this.#isFrozen = false;
    return count;
  }

  get #waitingCount(): number {
    return this.#waiting.length + this.#urgent.length;
  }

  /** Precondition: a frame waits. */
  #startNext(cpu: number): void {
    const queue = this.#urgent.length > 0 ? this.#urgent : this.#waiting;
    const frame = queue.shift();
    this.#start(cpu, queue.shiftedPort, frame);
  }

  #start(cpu: number, port: PortNumber, frame: Frame): void {
    const costNs = this.#model.costNs === undefined ? DRAW_SERVICE_TIME : this.#model.costNs(frame);
    const servingNs = (costNs >= 0 ? costNs : this.#model.service.draw(this.#prng)) * this.#slowdown;
    this.#frames[cpu] = frame;
    this.#ports[cpu] = port;
    this.#servingNs[cpu] = servingNs;
    this.#queue.schedule(this.#firstSlot + cpu, this.#queue.nowNs + servingNs);
  }
}
