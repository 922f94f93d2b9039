import { assert, type Core, type Frame, FramePool, type Nanos, NEVER, Prng } from '@ballast/base';
import { type AnyChannel, type AnyChannelDirection, Channel, ChannelDirection } from './channel.ts';
import { Cut, type Cuttable } from './cut.ts';
import { EventKind, EventQueue } from './event-queue.ts';
import { Link, type LinkOptions, type PortRef } from './link.ts';
import { type FrameFilter, LinkDirection, type LinkShape } from './link-direction.ts';
import type { LinkFaults } from './link-faults.ts';
import { type NodeOptions, SimNode, tagOf } from './node.ts';
import { NO_SLOT } from './timing-wheel.ts';
import { TraceHash } from './trace-hash.ts';

const MTU_BYTES_DEFAULT = 1500;

export interface KernelOptions {
  /** Everything random in the simulation follows from it. An integer from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Largest IP packet of the frame pool; 1500 when absent. */
  readonly mtuBytes?: number;
  /** The trace hash takes in the bytes of every handled frame, at some cost. For tests. */
  readonly isStrict?: boolean;
}

export interface PartitionOptions {
  /** Channels between the two sides wait, too. */
  readonly channels?: boolean;
  /** Only what goes from the first to the second side is stopped. */
  readonly isOneWay?: boolean;
}

/**
 * The filter of frames that go between two nodes, either way, by the addresses in them.
 *
 * The simulation knows no addresses: who gives them out knows this.
 */
export type PairFilter = (one: string, other: string) => FrameFilter;

/**
 * A discrete-event simulation: nodes that run cores, the links between them, and one queue of events.
 *
 * Events happen in order of (time, insertion), so equal seeds give equal runs. The kernel reads no clock:
 * an experiment calls `runUntil` once, a rack in real time calls it again and again with what its own
 * clock shows, and sleeps until `nextEventNs`.
 */
export class Kernel {
  readonly seed: number;
  /** Frames of all nodes come from here and go back here. */
  readonly pool: FramePool;
  readonly nodes: readonly SimNode[];
  readonly links: readonly Link[];
  /** What `part` needs; null: nobody can tell whose frames are whose. */
  pairFilter: PairFilter | null = null;

  readonly #queue = new EventQueue();
  readonly #trace = new TraceHash();
  readonly #isStrict: boolean;
  readonly #nodes: SimNode[] = [];
  readonly #links: Link[] = [];
  readonly #directions: LinkDirection[] = [];
  readonly #channels: AnyChannel[] = [];
  readonly #channelDirections: AnyChannelDirection[] = [];
  #faults: Partial<LinkFaults> = {};
  #events = 0;

  constructor(options: KernelOptions) {
    this.seed = options.seed;
    this.#isStrict = options.isStrict ?? false;
    this.pool = new FramePool(options.mtuBytes ?? MTU_BYTES_DEFAULT);
    this.nodes = this.#nodes;
    this.links = this.#links;
  }

  // Building.

