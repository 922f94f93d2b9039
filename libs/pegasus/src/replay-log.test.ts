import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ItemStore } from './item-store.ts';
import { SipKeyHasher } from './key-hash.ts';
import { applyRecord, type LogReplay, replayLog } from './replay-log.ts';
import { WriteLog } from './write-log.ts';

const SEED = 20_201_104;
const HEADER_BYTES = 16;
const SECTOR_BYTES = 512;
const text = new TextEncoder();
const hasher = new SipKeyHasher();

interface Write {
  readonly kind: 'put' | 'remove';
  readonly key: string;
  readonly value: string | null;
}

const writes = fc.array(
  fc.record({
    kind: fc.constantFrom('put' as const, 'put' as const, 'remove' as const),
    key: fc.integer({ min: 0, max: 12 }).map((n) => 'k'.repeat(n)),
    value: fc.option(fc.string({ maxLength: 60 }), { nil: null }),
  }),
  { maxLength: 60 },
);

function append(log: WriteLog, { kind, key, value }: Write, counter: number): void {
  // Out of the middle of larger arrays, as from a frame.
  const keyBytes = text.encode(`..${key}`);
  const valueBytes = text.encode(`...${value ?? ''}`);
  if (kind === 'remove') return log.remove(keyBytes, 2, keyBytes.length - 2);
  const size = value === null ? null : valueBytes.length - 3;
  log.put(keyBytes, 2, keyBytes.length - 2, valueBytes, 3, size, counter % 7, counter * 0x1_0001_0001);
}

/** What the log holds since it was last taken. */
function taken(log: WriteLog): Uint8Array {
  let bytes = new Uint8Array(0);
  log.take((view) => {
    bytes = view.slice();
  });
  return bytes;
}

/** A log of the writes, and where each record ends. */
function logOf(list: readonly Write[]): { bytes: Uint8Array; ends: number[] } {
  const log = new WriteLog();
  const ends = list.map((write, counter) => {
    append(log, write, counter);
    return log.position;
  });
  return { bytes: taken(log), ends };
}

/** The records as values, for comparisons. */
function records(bytes: Uint8Array): { list: unknown[]; replay: LogReplay } {
  const list: unknown[] = [];
  const decoder = new TextDecoder();
  const replay = replayLog(bytes, (record) => {
    const { kind, keyStart, keyBytes, valueStart, valueBytes, incarnation, counter } = record;
    const key = decoder.decode(bytes.subarray(keyStart, keyStart + keyBytes));
    const value =
      valueBytes === null ? null : decoder.decode(bytes.subarray(valueStart, valueStart + valueBytes));
    list.push({ kind, key, value, incarnation, counter });
  });
  assert.equal(replay.records, list.length);
  return { list, replay };
}

const threeWrites: readonly Write[] = [
  { kind: 'put', key: 'user1', value: 'hello' },
  { kind: 'put', key: 'user2', value: null },
  { kind: 'put', key: 'user3', value: 'world!' },
];

test('write log: the layout of a log with one record', () => {
  const log = new WriteLog();
  log.put(text.encode('k'), 0, 1, text.encode('val'), 0, 3, 0x0102, 0x030405060708);
  const expected =
    '42414c4c4153540a' +
    '00000001' +
    '103b1e2e' + // Magic, format, check.
    '2e92a5ec' +
    '980bfbe7' +
    '01' +
    '00' +
    '0001' +
    '00000003' +
    '0102' +
    '030405060708' +
    '6b' +
    '76616c';
  const bytes = taken(log);
  assert.equal(bytes.toHex(), expected);
  assert.equal(log.position, bytes.length);
});

test('write log: what was appended comes back, whatever it was', () => {
  fc.assert(
    fc.property(writes, (list) => {
      const { bytes } = logOf(list);
      const { list: read, replay } = records(bytes);
      const expected = list.map(({ kind, key, value }, counter) =>
        kind === 'remove'
          ? { kind: 3, key, value: null, incarnation: 0, counter: 0 }
          : {
              kind: value === null ? 2 : 1,
              key,
              value,
              incarnation: counter % 7,
              counter: counter * 0x1_0001_0001,
            },
      );
      assert.deepEqual(read, expected);
      assert.deepEqual(replay, { records: list.length, validBytes: bytes.length, damage: null });
    }),
    { numRuns: 200, seed: SEED },
  );
});

test('write log: replayed into a store it gives the store that wrote it', () => {
  fc.assert(
    fc.property(writes, (list) => {
      const log = new WriteLog();
      const written = new ItemStore(4);
      list.forEach((write, counter) => {
        append(log, write, counter);
        const key = text.encode(write.key);
        const value = text.encode(write.value ?? '');
        hasher.hash(key, 0, key.length);
        const { hi, lo } = hasher;
        if (write.kind === 'remove') {
          const item = written.find(hi, lo, key, 0, key.length);
          if (item >= 0) written.remove(item);
          return;
        }
        const size = write.value === null ? null : value.length;
        const version = [counter % 7, counter * 0x1_0001_0001] as const;
        written.put(hi, lo, key, 0, key.length, value, 0, size, ...version);
      });
      const replayed = new ItemStore(4);
      replayLog(taken(log), (record) => applyRecord(record, replayed, hasher));
      assert.deepEqual(contents(replayed), contents(written));
      const compacted = new ItemStore(4);
      replayLog(taken(logOfItems(written)), (record) => applyRecord(record, compacted, hasher));
      assert.deepEqual(contents(compacted), contents(written));
    }),
    { numRuns: 200, seed: SEED },
  );
});

