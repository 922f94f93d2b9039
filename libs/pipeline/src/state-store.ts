/**
 * What a target's state can do for the control plane. Arguments are checked already: names exist, counts
 * and widths fit, match values are canonical (no bit set outside its mask or prefix).
 */
import type { MatchValue } from './control.ts';

export interface StoredTableEntry {
  readonly match: readonly MatchValue[];
  readonly action: string;
  readonly parameters: readonly bigint[];
  /** 0 in tables without ternary keys. */
  readonly priority: number;
}

export interface StoredRecord {
  readonly key: readonly bigint[];
  readonly record: readonly bigint[];
}

/** A table entry is known by its match and its priority. */
export interface StateStore {
  tableInsert(table: string, entry: StoredTableEntry): 'done' | 'exists' | 'full';
  tableModify(table: string, entry: StoredTableEntry): 'done' | 'absent';
  tableDelete(table: string, match: readonly MatchValue[], priority: number): 'done' | 'absent';
  /** In any order. */
  tableEntries(table: string): StoredTableEntry[];

  registerRead(register: string, index: number): bigint[];
  registerWrite(register: string, index: number, record: readonly bigint[]): void;

  counterRead(counter: string, index: number): { packets: bigint; bytes: bigint };
  counterWrite(counter: string, index: number, packets: bigint, bytes: bigint): void;

  /** Placed as the data plane places it. */
  slotInsert(slots: string, key: readonly bigint[], record: readonly bigint[]): 'done' | 'exists' | 'full';
  slotModify(slots: string, key: readonly bigint[], record: readonly bigint[]): 'done' | 'absent';
  slotDelete(slots: string, key: readonly bigint[]): 'done' | 'absent';
  /** In any order. */
  slotEntries(slots: string): StoredRecord[];

  /** Takes the key's place from whoever has it; in a cache that always misses, nothing happens. */
  cachePut(cache: string, key: readonly bigint[], record: readonly bigint[]): void;
  cacheHas(cache: string, key: readonly bigint[]): boolean;
  cacheDelete(cache: string, key: readonly bigint[]): 'done' | 'absent';
  /** In any order. */
  cacheEntries(cache: string): StoredRecord[];
}
