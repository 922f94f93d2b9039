import { assert, type Core, type Nanos } from '@ballast/base';
import { Cut, type Cuttable } from './cut.ts';
import { EventKind, type EventQueue } from './event-queue.ts';
import type { SimNode } from './node.ts';
import { tagOf } from './node.ts';
import type { TraceHash } from './trace-hash.ts';

/** What the kernel knows of a channel, whatever its messages are. */
export interface AnyChannel {
  readonly aToB: AnyChannelDirection;
  readonly bToA: AnyChannelDirection;
  heal(): void;
}

export interface AnyChannelDirection extends Cuttable {
  readonly to: SimNode;
  onArrival(): void;
}

/** Takes a message at a node: `nowNs` is that node's local time, `core` its core. */
export type MessageListener<In, C extends Core> = (core: C, nowNs: Nanos, message: In) => void;

/** What a channel direction works with. */
export interface ChannelContext {
  readonly queue: EventQueue;
  readonly trace: TraceHash;
  /** Index of this direction in its kernel. */
  readonly id: number;
}

/**
 * One direction of a channel: objects arrive one by one, in order, `latencyNs` after they were sent.
 *
 * Only its head is in the event queue. While the direction is cut or the receiver paused the head waits;
 * when that ends it takes another latency, as a retransmission would.
 */
export class ChannelDirection<M, C extends Core = Core> implements AnyChannelDirection {
  readonly to: SimNode<C>;
  readonly #latencyNs: Nanos;
  readonly #queue: EventQueue;
  readonly #trace: TraceHash;
  readonly #id: number;
  readonly #slot: number;
  readonly #messages: M[] = [];
  readonly #arrivalsNs: Nanos[] = [];
  readonly #cuts = new Set<Cut>();
  #listener: MessageListener<M, C> | null = null;
  #sent = 0;
  #lost = 0;

  constructor(to: SimNode<C>, latencyNs: Nanos, context: ChannelContext) {
    assert(latencyNs >= 0, 'the latency of a channel is a duration');
    this.to = to;
    this.#latencyNs = latencyNs;
    this.#queue = context.queue;
    this.#trace = context.trace;
    this.#id = context.id;
    this.#slot = context.queue.reserve(EventKind.Message, context.id);
    to.onPauseEnd(() => this.#scheduleHead(this.#latencyNs));
  }

  send(message: M): void {
    this.#sent++;
    this.#messages.push(message);
    this.#arrivalsNs.push(this.#queue.nowNs + this.#latencyNs);
    if (this.#messages.length === 1) this.#scheduleHead(0);
  }

  listen(listener: MessageListener<M, C>): void {
    this.#listener = listener;
  }

  hold(cut: Cut): void {
    this.#cuts.add(cut);
    this.#queue.cancel(this.#slot);
  }

  free(cut: Cut): void {
    if (this.#cuts.delete(cut)) this.#scheduleHead(this.#latencyNs);
  }

  heal(): void {
    if (this.#cuts.size === 0) return;
    this.#cuts.clear();
    this.#scheduleHead(this.#latencyNs);
  }

  get stats(): ChannelStats {
    return { sent: this.#sent, lost: this.#lost, waiting: this.#messages.length };
  }

  /** The head is due. A node that is down loses it, as its connection would. */
  onArrival(): void {
    if (this.to.isPaused) return;
    const message = this.#messages.shift() as M;
    this.#arrivalsNs.shift();
    this.#scheduleHead(0);
    this.#trace.mix(this.#queue.nowNs, tagOf(EventKind.Message, this.#id, 0), 0);
    const listener = this.#listener;
    assert(listener !== null, 'a channel that is sent to has a listener');
    if (!this.to.command((core, nowNs) => listener(core, nowNs, message))) this.#lost++;
  }

  #scheduleHead(afterNs: Nanos): void {
    const arrivalNs = this.#arrivalsNs[0];
    if (arrivalNs === undefined || this.#cuts.size > 0) return;
    this.#queue.schedule(this.#slot, Math.max(arrivalNs, this.#queue.nowNs + afterNs));
  }
}

export interface ChannelStats {
  readonly sent: number;
  /** Messages whose receiver was down when they arrived. */
  readonly lost: number;
  /** Messages on their way or held up. */
  readonly waiting: number;
}

/** One end of a channel, at a node whose core is a `C`. */
export class ChannelEnd<Out, In, C extends Core = Core> {
  readonly #out: { send(message: Out): void };
  readonly #in: ChannelDirection<In, C>;

  constructor(out: { send(message: Out): void }, incoming: ChannelDirection<In, C>) {
    this.#out = out;
    this.#in = incoming;
  }

  /** Sends a message to the other end. It must not be changed afterwards. */
  send(message: Out): void {
    this.#out.send(message);
  }

  /** Sets who takes what the other end sends. The node is drained and its timer armed after each. */
  onMessage(listener: MessageListener<In, C>): void {
    this.#in.listen(listener);
  }
}

/**
 * A reliable channel of typed messages between two nodes, FIFO in each direction: the management plane.
 *
 * For what goes over TCP or gRPC in a real rack and whose bytes nobody looks at. `AB` are the messages from
 * `a` to `b`.
 */
export class Channel<AB, BA, A extends Core = Core, B extends Core = Core> implements AnyChannel {
  readonly a: ChannelEnd<AB, BA, A>;
  readonly b: ChannelEnd<BA, AB, B>;
  readonly aToB: ChannelDirection<AB, B>;
  readonly bToA: ChannelDirection<BA, A>;

  /** Use `kernel.channel`. */
  constructor(aToB: ChannelDirection<AB, B>, bToA: ChannelDirection<BA, A>) {
    this.aToB = aToB;
    this.bToA = bToA;
    this.a = new ChannelEnd(aToB, bToA);
    this.b = new ChannelEnd(bToA, aToB);
  }

  /** Stops messages, both ways, until the cut heals; they wait. */
  cut(): Cut {
    return new Cut([this.aToB, this.bToA]);
  }

  heal(): void {
    this.aToB.heal();
    this.bToA.heal();
  }
}