function logOfItems(store: ItemStore): WriteLog {
  const log = new WriteLog();
  for (let item = 0; item < store.itemsEnd; item++) if (store.isItem(item)) store.appendTo(item, log);
  return log;
}

/** Every key that the writes above may have, as the store has it. */
function contents(store: ItemStore): unknown[] {
  const list: unknown[] = [store.size];
  for (let n = 0; n <= 12; n++) {
    const key = text.encode('k'.repeat(n));
    hasher.hash(key, 0, key.length);
    const item = store.find(hasher.hi, hasher.lo, key, 0, key.length);
    if (item < 0) continue;
    const value = new Uint8Array(store.valueBytes(item));
    store.copyValue(item, value, 0);
    list.push([
      n,
      store.isTombstone(item),
      value,
      store.versionIncarnation(item),
      store.versionCounter(item),
    ]);
  }
  return list;
}

test('write log: cut at any byte it loses the unfinished record alone, and says torn', () => {
  const { bytes, ends } = logOf(threeWrites);
  const whole = records(bytes).list;
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { list, replay } = records(bytes.subarray(0, cut));
    const complete = ends.filter((end) => end <= cut).length;
    assert.deepEqual(list, whole.slice(0, complete), `cut at ${cut}`);
    const validBytes = cut < HEADER_BYTES ? 0 : Math.max(HEADER_BYTES, ...ends.slice(0, complete));
    assert.equal(replay.validBytes, validBytes, `cut at ${cut}`);
    const isClean = cut === validBytes;
    const damage = isClean ? null : { at: validBytes, kind: 'torn', reason: 'the log ends inside it' };
    assert.deepEqual(replay.damage, damage, `cut at ${cut}`);
  }
});

test('write log: a flipped bit anywhere is damage, never a torn tail, never another record', () => {
  const { bytes, ends } = logOf(threeWrites);
  const whole = records(bytes).list;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >>> 3]! ^= 1 << (bit & 7);
    const { list, replay } = records(flipped);
    const before = ends.filter((end) => end <= bit >>> 3).length;
    assert.deepEqual(list, whole.slice(0, before), `bit ${bit}`);
    assert.equal(replay.damage?.kind, 'damaged', `bit ${bit}`);
    const inHeader = bit >>> 3 < HEADER_BYTES;
    const validBytes = inHeader ? 0 : Math.max(HEADER_BYTES, ...ends.slice(0, before));
    assert.equal(replay.damage.at, validBytes, `bit ${bit}`);
    assert.equal(replay.validBytes, validBytes, `bit ${bit}`);
  }
});

test('write log: a tail of sectors that were never written is torn; zeros with something behind are damage', () => {
  const list = Array.from({ length: 40 }, (_, n): Write => ({
    kind: 'put',
    key: `key${n}`,
    value: 'v'.repeat(30),
  }));
  const { bytes, ends } = logOf(list);
  for (let sector = 0; sector < bytes.length; sector += SECTOR_BYTES) {
    const unwritten = bytes.slice().fill(0, sector);
    const { replay } = records(unwritten);
    assert.equal(replay.records, ends.filter((end) => end <= sector).length);
    assert.equal(replay.damage?.kind, 'torn', `unwritten from ${sector}`);

    const hole = bytes.slice().fill(0, sector, sector + SECTOR_BYTES);
    if (sector + SECTOR_BYTES < bytes.length) assert.equal(records(hole).replay.damage?.kind, 'damaged');
  }
});

test('write log: a log goes on behind its replay, and behind a torn tail that was cut off', () => {
  const { bytes } = logOf(threeWrites);
  const torn = bytes.subarray(0, bytes.length - 3);
  const { validBytes } = records(torn).replay;
  const log = new WriteLog(validBytes);
  assert.equal(log.position, validBytes);
  append(log, { kind: 'put', key: 'user4', value: 'again' }, 9);
  const more = taken(log);
  assert.equal(log.position, validBytes + more.length);
  const { list, replay } = records(Uint8Array.from([...torn.subarray(0, validBytes), ...more]));
  assert.equal(list.length, 3);
  assert.equal(replay.damage, null);
});

test('write log: other files and other formats are refused', () => {
  const reason = (bytes: Uint8Array): string | undefined => records(bytes).replay.damage?.reason;
  assert.equal(reason(text.encode('{ "json": true, "long": "enough" }')), 'it is no log of Ballast');
  assert.equal(reason(text.encode('BALL?')), 'it is no log of Ballast');
  // A header of format 2 with the checksum that belongs to it.
  assert.equal(
    reason(Uint8Array.fromHex('42414c4c4153540a00000002036bedda')),
    'it has format 2, and this program reads 1',
  );
});

test('write log: what the sink refused is handed over again', () => {
  const log = new WriteLog();
  append(log, threeWrites[0]!, 1);
  const { position } = log;
  assert.throws(() => log.take(() => assert.fail('the disk is full')));
  assert.equal(log.position, position);
  append(log, threeWrites[1]!, 2);
  assert.equal(records(taken(log)).list.length, 2);
  assert.equal(taken(log).length, 0);
});

test('write log: a batch larger than its buffer', () => {
  const log = new WriteLog();
  const value = new Uint8Array(300_000).map((_, i) => i);
  log.put(value, 0, 10, value, 0, value.length, 1, 1);
  append(log, threeWrites[0]!, 2);
  let last: Uint8Array | null = null;
  const bytes = taken(log);
  const replay = replayLog(bytes, ({ valueStart, valueBytes }) => {
    last ??= bytes.slice(valueStart, valueStart + (valueBytes ?? 0));
  });
  assert.deepEqual(last, value);
  assert.equal(replay.records, 2);
});
