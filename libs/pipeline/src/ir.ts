/**
 * A packet program as data: what the DSL builds, the checks accept, the interpreter defines and every
 * back end translates. Plain records only.
 *
 * Values are unsigned with a width of 1 to 64 bits; arithmetic wraps around. Conditions are a type of
 * their own. State is touched by statements only, never inside an expression, so that expressions have
 * no order of evaluation.
 */
import type { HeaderType } from '@ballast/wire';
import type { ParserGraph } from './parser-graph.ts';

export const WIDTH_MAX = 64;
export const PORT_BITS = 16;
export const LENGTH_BITS = 16;
export const NOW_BITS = 48;
export const GROUP_BITS = 16;
export const RECIRCULATION_BITS = 8;
/** Width of the result of `ctz`: holds 0 ... 64. */
export const CTZ_BITS = 8;

export type BinaryOp = 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor';
export type CompareOp = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

/** What the target tells about a packet. `egressPort` and `replica` exist in the egress part only. */
export type Intrinsic = 'length' | 'ingressPort' | 'now' | 'recirculations' | 'egressPort' | 'replica';

export type FieldExpr = {
  readonly kind: 'field';
  readonly width: number;
  readonly header: string;
  readonly field: string;
};
export type VariableExpr = { readonly kind: 'variable'; readonly width: number; readonly name: string };
/** A cell of the record under `update`; exists in the body of an update only. */
export type CellExpr = { readonly kind: 'cell'; readonly width: number; readonly cell: string };

export type Expr =
  | { readonly kind: 'const'; readonly width: number; readonly value: bigint }
  | FieldExpr
  | VariableExpr
  | CellExpr
  | { readonly kind: 'intrinsic'; readonly width: number; readonly name: Intrinsic }
  | {
      readonly kind: 'binary';
      readonly width: number;
      readonly op: BinaryOp;
      readonly left: Expr;
      readonly right: Expr;
    }
  | { readonly kind: 'not'; readonly width: number; readonly value: Expr }
  | {
      readonly kind: 'shift';
      readonly width: number;
      readonly op: 'shl' | 'shr';
      readonly value: Expr;
      /**
       * A constant below the width; or an expression of at most log2(width) bits, on values of at most 32
       * bits.
       */
      readonly amount: number | Expr;
    }
  | {
      readonly kind: 'slice';
      readonly width: number;
      readonly value: Expr;
      readonly high: number;
      readonly low: number;
    }
  /** Most significant part first. */
  | { readonly kind: 'concat'; readonly width: number; readonly parts: readonly Expr[] }
  /** Zero extension to a larger width. */
  | { readonly kind: 'extend'; readonly width: number; readonly value: Expr }
  | {
      readonly kind: 'mux';
      readonly width: number;
      readonly condition: Bool;
      readonly then: Expr;
      readonly otherwise: Expr;
    }
  /** Number of trailing zero bits; of zero, the width of the value. */
  | { readonly kind: 'ctz'; readonly width: number; readonly value: Expr };

export type Bool =
  | { readonly kind: 'literal'; readonly value: boolean }
  | { readonly kind: 'compare'; readonly op: CompareOp; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'valid'; readonly header: string }
  | { readonly kind: 'all'; readonly of: readonly Bool[] }
  | { readonly kind: 'any'; readonly of: readonly Bool[] }
  | { readonly kind: 'negation'; readonly of: Bool };

/** A cell of a record whose value goes to a variable. */
export interface CellInto {
  readonly cell: string;
  readonly variable: string;
}
/** A cell of a record that takes a value. */
export interface CellFrom {
  readonly cell: string;
  readonly value: Expr;
}

/** What the body of an atomic `update` may hold: assignments to cells and variables, and conditionals. */
export type UpdateStatement =
  | { readonly kind: 'setCell'; readonly cell: string; readonly value: Expr }
  | { readonly kind: 'set'; readonly target: VariableExpr; readonly value: Expr }
  | {
      readonly kind: 'if';
      readonly condition: Bool;
      readonly then: readonly UpdateStatement[];
      readonly otherwise: readonly UpdateStatement[];
    };

export const HASH_ALGORITHMS = ['crc16', 'crc32', 'halfSipHash'] as const;
export type HashAlgorithm = (typeof HASH_ALGORITHMS)[number];
/** Largest modulus of a hash. */
export const HASH_MODULUS_MAX = 2 ** 31;
/** Bits of each hash before a modulus. */
export const HASH_BITS: Readonly<Record<HashAlgorithm, number>> = { crc16: 16, crc32: 32, halfSipHash: 64 };

