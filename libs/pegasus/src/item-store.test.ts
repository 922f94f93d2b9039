import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ItemStore, MISS } from './item-store.ts';

const text = new TextEncoder();

/** Few hashes for many keys, so that probes run into one another. */
function poorHash(key: string): number {
  return key.length === 0 ? 0 : key.charCodeAt(key.length - 1) % 3;
}

interface Stored {
  readonly value: string | null;
  readonly counter: number;
}

function put(store: ItemStore, key: string, value: string | null, counter: number): void {
  const keyBytes = text.encode(key);
  const valueBytes = text.encode(value ?? '');
  const hash = poorHash(key);
  store.put(
    hash,
    hash,
    keyBytes,
    0,
    keyBytes.length,
    valueBytes,
    0,
    value === null ? null : valueBytes.length,
    1,
    counter,
  );
}

function find(store: ItemStore, key: string): number {
  const bytes = text.encode(key);
  return store.find(poorHash(key), poorHash(key), bytes, 0, bytes.length);
}

function read(store: ItemStore, key: string): Stored | null {
  const item = find(store, key);
  if (item === MISS) return null;
  const bytes = new Uint8Array(store.valueBytes(item));
  store.copyValue(item, bytes, 0);
  const value = store.isTombstone(item) ? null : new TextDecoder().decode(bytes);
  return { value, counter: store.versionCounter(item) };
}

/** The keys of all items, by their numbers. */
function numbered(store: ItemStore): string[] {
  const keys: string[] = [];
  for (let item = 0; item < store.itemsEnd; item++) {
    if (store.isItem(item)) keys.push(new TextDecoder().decode(store.key(item)));
  }
  return keys.sort();
}

function byteLength(value: string): number {
  return text.encode(value).length;
}

test('item store: behaves like a map under any sequence of puts, tombstones and removals', () => {
  const key = fc.integer({ min: 0, max: 40 }).map((n) => `key${n}`);
  const value = fc.option(fc.string({ maxLength: 90 }), { nil: null });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), key, value }),
    fc.record({ kind: fc.constant('remove' as const), key, value: fc.constant(null) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const store = new ItemStore(4);
      const model = new Map<string, Stored>();
      steps.forEach((s, counter) => {
        if (s.kind === 'put') {
          put(store, s.key, s.value, counter);
          model.set(s.key, { value: s.value, counter });
        } else if (model.delete(s.key)) {
          store.remove(find(store, s.key));
        }
      });
      assert.equal(store.size, model.size);
      assert.deepEqual(numbered(store), [...model.keys()].sort());
      const bytes = [...model].reduce(
        (sum, [k, { value: v }]) => sum + byteLength(k) + byteLength(v ?? ''),
        0,
      );
      assert.equal(store.contentBytes, bytes);
      for (let n = 0; n <= 40; n++) assert.deepEqual(read(store, `key${n}`), model.get(`key${n}`) ?? null);
    }),
    { numRuns: 200, seed: 11 },
  );
});

test('item store: counts the keys of one hash, tombstones included', () => {
  const store = new ItemStore();
  assert.deepEqual(store.withHash(0, 0), { count: 0, first: MISS });
  put(store, 'c', 'x', 1); // 'c', 'f' and 'i' have the same poor hash.
  put(store, 'f', null, 2);
  put(store, 'd', 'other', 3);
  const { count, first } = store.withHash(poorHash('c'), poorHash('c'));
  assert.equal(count, 2);
  assert.deepEqual(store.key(first), text.encode('c'));
});

test('item store: the place of a removed item is used again', () => {
  const store = new ItemStore(16);
  for (let round = 0; round < 1000; round++) {
    put(store, `key${round}`, 'v'.repeat(40), round);
    store.remove(find(store, `key${round}`));
  }
  put(store, 'last', 'value', 1);
  assert.equal(find(store, 'last'), 0);
});
