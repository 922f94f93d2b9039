/**
 * The control plane of a loaded program, in the shapes of P4Runtime (p4.v1): batches of updates and reads
 * of entities, canonical codes per update. Values are bigints; calls are rare.
 */
import { DetailedError } from '@ballast/base';

/** One key of a table entry, matching its declared kind. */
export type MatchValue =
  | { readonly kind: 'exact'; readonly value: bigint }
  | { readonly kind: 'longestPrefix'; readonly value: bigint; readonly prefixBits: number }
  | { readonly kind: 'ternary'; readonly value: bigint; readonly mask: bigint };

export interface TableEntry {
  readonly entity: 'table';
  readonly table: string;
  readonly match: readonly MatchValue[];
  readonly action: string;
  readonly parameters: readonly bigint[];
  /** Ternary tables only: the larger wins; equal priorities: the one inserted first. 0 elsewhere. */
  readonly priority?: number;
}
export interface RegisterEntry {
  readonly entity: 'register';
  readonly register: string;
  readonly index: number;
  /** In the order of the declared cells. */
  readonly record: readonly bigint[];
}
export interface SlotEntry {
  readonly entity: 'slot';
  readonly slots: string;
  readonly key: readonly bigint[];
  readonly record: readonly bigint[];
}
export interface CacheEntry {
  readonly entity: 'cache';
  readonly cache: string;
  readonly key: readonly bigint[];
  readonly record: readonly bigint[];
}
export interface CounterEntry {
  readonly entity: 'counter';
  readonly counter: string;
  readonly index: number;
  readonly packets: bigint;
  readonly bytes: bigint;
}
/** Copies of a multicast: one per port and replica id. Held by the switch, not by the program. */
export interface GroupEntry {
  readonly entity: 'group';
  readonly group: number;
  readonly replicas: readonly { readonly port: number; readonly replica: number }[];
}

export type Entity = TableEntry | RegisterEntry | SlotEntry | CacheEntry | CounterEntry;

/** As in P4Runtime: tables, slots and caches take all three; registers and counters are only modified. */
export interface Update {
  readonly type: 'insert' | 'modify' | 'delete';
  readonly entity: Entity;
}

/** What to read: all entries of one piece of state, or one index of a register or counter. */
export interface ReadRequest {
  readonly entity: Entity['entity'];
  readonly name: string;
  readonly index?: number;
}

/** The canonical gRPC codes that a write can end with. */
export type ControlCode = 'ALREADY_EXISTS' | 'NOT_FOUND' | 'RESOURCE_EXHAUSTED' | 'INVALID_ARGUMENT';

/** A refused update: which one of the batch, and why. Those before it took effect, those after it did not. */
export class ControlError extends DetailedError<{
  code: ControlCode;
  update: number;
  what: string;
  reason: string;
}> {
  protected override explain(d: { update: number; what: string; reason: string }): string {
    return `update ${d.update}, ${d.what}: ${d.reason}`;
  }
}

export interface ControlPlane {
  /** Applies a batch in order; stops with a ControlError at the first update that is refused. */
  write(updates: readonly Update[]): void;
  read(request: ReadRequest): Entity[];
}