  /** A node that runs a core of its own making. Its core starts now. */
  addNode<C extends Core>(options: NodeOptions<C>): SimNode<C> {
    assert(!this.#nodes.some((node) => node.name === options.name), `node name ${options.name} is unique`);
    const node = new SimNode<C>(options, {
      id: this.#nodes.length,
      queue: this.#queue,
      pool: this.pool,
      trace: this.#trace,
      isStrict: this.#isStrict,
      stream: (label) => this.stream(label),
    });
    this.#nodes.push(node);
    return node;
  }

  /** Lays a link between two free ports. */
  connect(a: PortRef, b: PortRef, options: LinkOptions): Link {
    const name = options.name ?? `${a.nodeName}-${b.nodeName}`;
    assert(!this.#links.some((link) => link.name === name), `link name ${name} is unique`);
    const aToB = this.#newDirection(`${name}/aToB`, a, b, options);
    const bToA = this.#newDirection(`${name}/bToA`, b, a, { ...options, ...options.reverse });
    const link = new Link(name, { a, b }, { aToB, bToA });
    this.#links.push(link);
    link.inject(this.#faults);
    return link;
  }

  /** A reliable channel between two nodes; `AB` are the messages from `a` to `b`. */
  channel<AB, BA, A extends Core = Core, B extends Core = Core>(
    a: SimNode<A>,
    b: SimNode<B>,
    latencyNs: Nanos,
  ): Channel<AB, BA, A, B> {
    const aToB = this.#newChannelDirection<AB, B>(b, latencyNs);
    const bToA = this.#newChannelDirection<BA, A>(a, latencyNs);
    const channel = new Channel(aToB, bToA);
    this.#channels.push(channel);
    return channel;
  }

  /** The random stream of that name. It depends on the seed and the name alone, not on who asked before. */
  stream(label: string): Prng {
    return new Prng(this.seed).fork(label);
  }

  /** The node of that name. */
  node(name: string): SimNode {
    const node = this.#nodes.find((candidate) => candidate.name === name);
    assert(node !== undefined, `there is a node ${name}`);
    return node;
  }

  /** The link of that name. */
  link(name: string): Link {
    const link = this.#links.find((candidate) => candidate.name === name);
    assert(link !== undefined, `there is a link ${name}`);
    return link;
  }

  // Running.

  /** Virtual time. */
  get now(): Nanos {
    return this.#queue.nowNs;
  }

  /** When the next event is due; NEVER when nothing is pending. */
  get nextEventNs(): Nanos {
    return this.#queue.nextNs;
  }

  /** Events that happened so far. */
  get events(): number {
    return this.#events;
  }

  /** Hash of all events so far, in order: 16 hexadecimal digits. Equal seeds give equal hashes. */
  get traceHash(): string {
    return this.#trace.toString();
  }

  /** Calls `action` at an instant that is not past. For scripts: it allocates. */
  at(timeNs: Nanos, action: () => void): void {
    assert(timeNs >= this.now && timeNs < NEVER, 'a scripted call lies in the future');
    this.#queue.post(timeNs, EventKind.Call, 0, action);
  }

  /**
   * Lets everything up to and including `timeNs` happen; then `now` is `timeNs`. Not from within an event.
   *
   * False when `eventsMax` events happened before that: call again. It keeps a paced rack responsive.
   */
  runUntil(timeNs: Nanos, eventsMax = Infinity): boolean {
    assert(timeNs >= this.now && timeNs < NEVER, 'time runs forwards, to an instant');
    const eventsEnd = this.#events + eventsMax;
    for (;;) {
      if (this.#events >= eventsEnd) return this.#isReached(timeNs);
      if (!this.#step(timeNs)) break;
    }
    this.#queue.nowNs = timeNs;
    return true;
  }

  /**
   * Lets events happen while `predicate` holds, which is asked before each. Not from within an event.
   *
   * True when it does not hold any more. False when `limitNs` has come or nothing is pending before.
   */
  runWhile(predicate: () => boolean, limitNs: Nanos = NEVER): boolean {
    while (predicate()) {
      if (this.#step(limitNs)) continue;
      if (limitNs < NEVER) this.#queue.nowNs = Math.max(limitNs, this.now);
      return !predicate();
    }
    return true;
  }

  // Faults of the whole network. Those of one link or node are at the link or node.

  /** Changes the named faults on every link, those laid later included; the last call wins. */
  inject(faults: Partial<LinkFaults>): void {
    this.#faults = { ...this.#faults, ...faults };
    for (const link of this.#links) link.inject(faults);
  }

  /**
   * Cuts every link, and when asked every channel, between a node of one side and one of the other.
   *
   * Links, not paths: two servers behind a switch are parted by `part`.
   */
  partition(side: readonly SimNode[], other: readonly SimNode[], options: PartitionOptions = {}): Cut {
    const crosses = (from: number, to: number): boolean => {
      const isForward = side.some((node) => node.id === from) && other.some((node) => node.id === to);
      const isBackward = other.some((node) => node.id === from) && side.some((node) => node.id === to);
      return isForward || (isBackward && options.isOneWay !== true);
    };
    const held: Cuttable[] = [];
    for (const { a, b, aToB, bToA } of this.#links) {
      if (crosses(a.nodeId, b.nodeId)) held.push(aToB);
      if (crosses(b.nodeId, a.nodeId)) held.push(bToA);
    }
    for (const { aToB, bToA } of options.channels === true ? this.#channels : []) {
      if (crosses(bToA.to.id, aToB.to.id)) held.push(aToB);
      if (crosses(aToB.to.id, bToA.to.id)) held.push(bToA);
    }
    assert(held.length > 0, 'a partition cuts at least one link or channel');
    return new Cut(held);
  }

  /**
   * Stops what goes between two nodes, either way, and lets everything else pass, whatever is between them.
   * Frames that are on a link already arrive. Needs `pairFilter`.
   *
   * @returns the function that ends it
   */
  part(one: SimNode, other: SimNode): () => void {
    assert(this.pairFilter !== null, 'a kernel that parts two nodes has been told whose frames are whose');
    const filter = this.pairFilter(one.name, other.name);
    const isTheirs = (nodeId: number): boolean => nodeId === one.id || nodeId === other.id;
    const ends = this.#links
      .filter(({ a, b }) => isTheirs(a.nodeId) || isTheirs(b.nodeId))
      .flatMap(({ aToB, bToA }) => [aToB.stop(filter), bToA.stop(filter)]);
    return () => ends.forEach((end) => end());
  }

  /** Ends all faults: links and channels work, nodes run at their speed, clocks keep their offset. */
  heal(): void {
    this.#faults = {};
    for (const link of this.#links) link.heal();
    for (const channel of this.#channels) channel.heal();
    for (const node of this.#nodes) {
      node.slow(1);
      node.driftClock(0);
      node.restart();
      node.resume();
    }
  }

  /** Lets the next event happen if it is due by `limitNs`. */
  #step(limitNs: Nanos): boolean {
    const queue = this.#queue;
    const slot = queue.take(limitNs);
    if (slot === NO_SLOT) return false;
    this.#events++;
    const target = queue.targetOf(slot);
    switch (queue.kindOf(slot)) {
      case EventKind.Arrive: {
        const direction = this.#directions[target]!;
        const frame = queue.claim(slot) as Frame;
        if (direction.arrive(frame)) this.#nodes[direction.toNode]!.onArrival(direction.toPort, frame);
        return true;
      }
      case EventKind.Complete:
        this.#nodes[target]!.onCompletion(slot);
        return true;
      case EventKind.Timer:
        this.#nodes[target]!.onTimer();
        return true;
      case EventKind.Message:
        this.#channelDirections[target]!.onArrival();
        return true;
      case EventKind.Call:
        this.#trace.mix(queue.nowNs, tagOf(EventKind.Call, 0, 0), 0);
        (queue.claim(slot) as () => void)();
        return true;
    }
  }

  #isReached(timeNs: Nanos): boolean {
    if (this.#queue.nextNs <= timeNs) return false;
    this.#queue.nowNs = timeNs;
    return true;
  }

  #newDirection(label: string, from: PortRef, to: PortRef, shape: LinkShape): LinkDirection {
    const direction = new LinkDirection(
      {
        id: this.#directions.length,
        toNode: to.nodeId,
        toPort: to.port,
        queue: this.#queue,
        pool: this.pool,
        jitterPrng: this.stream(`${label}/jitter`),
        faultPrng: this.stream(`${label}/faults`),
      },
      shape,
    );
    this.#directions.push(direction);
    this.#nodes[from.nodeId]!.plug(from.port, direction);
    return direction;
  }

  #newChannelDirection<M, C extends Core>(to: SimNode<C>, latencyNs: Nanos): ChannelDirection<M, C> {
    const id = this.#channelDirections.length;
    const direction = new ChannelDirection<M, C>(to, latencyNs, {
      queue: this.#queue,
      trace: this.#trace,
      id,
    });
    this.#channelDirections.push(direction);
    return direction;
  }
}