/** What a `slots` operation answers, as a value of SLOT_STATUS_BITS. */
export const SlotStatus = {
  /** The key was there (look-up, update, remove), or is there now (insert). */
  Done: 0,
  /**
   * Insert: the key was there already. Remove: the key is there, but its condition does not hold. Nothing
   * changed.
   */
  Exists: 1,
  /** Insert: every cell that the key may use is taken. Nothing changed. */
  Full: 2,
  /** The key is not there. Nothing changed. */
  Absent: 3,
} as const;
export type SlotStatus = (typeof SlotStatus)[keyof typeof SlotStatus];
export const SLOT_STATUS_BITS = 2;

export type Statement =
  | { readonly kind: 'set'; readonly target: FieldExpr | VariableExpr; readonly value: Expr }
  | {
      readonly kind: 'if';
      readonly condition: Bool;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  /**
   * Looks the keys up; on a hit the parameters of the entry's action are in its variables and its branch
   * runs.
   */
  | {
      readonly kind: 'apply';
      readonly table: string;
      readonly keys: readonly Expr[];
      readonly branches: Readonly<Record<string, readonly Statement[]>>;
      readonly miss: readonly Statement[];
    }
  | {
      readonly kind: 'read';
      readonly register: string;
      readonly index: Expr;
      readonly into: readonly CellInto[];
    }
  /** Atomic; `into` takes the new value. */
  | {
      readonly kind: 'add';
      readonly register: string;
      readonly cell: string;
      readonly index: Expr;
      readonly amount: Expr;
      readonly into: string | null;
    }
  /** One atomic read-modify-write of the record. */
  | {
      readonly kind: 'update';
      readonly register: string;
      readonly index: Expr;
      readonly body: readonly UpdateStatement[];
    }
  /**
   * The first index below `count` whose cell is least, among those whose bit is set in `among` (bit 0 is
   * index 0) when it is given. With no candidate the index is 0 and the minimum all ones.
   */
  | {
      readonly kind: 'argmin';
      readonly register: string;
      readonly cell: string;
      readonly count: number;
      readonly among: Expr | null;
      readonly index: string;
      readonly minimum: string | null;
    }
  | {
      readonly kind: 'slotLookup';
      readonly slots: string;
      readonly key: readonly Expr[];
      readonly into: readonly CellInto[];
      readonly status: string;
    }
  | {
      readonly kind: 'slotInsert';
      readonly slots: string;
      readonly key: readonly Expr[];
      readonly record: readonly CellFrom[];
      readonly status: string;
    }
  | {
      readonly kind: 'slotUpdate';
      readonly slots: string;
      readonly key: readonly Expr[];
      readonly body: readonly UpdateStatement[];
      readonly status: string;
    }
  /** `condition` is over the record's cells; null removes in any case. */
  | {
      readonly kind: 'slotRemove';
      readonly slots: string;
      readonly key: readonly Expr[];
      readonly condition: Bool | null;
      readonly status: string;
    }
  /** `hit` becomes 1 and `into` is filled, or `hit` becomes 0 and `into` keeps what it held. */
  | {
      readonly kind: 'cacheGet';
      readonly cache: string;
      readonly key: readonly Expr[];
      readonly into: readonly CellInto[];
      readonly hit: string;
    }
  | {
      readonly kind: 'cachePut';
      readonly cache: string;
      readonly key: readonly Expr[];
      readonly record: readonly CellFrom[];
    }
  | { readonly kind: 'cacheRemove'; readonly cache: string; readonly key: readonly Expr[] }
  /**
   * Hash over the arguments, each whole bytes, most significant byte first, concatenated. With a modulus
   * the result is the hash modulo it, else the whole hash; then zero-extended to the variable's width.
   */
  | {
      readonly kind: 'hash';
      readonly algorithm: HashAlgorithm;
      /** 64 bits for halfSipHash (first key byte most significant); null for the others. */
      readonly key: bigint | null;
      readonly args: readonly Expr[];
      readonly modulus: number | null;
      readonly into: string;
    }
  /**
   * The next number of the program's generator: its most significant bits fill the variable, of at most 32
   * bits. Marsaglia's xorshift32 (13, 17, 5), its state set to the seed when the program is loaded.
   */
  | { readonly kind: 'random'; readonly into: string }
  | { readonly kind: 'count'; readonly counter: string; readonly index: Expr }
  /** Adds a declared header, all zero. Its checksum, when it has one, is computed when the packet leaves. */
  | { readonly kind: 'push'; readonly header: string }
  /** Takes an extracted or pushed header out of the packet. */
  | { readonly kind: 'pop'; readonly header: string }
  | OutcomeStatement;

/** Ends the packet's way through the program: exactly one on every path, as its last statement. */
export type OutcomeStatement =
  | { readonly kind: 'forward'; readonly port: Expr }
  | { readonly kind: 'multicast'; readonly group: Expr }
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'controller'; readonly reason: string }
  | { readonly kind: 'recirculate' }
  /** Up to the host's own stack (XDP_PASS); out of the way of the program. */
  | { readonly kind: 'pass' }
  /** Egress part only: the copy leaves. */
  | { readonly kind: 'emit' };

