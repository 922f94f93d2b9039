/** Updates of the control plane in few words, for tests. */
import type {
  CacheEntry,
  CounterEntry,
  Entity,
  MatchValue,
  RegisterEntry,
  SlotEntry,
  TableEntry,
  Update,
} from '../src/index.ts';

export function insert(entity: Entity): Update {
  return { type: 'insert', entity };
}
export function modify(entity: Entity): Update {
  return { type: 'modify', entity };
}
export function remove(entity: Entity): Update {
  return { type: 'delete', entity };
}

export function exactly(value: bigint): MatchValue {
  return { kind: 'exact', value };
}
export function prefix(value: bigint, prefixBits: number): MatchValue {
  return { kind: 'longestPrefix', value, prefixBits };
}
export function masked(value: bigint, mask: bigint): MatchValue {
  return { kind: 'ternary', value, mask };
}

/** An entry whose action is called like `action`, with its parameters behind it. */
export function tableEntry(
  table: string,
  match: readonly MatchValue[],
  [action, ...parameters]: readonly [string, ...bigint[]],
  priority?: number,
): TableEntry {
  const entry = { entity: 'table', table, match, action, parameters } as const;
  return priority === undefined ? entry : { ...entry, priority };
}
export function registerEntry(register: string, index: number, record: readonly bigint[]): RegisterEntry {
  return { entity: 'register', register, index, record };
}
export function slotEntry(slots: string, key: readonly bigint[], record: readonly bigint[]): SlotEntry {
  return { entity: 'slot', slots, key, record };
}
export function cacheEntry(cache: string, key: readonly bigint[], record: readonly bigint[]): CacheEntry {
  return { entity: 'cache', cache, key, record };
}
export function counterEntry(counter: string, index: number, packets: bigint, bytes: bigint): CounterEntry {
  return { entity: 'counter', counter, index, packets, bytes };
}
