import {
  assert,
  type Frame,
  type FramePool,
  type Nanos,
  NEVER,
  type PortNumber,
  type Prng,
} from '@ballast/base';
import { type Cut, type Cuttable } from './cut.ts';
import { type Distribution } from './distribution.ts';
import { EventKind, type EventQueue } from './event-queue.ts';
import { FaultInjector, type LinkFaults, NO_FAULTS } from './link-faults.ts';

/** The properties of one direction of a link. */
export interface LinkShape {
  /** Propagation, from the last bit sent to the last bit received. */
  readonly latencyNs: Nanos;
  /** Added to the latency of each frame. Never reorders: a late frame holds up those behind it. */
  readonly jitter?: Distribution;
  /** Absent: frames take no time to send and never queue. */
  readonly bitsPerSecond?: number;
  /** Bytes that wait or are being sent, the new frame included; more are dropped. Absent: no limit. */
  readonly queueBytesMax?: number;
  /** Bytes that a frame takes on the wire beyond its own: ETHERNET_OVERHEAD_BYTES, or 0 when absent. */
  readonly overheadBytes?: number;
}

/** Preamble and start delimiter (8), frame check sequence (4) and inter-packet gap (12): IEEE 802.3. */
export const ETHERNET_OVERHEAD_BYTES = 24;

export type LinkDropReason = 'queueFull' | 'lost' | 'lostInBurst' | 'cut' | 'parted' | 'script';

/** Counters of one direction of a link. */
export interface LinkStats {
  /** Frames and bytes that the sender handed over, dropped ones included. */
  readonly frames: number;
  readonly bytes: number;
  /** Frames that reached the far end. Differs from frames by drops, copies and what is in flight. */
  readonly arrived: number;
  /** Time spent sending. Divided by the elapsed time: the utilisation. */
  readonly busyNs: Nanos;
  readonly duplicated: number;
  readonly reordered: number;
  readonly corrupted: number;
  readonly drops: Readonly<Record<LinkDropReason, number>>;
}

/** Sees frames as they enter the link, before faults. The frame is only lent: copy what you keep. */
export type TapListener = (nowNs: Nanos, frame: Frame) => void;

/**
 * A directed fault: the extra delay of this frame in nanoseconds, 0 to let it pass, NEVER to drop it.
 *
 * Delayed frames are overtaken by those behind them. The frame is only lent.
 */
export type FaultScript = (nowNs: Nanos, frame: Frame) => Nanos;

/** Picks frames by what is in them. The frame is only lent. */
export type FrameFilter = (frame: Frame) => boolean;

/** Where a direction ends, and what it works with. */
export interface DirectionContext {
  readonly id: number;
  readonly toNode: number;
  readonly toPort: PortNumber;
  readonly queue: EventQueue;
  readonly pool: FramePool;
  readonly jitterPrng: Prng;
  readonly faultPrng: Prng;
}

/**
 * One direction of a link: serialisation, queue, propagation, faults, in that order.
 *
 * The queue is a number, the instant until which the wire is busy, so that a frame costs one event however
 * long it waits. Frames arrive in the order they were sent, unless reordering is injected.
 */
export class LinkDirection implements Cuttable {
  readonly toNode: number;
  readonly toPort: PortNumber;
  /** Nothing passes, neither entering nor arriving. A field, not a getter: it is read for every frame. */
  isCut = false;

  readonly #id: number;
  readonly #queue: EventQueue;
  readonly #pool: FramePool;
  readonly #jitterPrng: Prng;
  readonly #injector: FaultInjector;
  readonly #latencyNs: Nanos;
  readonly #jitter: Distribution | null;
  readonly #nsPerByte: number;
  readonly #queueBytesMax: number;
  readonly #overheadBytes: number;

  #busyUntilNs: Nanos = 0;
  #lastArrivalNs: Nanos = 0;
  #script: FaultScript | null = null;
  readonly #cuts = new Set<Cut>();
  readonly #stopped = new Set<FrameFilter>();
  readonly #taps: TapListener[] = [];
  /** A fault, a script, a filter or a cut is in force: frames take the slow way. */
  #isFaulty = false;
  readonly #counters = new Float64Array(COUNTERS);

