/** What a logged write costs the server's core, and how fast a restart reads its log. */
import { assert } from '@ballast/base';
import { applyRecord, ItemStore, replayLog, SipKeyHasher, WriteLog } from '../src/index.ts';

const RECORDS = 500_000;
const BATCH = 32;
const KEYS = 10_000;
const KEY_BYTES = 16;
const VALUE_BYTES = 128;

const key = new Uint8Array(KEY_BYTES);
const value = new Uint8Array(VALUE_BYTES).map((_, i) => i * 31);

/** One of the keys: its number in the first four bytes. */
function setKey(n: number): void {
  new DataView(key.buffer).setUint32(0, (n * 7919) % KEYS);
}

function append(log: WriteLog, n: number): void {
  setKey(n);
  log.put(key, 0, KEY_BYTES, value, 0, VALUE_BYTES, 1, n);
}

/** Nanoseconds a record, taken in batches. */
function appends(): number {
  const log = new WriteLog();
  let taken = 0;
  const start = performance.now();
  for (let n = 0; n < RECORDS; n++) {
    append(log, n);
    if (n % BATCH === 0) log.take((bytes) => (taken += bytes.length));
  }
  const elapsedMs = performance.now() - start;
  assert(taken > 0, 'the records were taken');
  return (elapsedMs * 1e6) / RECORDS;
}

function wholeLog(): Uint8Array {
  const log = new WriteLog();
  for (let n = 0; n < RECORDS; n++) append(log, n);
  let bytes = new Uint8Array(0);
  log.take((view) => {
    bytes = view.slice();
  });
  return bytes;
}

/** Megabytes a second, checked and put into a store. */
function replays(): number {
  const bytes = wholeLog();
  const store = new ItemStore(KEYS);
  const hasher = new SipKeyHasher();
  const start = performance.now();
  const { records } = replayLog(bytes, (record) => {
    applyRecord(record, store, hasher);
  });
  const elapsedMs = performance.now() - start;
  assert(records === RECORDS && store.size === KEYS, 'all records were read');
  return bytes.length / 1e3 / elapsedMs;
}

export default [
  { name: 'pegasus.log-append-128', unit: 'ns', run: appends },
  { name: 'pegasus.log-replay-128', unit: 'MB/s', run: replays },
];
