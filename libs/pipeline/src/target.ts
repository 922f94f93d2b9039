/** What every target of a packet program offers: run a frame through it, and drive its state. */
import type { Frame, Nanos, PortNumber } from '@ballast/base';
import type { ControlPlane } from './control.ts';
import type { Program } from './ir.ts';

/** How a packet left the ingress part. Recirculation is done inside the target and never seen outside. */
export const Outcome = {
  Forward: 0,
  Multicast: 1,
  Drop: 2,
  Controller: 3,
  Pass: 4,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export const OUTCOME_NAMES: Readonly<Record<Outcome, string>> = {
  [Outcome.Forward]: 'forward',
  [Outcome.Multicast]: 'multicast',
  [Outcome.Drop]: 'drop',
  [Outcome.Controller]: 'controller',
  [Outcome.Pass]: 'pass',
};

/** A program loaded on a target. One packet at a time. */
export interface Instance {
  readonly program: Program;

  /** Of the last `process`: the port of a forward, or the group of a multicast. */
  readonly destination: number;
  /** Of the last drop (position in `dropReasons`) or packet-in (position in `controllerReasons`). */
  readonly reason: number;

  /**
   * Runs the parser and the ingress part and rewrites the frame in place: its bytes, start and length.
   * After a drop the frame's bytes are unspecified. The frame stays with the caller.
   *
   * @param now local time in ns; its low 48 bits are what the program sees
   */
  process(frame: Frame, ingressPort: PortNumber, now: Nanos): Outcome;

  /**
   * Runs the egress part on a copy that is to leave by `egressPort`; parses it anew. False: the copy is
   * dropped for `reason`. True at once when the program has no egress part.
   */
  processEgress(frame: Frame, egressPort: PortNumber, replica: number, now: Nanos): boolean;

  /** Packets dropped per position in `dropReasons`, egress drops included. */
  readonly drops: readonly number[];

  readonly control: ControlPlane;

  /** The whole of the program's state in one canonical form, equal on every target for equal state. */
  dump(): StateDump;
}

export interface SlotDump {
  /** way * buckets * depth + bucket * depth + cell: the same on every target. */
  readonly position: number;
  readonly key: readonly bigint[];
  readonly record: readonly bigint[];
}

/**
 * State by name, in declaration order; records as arrays in the order of their cells. Tables are left out.
 */
export interface StateDump {
  readonly registers: Readonly<Record<string, readonly (readonly bigint[])[]>>;
  readonly slots: Readonly<Record<string, readonly SlotDump[]>>;
  /** Entries in an order of the target's own, sorted by key here. */
  readonly caches: Readonly<
    Record<string, readonly { readonly key: readonly bigint[]; readonly record: readonly bigint[] }[]>
  >;
  readonly counters: Readonly<
    Record<string, readonly { readonly packets: bigint; readonly bytes: bigint }[]>
  >;
  readonly drops: readonly number[];
  /** State of the program's generator. */
  readonly random: number;
}

/**
 * How caches behave. A program must be correct in all of them; equivalence runs in the last two, which
 * every target can do alike.
 */
export type CacheMode = 'directMapped' | 'alwaysMiss';

export interface LoadOptions {
  /** Seeds the program's generator (`random`); 0 stands for 1, as the generator has no zero state. */
  readonly seed?: number;
  readonly cacheMode?: CacheMode;
}

/** A way to run programs. */
export interface Target {
  readonly name: string;
  load(program: Program, options?: LoadOptions): Instance;
}