  constructor(context: DirectionContext, shape: LinkShape) {
    checkShape(shape);
    this.toNode = context.toNode;
    this.toPort = context.toPort;
    this.#id = context.id;
    this.#queue = context.queue;
    this.#pool = context.pool;
    this.#jitterPrng = context.jitterPrng;
    this.#injector = new FaultInjector(context.faultPrng);
    this.#latencyNs = shape.latencyNs;
    this.#jitter = shape.jitter ?? null;
    this.#nsPerByte = shape.bitsPerSecond === undefined ? 0 : 8e9 / shape.bitsPerSecond;
    this.#queueBytesMax = shape.queueBytesMax ?? Infinity;
    this.#overheadBytes = shape.overheadBytes ?? 0;
  }

  /** Takes in a frame and its ownership; it arrives, or is dropped and released. */
  transmit(frame: Frame): void {
    const nowNs = this.#queue.nowNs;
    const wireBytes = frame.length + this.#overheadBytes;
    this.#counters[FRAMES]!++;
    this.#counters[BYTES]! += frame.length;
    const startNs = Math.max(this.#busyUntilNs, nowNs);
    // Rounded: an analytic queue of whole frames may be off by the last bit of a double.
    if (
      startNs > nowNs &&
      Math.round((startNs - nowNs) / this.#nsPerByte) + wireBytes > this.#queueBytesMax
    ) {
      return this.#drop(frame, QUEUE_FULL);
    }
    const sendingNs = wireBytes * this.#nsPerByte;
    const departureNs = startNs + sendingNs;
    this.#busyUntilNs = departureNs;
    this.#counters[BUSY_NS]! += sendingNs;
    for (let i = 0; i < this.#taps.length; i++) this.#taps[i]!(nowNs, frame);
    if (this.#isFaulty) return this.#carryFaulty(departureNs, frame);
    this.#carry(departureNs, frame);
  }

  /** The kernel calls this when a frame has arrived. False: a cut stopped it at the last moment. */
  arrive(frame: Frame): boolean {
    if (this.isCut) {
      this.#drop(frame, CUT);
      return false;
    }
    this.#counters[ARRIVED]!++;
    return true;
  }

  get faults(): LinkFaults {
    return this.#injector.faults;
  }

  /** Changes the named faults and leaves the others as they are. */
  inject(faults: Partial<LinkFaults>): void {
    this.#injector.set({ ...this.#injector.faults, ...faults });
    this.#updateFaulty();
  }

  script(script: FaultScript | null): void {
    this.#script = script;
    this.#updateFaulty();
  }

  hold(cut: Cut): void {
    this.#cuts.add(cut);
    this.#updateFaulty();
  }

  free(cut: Cut): void {
    this.#cuts.delete(cut);
    this.#updateFaulty();
  }

  /** Drops the frames that the filter picks as they enter. Returns the function that ends it. */
  stop(filter: FrameFilter): () => void {
    this.#stopped.add(filter);
    this.#updateFaulty();
    return () => {
      this.#stopped.delete(filter);
      this.#updateFaulty();
    };
  }

  /** Ends every fault, cuts, filters and the script included. */
  heal(): void {
    this.#cuts.clear();
    this.#stopped.clear();
    this.#script = null;
    this.inject(NO_FAULTS);
  }

  /** Calls the listener for every frame. Returns the function that takes it off again. */
  tap(listener: TapListener): () => void {
    this.#taps.push(listener);
    return () => {
      const index = this.#taps.indexOf(listener);
      if (index >= 0) this.#taps.splice(index, 1);
    };
  }

  /** Bytes that wait or are being sent now. */
  get queueBytes(): number {
    if (this.#nsPerByte === 0) return 0;
    return Math.max(0, Math.round((this.#busyUntilNs - this.#queue.nowNs) / this.#nsPerByte));
  }

  get stats(): LinkStats {
    const count = (counter: number): number => this.#counters[counter]!;
    return {
      frames: count(FRAMES),
      bytes: count(BYTES),
      arrived: count(ARRIVED),
      busyNs: count(BUSY_NS),
      duplicated: count(DUPLICATED),
      reordered: count(REORDERED),
      corrupted: count(CORRUPTED),
      drops: {
        queueFull: count(QUEUE_FULL),
        lost: count(LOST),
        lostInBurst: count(LOST_IN_BURST),
        cut: count(CUT),
        parted: count(PARTED),
        script: count(SCRIPT),
      },
    };
  }

  #carry(departureNs: Nanos, frame: Frame): void {
    let arrivalNs = departureNs + this.#latencyNs;
    if (this.#jitter !== null) {
      arrivalNs = Math.max(arrivalNs + this.#jitter.draw(this.#jitterPrng), this.#lastArrivalNs);
      this.#lastArrivalNs = arrivalNs;
    }
    this.#queue.post(arrivalNs, EventKind.Arrive, this.#id, frame);
  }

  #carryFaulty(departureNs: Nanos, frame: Frame): void {
    if (this.isCut) return this.#drop(frame, CUT);
    for (const filter of this.#stopped) if (filter(frame)) return this.#drop(frame, PARTED);
    const delayNs = this.#script === null ? 0 : this.#script(this.#queue.nowNs, frame);
    if (delayNs === NEVER) return this.#drop(frame, SCRIPT);
    const copy = this.#injector.duplicates() ? this.#pool.copy(frame) : null;
    this.#strike(departureNs, delayNs, frame);
    if (copy === null) return;
    this.#counters[DUPLICATED]!++;
    this.#strike(departureNs, delayNs, copy);
  }

  /** The faults that strike one copy of a frame. */
  #strike(departureNs: Nanos, scriptedNs: Nanos, frame: Frame): void {
    if (this.#injector.losesInBurst()) return this.#drop(frame, LOST_IN_BURST);
    if (this.#injector.loses()) return this.#drop(frame, LOST);
    if (this.#injector.corrupts(frame)) this.#counters[CORRUPTED]!++;
    const delayNs = scriptedNs + this.#injector.reorderNs();
    if (delayNs === 0) return this.#carry(departureNs, frame);
    this.#counters[REORDERED]!++;
    this.#queue.post(departureNs + this.#latencyNs + delayNs, EventKind.Arrive, this.#id, frame);
  }

  #drop(frame: Frame, reason: number): void {
    this.#counters[reason]!++;
    this.#pool.release(frame);
  }

  #updateFaulty(): void {
    const { lossRatio, burstLoss, duplicateRatio, reorderRatio, corruptRatio } = this.#injector.faults;
    const drawsFaults = lossRatio + duplicateRatio + reorderRatio + corruptRatio > 0 || burstLoss !== null;
    this.isCut = this.#cuts.size > 0;
    const isFiltered = this.#stopped.size > 0 || this.#script !== null;
    this.#isFaulty = this.isCut || isFiltered || drawsFaults;
  }
}

// Counters, in one array of doubles: bytes outgrow small integers, and a field would change its shape then.
const FRAMES = 0;
const BYTES = 1;
const ARRIVED = 2;
const BUSY_NS = 3;
const DUPLICATED = 4;
const REORDERED = 5;
const CORRUPTED = 6;
const QUEUE_FULL = 7;
const LOST = 8;
const LOST_IN_BURST = 9;
const CUT = 10;
const SCRIPT = 11;
const PARTED = 12;
const COUNTERS = 13;

function checkShape(shape: LinkShape): void {
  const { latencyNs, bitsPerSecond, queueBytesMax, overheadBytes } = shape;
  assert(latencyNs >= 0 && latencyNs < NEVER, 'the latency of a link is a duration');
  assert(bitsPerSecond === undefined || bitsPerSecond > 0, 'the bandwidth of a link is positive');
  assert(queueBytesMax === undefined || queueBytesMax >= 0, 'the queue of a link has a size of 0 or more');
  assert(overheadBytes === undefined || overheadBytes >= 0, 'the overhead of a frame is 0 bytes or more');
}
