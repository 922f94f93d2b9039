import { assert, type Core, type Frame, type FramePool, type Nanos, NEVER } from '@ballast/base';
import { type PortNumber, present, type Prng, type Sink } from '@ballast/base';
import { Cpu, type CpuModel } from './cpu.ts';
import { EventKind, type EventQueue } from './event-queue.ts';
import { FrameQueue } from './frame-queue.ts';
import type { PortRef } from './link.ts';
import type { LinkDirection } from './link-direction.ts';
import { NodeClock } from './node-clock.ts';
import type { TraceHash } from './trace-hash.ts';

/** Frames that a paused node without a CPU model holds, as a socket buffer would; more are dropped. */
export const PAUSED_FRAMES_MAX = 4096;

/** Timeouts of one node at one instant. A core that needs more never moves its deadline: a bug. */
const TIMEOUTS_AT_ONCE_MAX = 100_000;

/** What a node offers its core. The core may keep it. */
export interface Host {
  readonly name: string;
  /** 0 for the first core of this node, one more after every restart. */
  readonly incarnation: number;
  /** The core's own stream; every incarnation has another. */
  readonly prng: Prng;
  readonly pool: FramePool;
  /** Frames that wait or are in service, without the one being handled. Servers report it as load. */
  readonly queueLength: number;
  /** The node's local time. */
  readonly nowNs: Nanos;
}

export interface NodeOptions<C extends Core> {
  /** Unique. Names the node's random streams, so it is part of what a seed means. */
  readonly name: string;
  /** Makes the core, again after every restart: what survives a crash is what this function closes over. */
  readonly core: (host: Host) => C;
  /** Absent: input is handled when it arrives and takes no time (switches, clients). */
  readonly cpu?: CpuModel;
  /** How far the node's clock is ahead at first. */
  readonly skewNs?: Nanos;
  /** How fast the node's clock runs: `driftPpm` microseconds too many a second. */
  readonly driftPpm?: number;
  /**
   * Called with a core that is about to be thrown away, to salvage its disk and release frames it holds.
   *
   * Declared as a method, so that a node of any kind of core is a SimNode.
   */
  onCrash?(core: C): void;
}

export type NodeDropReason = 'queueFull' | 'down' | 'crashed' | 'unconnected';

/** Counters of a node, over all its incarnations. */
export interface NodeStats {
  /** Frames and bytes that came in, dropped ones included. */
  readonly framesIn: number;
  readonly bytesIn: number;
  /** Frames that the core was given. */
  readonly handled: number;
  readonly framesOut: number;
  readonly bytesOut: number;
  readonly timeouts: number;
  /** CPU time spent. Divided by the elapsed time and the cores: the utilisation. 0 without a CPU model. */
  readonly busyNs: Nanos;
  readonly drops: Readonly<Record<NodeDropReason, number>>;
}

/** What nodes share with their kernel. */
export interface NodeContext {
  readonly id: number;
  readonly queue: EventQueue;
  readonly pool: FramePool;
  readonly trace: TraceHash;
  /** The trace hash takes in the bytes of handled frames too. */
  readonly isStrict: boolean;
  /** The random stream of that name: the same whatever else the simulation holds. */
  readonly stream: (label: string) => Prng;
}

/**
 * Runs one core: gives it an input, drains it, arms its timer, and only then gives the next.
 *
 * With a CPU model a frame is handled when its service completes, and what the core sends leaves then.
 * Timers, commands and messages do not queue behind frames and take no CPU time.
 */
export class SimNode<C extends Core = Core> implements Sink, Host {
  readonly id: number;
  readonly name: string;
  readonly pool: FramePool;

  readonly #queue: EventQueue;
  readonly #trace: TraceHash;
  readonly #isStrict: boolean;
  readonly #stream: (label: string) => Prng;
  readonly #options: NodeOptions<C>;
  readonly #clock = new NodeClock();
  readonly #cpu: Cpu | null;
  /** What came in during a pause, when there is no CPU model. */
  readonly #held = new FrameQueue(PAUSED_FRAMES_MAX);
  readonly #egress: (LinkDirection | undefined)[] = [];

  /** Null while the node is down. */
  #core: C | null = null;
  #isPaused = false;
  #isScrapped = false;
  /** Up and not paused. */
  #isRunning = false;
  #incarnation = -1;
  #prng: Prng;
  readonly #timerSlot: number;
  /** Local deadline that the timer is armed for; NEVER when it is not. */
  #armedNs: Nanos = NEVER;
  #timeoutsAtOnce = 0;
  #lastTimeoutNs: Nanos = -1;
  readonly #pauseEndListeners: (() => void)[] = [];
  readonly #counters = new Float64Array(COUNTERS);

