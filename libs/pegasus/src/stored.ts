/** Changes of a server's store, each of which its log learns before anybody else does. */
import type { ServerState } from './server-state.ts';

/** As ItemStore.put. */
export function storeItem(
  { store, log }: ServerState,
  hashHi: number,
  hashLo: number,
  key: Uint8Array,
  keyStart: number,
  keyBytes: number,
  value: Uint8Array,
  valueStart: number,
  valueBytes: number | null,
  incarnation: number,
  counter: number,
): void {
  store.put(hashHi, hashLo, key, keyStart, keyBytes, value, valueStart, valueBytes, incarnation, counter);
  log?.put(key, keyStart, keyBytes, value, valueStart, valueBytes, incarnation, counter);
}

/** Forgets a key altogether: the copy of a server that is not its home. */
export function dropItem({ store, log }: ServerState, item: number): void {
  if (log !== null) {
    const key = store.key(item);
    log.remove(key, 0, key.length);
  }
  store.remove(item);
}
