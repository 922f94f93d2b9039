/** Cases of the semantics suite: a program, and step by step what it must do. */
import type { LoadOptions, Program, StateDump, Update } from '../../src/index.ts';

export interface SemanticsArea {
  readonly area: string;
  readonly cases: readonly SemanticsCase[];
}

export interface SemanticsCase {
  /** A sentence, without the area. */
  readonly name: string;
  /** Built when the case runs, so that a program that is refused fails its own case only. */
  readonly program: () => Program;
  readonly options?: LoadOptions;
  readonly steps: readonly Step[];
}

export type Step = WriteStep | SendStep | StateStep;

/** The control plane writes; nothing may be refused. */
export interface WriteStep {
  readonly kind: 'write';
  readonly updates: readonly Update[];
}
/** A packet comes in. */
export interface SendStep {
  readonly kind: 'send';
  readonly packet: Uint8Array;
  readonly port: number;
  readonly now: number;
  readonly expect: Expectation;
  /** Copies of what left the ingress part, each through the egress part on its own. */
  readonly copies: readonly Copy[];
}
/** The state named here, and the counts of drops, are as given; other state is not looked at. */
export interface StateStep {
  readonly kind: 'state';
  readonly state: ExpectedState;
}

/** `frame` is what leaves; without it the packet leaves as it came. */
export type Expectation =
  | { readonly outcome: 'forward'; readonly port: number; readonly frame?: Uint8Array }
  | { readonly outcome: 'multicast'; readonly group: number; readonly frame?: Uint8Array }
  | { readonly outcome: 'drop'; readonly reason: string }
  | { readonly outcome: 'controller'; readonly reason: string; readonly frame?: Uint8Array }
  | { readonly outcome: 'pass'; readonly frame?: Uint8Array };

export interface Copy {
  readonly port: number;
  readonly replica?: number;
  readonly expect: { readonly outcome: 'emit'; readonly frame?: Uint8Array } | Dropped;
}

type Dropped = Extract<Expectation, { outcome: 'drop' }>;

export interface ExpectedState {
  readonly registers?: StateDump['registers'];
  readonly slots?: StateDump['slots'];
  readonly caches?: StateDump['caches'];
  readonly counters?: StateDump['counters'];
  readonly random?: number;
  /** By reason; those not named are 0. */
  readonly drops?: Readonly<Record<string, number>>;
}

export function write(...updates: readonly Update[]): WriteStep {
  return { kind: 'write', updates };
}

/** The packet comes in by port 0 at time 0 unless the circumstances say otherwise. */
export function send(
  packet: Uint8Array,
  expect: Expectation,
  circumstances: { readonly port?: number; readonly now?: number; readonly copies?: readonly Copy[] } = {},
): SendStep {
  const { port = 0, now = 0, copies = [] } = circumstances;
  return { kind: 'send', packet, port, now, expect, copies };
}

export function holds(state: ExpectedState): StateStep {
  return { kind: 'state', state };
}

export function forwarded(port: number, frame?: Uint8Array): Expectation {
  return { outcome: 'forward', port, ...(frame && { frame }) };
}
export function multicast(group: number, frame?: Uint8Array): Expectation {
  return { outcome: 'multicast', group, ...(frame && { frame }) };
}
export function dropped(reason: string): Dropped {
  return { outcome: 'drop', reason };
}
export function toController(reason: string, frame?: Uint8Array): Expectation {
  return { outcome: 'controller', reason, ...(frame && { frame }) };
}
export function passed(frame?: Uint8Array): Expectation {
  return { outcome: 'pass', ...(frame && { frame }) };
}
export function emitted(frame?: Uint8Array): Copy['expect'] {
  return { outcome: 'emit', ...(frame && { frame }) };
}