  /** Use `kernel.addNode`. */
  constructor(options: NodeOptions<C>, context: NodeContext) {
    this.id = context.id;
    this.name = options.name;
    this.pool = context.pool;
    this.#queue = context.queue;
    this.#trace = context.trace;
    this.#isStrict = context.isStrict;
    this.#stream = context.stream;
    this.#options = options;
    this.#prng = context.stream(`${this.name}/0`);
    this.#timerSlot = this.#queue.reserve(EventKind.Timer, this.id);
    this.#cpu =
      options.cpu === undefined
        ? null
        : new Cpu(options.cpu, this.id, this.#queue, context.stream(`${this.name}/service`));
    if (options.skewNs !== undefined && options.skewNs !== 0)
      this.#clock.step(this.#queue.nowNs, options.skewNs);
    if (options.driftPpm !== undefined && options.driftPpm !== 0)
      this.#clock.drift(this.#queue.nowNs, options.driftPpm);
    this.#start();
  }

  // What a host offers.

  get incarnation(): number {
    return this.#incarnation;
  }

  get prng(): Prng {
    return this.#prng;
  }

  get queueLength(): number {
    return this.#cpu === null ? this.#held.length : this.#cpu.queueLength;
  }

  get nowNs(): Nanos {
    return this.#clock.read(this.#queue.nowNs);
  }

  // What callers use.

  get isUp(): boolean {
    return this.#core !== null;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Up and not paused: takes input now. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** The core, for inspection; give it input with `command`. Precondition: the node is up. */
  get core(): C {
    return present(this.#core, 'the core of a node is there while the node is up');
  }

  /** One of its ports, for `kernel.connect`. */
  port(port: PortNumber): PortRef {
    return { nodeId: this.id, nodeName: this.name, port };
  }

  /**
   * An input that is not a frame: calls a method of the core, then drains the core and arms its timer.
   *
   * False when the node is down or paused; then nothing was called. Not from within a core.
   */
  command(input: (core: C, nowNs: Nanos) => void): boolean {
    if (!this.#isRunning) return false;
    input(this.core, this.nowNs);
    this.#settle();
    return true;
  }

  /** Throws the core and all queued frames away. Frames that arrive while the node is down are dropped. */
  crash(): void {
    if (this.#core === null) return;
    this.#options.onCrash?.(this.#core);
    const wasPaused = this.#isPaused;
    this.#core = null;
    this.#isPaused = false;
    this.#isRunning = false;
    this.#disarm();
    this.#counters[CRASHED]! += this.#held.clear(this.pool) + (this.#cpu?.discard(this.pool) ?? 0);
    if (wasPaused) for (const listener of this.#pauseEndListeners) listener();
  }

  /** Starts a new core in a node that is down. */
  restart(): void {
    if (this.#core === null && !this.#isScrapped) this.#start();
  }

  /** Crashes the node for good: no restart brings it back. */
  scrap(): void {
    this.#isScrapped = true;
    this.crash();
  }

  /** The process stands still, as under SIGSTOP: input waits, services and timers are late. */
  pause(): void {
    if (!this.#isRunning) return;
    this.#isPaused = true;
    this.#isRunning = false;
    this.#disarm();
    this.#cpu?.freeze();
  }

  /** Ends a pause: what is due happens now, frames first. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#isRunning = true;
    this.#cpu?.thaw();
    this.#arm();
    while (this.#held.length > 0) {
      const frame = this.#held.shift();
      this.#handle(this.#held.shiftedPort, frame);
    }
    for (const listener of this.#pauseEndListeners) listener();
  }

  /** Makes service times `factor` times as long from now on. Without a CPU model: no effect. */
  slow(factor: number): void {
    this.#cpu?.slow(factor);
  }

  /** Sets the local clock by `byNs`. Back: it stands still for that long, as local time never runs back. */
  stepClock(byNs: Nanos): void {
    this.#clock.step(this.#queue.nowNs, byNs);
    this.#rearm();
  }

  /** The local clock gains `ppm` microseconds a second from now on. */
  driftClock(ppm: number): void {
    this.#clock.drift(this.#queue.nowNs, ppm);
    this.#rearm();
  }

  get stats(): NodeStats {
    const count = (counter: number): number => this.#counters[counter]!;
    return {
      framesIn: count(FRAMES_IN),
      bytesIn: count(BYTES_IN),
      handled: count(HANDLED),
      framesOut: count(FRAMES_OUT),
      bytesOut: count(BYTES_OUT),
      timeouts: count(TIMEOUTS),
      busyNs: this.#cpu?.busyNs ?? 0,
      drops: {
        queueFull: count(QUEUE_FULL),
        down: count(DOWN),
        crashed: count(CRASHED),
        unconnected: count(UNCONNECTED),
      },
    };
  }

  /** Sends a frame of the core out of a port. */
  transmit(port: PortNumber, frame: Frame): void {
    if (this.#core === null) return this.#drop(frame, CRASHED);
    const direction = this.#egress[port];
    if (direction === undefined) return this.#drop(frame, UNCONNECTED);
    this.#counters[FRAMES_OUT]!++;
    this.#counters[BYTES_OUT]! += frame.length;
    direction.transmit(frame);
  }

  // What the kernel's loop uses.

  /** Plugs a link in. */
  plug(port: PortNumber, direction: LinkDirection): void {
    assert(Number.isInteger(port) && port >= 0, `port ${port} of ${this.name} is a number from 0`);
    assert(this.#egress[port] === undefined, `port ${port} of ${this.name} has one link`);
    while (this.#egress.length < port) this.#egress.push(undefined);
    this.#egress[port] = direction;
  }

  /** `listener` runs at the end of every pause, be it by `resume` or by a crash. */
  onPauseEnd(listener: () => void): void {
    this.#pauseEndListeners.push(listener);
  }

  /** A frame has arrived at a port. */
  onArrival(port: PortNumber, frame: Frame): void {
    this.#trace.mix(this.#queue.nowNs, tagOf(EventKind.Arrive, this.id, port), frame.length);
    this.#counters[FRAMES_IN]!++;
    this.#counters[BYTES_IN]! += frame.length;
    if (this.#core === null) return this.#drop(frame, DOWN);
    if (this.#cpu === null && this.#isRunning) return this.#handle(port, frame);
    const isTaken = this.#cpu === null ? this.#held.push(port, frame) : this.#cpu.offer(port, frame);
    if (!isTaken) this.#drop(frame, QUEUE_FULL);
  }

  /** A CPU has served its frame. Only running nodes with a CPU model have such events. */
  onCompletion(slot: number): void {
    const cpu = this.#cpu!;
    const frame = cpu.complete(slot);
    this.#trace.mix(this.#queue.nowNs, tagOf(EventKind.Complete, this.id, cpu.completedPort), frame.length);
    this.#handle(cpu.completedPort, frame);
  }

  /** The core's deadline has come. Only running nodes have such events. */
  onTimer(): void {
    const nowNs = this.#queue.nowNs;
    this.#trace.mix(nowNs, tagOf(EventKind.Timer, this.id, 0), 0);
    this.#counters[TIMEOUTS]!++;
    this.#timeoutsAtOnce = nowNs === this.#lastTimeoutNs ? this.#timeoutsAtOnce + 1 : 1;
    assert(this.#timeoutsAtOnce <= TIMEOUTS_AT_ONCE_MAX, 'a core moves its deadline when it is called at it');
    this.#lastTimeoutNs = nowNs;
    const localNs = this.#clock.readAtDeadline(nowNs, this.#armedNs);
    this.#armedNs = NEVER;
    this.core.timeout(localNs);
    this.#settle();
  }

  #handle(port: PortNumber, frame: Frame): void {
    if (this.#isStrict) this.#trace.mixFrame(frame);
    this.#counters[HANDLED]!++;
    this.core.handle(this.#clock.read(this.#queue.nowNs), port, frame);
    this.#settle();
  }

  /** After every input. */
  #settle(): void {
    const core = this.core;
    core.drain(this);
    // A tap or a fault script may have crashed or paused this node while it sent.
    if (this.#core !== core || !this.#isRunning) return;
    if (core.deadlineNs !== this.#armedNs) this.#arm();
  }

  /** Arms the timer for the core's deadline, which may be in the past: then it fires next. */
  #arm(): void {
    const deadlineNs = this.core.deadlineNs;
    this.#armedNs = deadlineNs;
    if (deadlineNs === NEVER) return this.#queue.cancel(this.#timerSlot);
    this.#queue.schedule(this.#timerSlot, Math.max(this.#clock.whenLocal(deadlineNs), this.#queue.nowNs));
  }

  #disarm(): void {
    this.#armedNs = NEVER;
    this.#queue.cancel(this.#timerSlot);
  }

  /** The clock has changed: the same deadline lies elsewhere in virtual time. */
  #rearm(): void {
    if (this.#isRunning) this.#arm();
  }

  #start(): void {
    this.#incarnation++;
    this.#prng = this.#stream(`${this.name}/${this.#incarnation}`);
    this.#core = this.#options.core(this);
    this.#isRunning = true;
    this.#arm();
  }

  #drop(frame: Frame, reason: number): void {
    this.#counters[reason]!++;
    this.pool.release(frame);
  }
}

/** One number for who and what: a word for the trace hash. */
export function tagOf(kind: EventKind, id: number, port: number): number {
  return (kind + (id << 3) + Math.imul(port, 0x85ebca6b)) | 0;
}

// Counters, in one array of doubles: bytes outgrow small integers, and a field would change its shape then.
const FRAMES_IN = 0;
const BYTES_IN = 1;
const HANDLED = 2;
const FRAMES_OUT = 3;
const BYTES_OUT = 4;
const TIMEOUTS = 5;
const QUEUE_FULL = 6;
const DOWN = 7;
const CRASHED = 8;
const UNCONNECTED = 9;
const COUNTERS = 10;