export interface Cell {
  readonly name: string;
  readonly width: number;
}

export type MatchKind = 'exact' | 'longestPrefix' | 'ternary';
export interface MatchKey {
  readonly name: string;
  readonly kind: MatchKind;
  readonly width: number;
}
export interface ActionDeclaration {
  readonly name: string;
  /** Each parameter of a hit arrives in the variable of the same position. */
  readonly parameters: readonly {
    readonly name: string;
    readonly width: number;
    readonly variable: string;
  }[];
}

/** Written by the control plane; entries never vanish; a full table refuses. */
export interface TableDeclaration {
  readonly name: string;
  readonly keys: readonly MatchKey[];
  readonly actions: readonly ActionDeclaration[];
  readonly size: number;
}
/** Written by both planes; an array of records, all zero at first. */
export interface RegisterDeclaration {
  readonly name: string;
  readonly cells: readonly Cell[];
  readonly size: number;
}
/**
 * Exact-match store of bounded size; nothing is ever evicted. `hashes` ways of `depth` cells each, with
 * `buckets` buckets a way: bucket of way i is crc32(byte i, key bytes) modulo `buckets`, each part of the
 * key zero-extended to whole bytes. Cells are tried way by way, cell by cell, and a new key takes the
 * first free one.
 */
export interface SlotsDeclaration {
  readonly name: string;
  readonly key: readonly Cell[];
  readonly cells: readonly Cell[];
  readonly hashes: number;
  readonly depth: number;
  readonly buckets: number;
}
/**
 * Exact-match store that may miss at any time; a hit is always the last value written. Where it is direct
 * mapped, a key's only place is crc32(key bytes) modulo `size`, and a put takes it from whoever has it.
 */
export interface CacheDeclaration {
  readonly name: string;
  readonly key: readonly Cell[];
  readonly cells: readonly Cell[];
  readonly size: number;
}
/** Packets and bytes per index. Bytes are those of the packet as it came in. */
export interface CounterDeclaration {
  readonly name: string;
  readonly size: number;
}

export interface VariableDeclaration {
  readonly name: string;
  readonly width: number;
  /**
   * The largest value it can hold, when that is below its width's: what a hash modulus or `ctz` guarantees.
   */
  readonly maximum: bigint;
}

/** One occurrence of a header in the packet. */
export interface HeaderInstance {
  readonly name: string;
  readonly type: HeaderType;
  /** False: the parser extracts it. True: the program pushes it. */
  readonly added: boolean;
}

export interface Program {
  readonly name: string;
  /** In the order in which a packet holds them; the deparser emits the valid ones in this order. */
  readonly headers: readonly HeaderInstance[];
  readonly parser: ParserGraph;
  readonly variables: readonly VariableDeclaration[];
  readonly tables: readonly TableDeclaration[];
  readonly registers: readonly RegisterDeclaration[];
  readonly slots: readonly SlotsDeclaration[];
  readonly caches: readonly CacheDeclaration[];
  readonly counters: readonly CounterDeclaration[];
  readonly ingress: readonly Statement[];
  /**
   * Runs once per copy that leaves by `forward` or `multicast`, on the packet as it leaves; touches no state.
   */
  readonly egress: readonly Statement[] | null;
  /** Every reason of a `drop`, those of the target last; counted by position. */
  readonly dropReasons: readonly string[];
  readonly controllerReasons: readonly string[];
  /** How often one packet may recirculate; one more drops it with reason RECIRCULATION_LIMIT. */
  readonly recirculationsMax: number;
}

/** Reasons that the targets themselves give; every program has them. */
export const RUNT_FRAME = 'runt_frame';
export const RECIRCULATION_LIMIT = 'recirculation_limit';

/** Shortest frame that a program sees; shorter ones are dropped with reason RUNT_FRAME. */
export const FRAME_BYTES_MIN = 14;
