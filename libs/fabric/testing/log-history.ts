/** Writes that follow from their number, and what a store holds after so many of them. */
import { Prng } from '@ballast/base';
import { ItemStore, MISS, SipKeyHasher, type WriteLog } from '@ballast/pegasus';

const KEYS = 12;
const VALUE_BYTES_MAX = 60;
const text = new TextEncoder();
const hasher = new SipKeyHasher();

/** Executes write `n` of a history: a put, a tombstone or a removal, in the store and in its log. */
export function execute(seed: number, n: number, store: ItemStore, log: WriteLog | null): void {
  const prng = new Prng(seed * 1_000_003 + n);
  const key = text.encode(`key${prng.below(KEYS)}`);
  const kind = prng.below(8);
  hasher.hash(key, 0, key.length);
  const { hi, lo } = hasher;
  if (kind === 0) {
    const item = store.find(hi, lo, key, 0, key.length);
    if (item !== MISS) store.remove(item);
    log?.remove(key, 0, key.length);
    return;
  }
  const value = Uint8Array.from({ length: prng.below(VALUE_BYTES_MAX) }, () => prng.below(256));
  const valueBytes = kind === 1 ? null : value.length;
  store.put(hi, lo, key, 0, key.length, value, 0, valueBytes, 1, n);
  log?.put(key, 0, key.length, value, 0, valueBytes, 1, n);
}

/** Everything in a store, as one text. */
export function describeStore(store: ItemStore): string {
  const items: string[] = [];
  for (let item = 0; item < store.itemsEnd; item++) {
    if (!store.isItem(item)) continue;
    const value = new Uint8Array(store.valueBytes(item));
    store.copyValue(item, value, 0);
    const version = `${store.versionIncarnation(item)}.${store.versionCounter(item)}`;
    const shown = store.isTombstone(item) ? 'deleted' : value.toHex();
    items.push(`${new TextDecoder().decode(store.key(item))} ${version} ${shown}`);
  }
  return items.sort().join('\n');
}

/** What a store holds after 0, 1, 2, ... writes of a history. */
export class Expected {
  readonly #seed: number;
  readonly #store = new ItemStore();
  readonly #states: string[] = [''];

  constructor(seed: number) {
    this.#seed = seed;
  }

  /**
   * After how many writes, from `fewest` to `most`, a store is as described; null when after none of these:
   * then writes are lost, or some are kept without earlier ones.
   */
  writesIn(description: string, fewest: number, most: number): number | null {
    while (this.#states.length <= most) {
      execute(this.#seed, this.#states.length, this.#store, null);
      this.#states.push(describeStore(this.#store));
    }
    const found = this.#states.indexOf(description, fewest);
    return found < 0 || found > most ? null : found;
  }
}
