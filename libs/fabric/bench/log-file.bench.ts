/** Writes a second that a log file keeps, each of 128 bytes, at both levels of durability. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ItemStore, SipKeyHasher } from '@ballast/pegasus';
import { type Durability, LogFile } from '../src/index.ts';

const WRITES = 50_000;
/** What a busy server handles between two turns of the event loop. */
const BATCH = 32;
const KEYS = 1_000;
const KEY_BYTES = 16;
const VALUE_BYTES = 128;

async function writesPerSecond(durability: Durability): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-bench-'));
  const store = new ItemStore(KEYS);
  const hasher = new SipKeyHasher();
  const file = LogFile.open({ path: join(folder, 'log'), durability, store, hasher });
  const key = new Uint8Array(KEY_BYTES);
  const value = new Uint8Array(VALUE_BYTES);
  const start = performance.now();
  for (let n = 1; n <= WRITES; n++) {
    new DataView(key.buffer).setUint32(0, n % KEYS);
    file.log.put(key, 0, KEY_BYTES, value, 0, VALUE_BYTES, 1, n);
    if (n % BATCH !== 0) continue;
    file.write();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await file.close();
  const elapsedMs = performance.now() - start;
  rmSync(folder, { recursive: true });
  return (WRITES * 1e3) / elapsedMs;
}

export default [
  { name: 'fabric.log-file-process', unit: 'writes/s', run: () => writesPerSecond('process') },
  { name: 'fabric.log-file-disk', unit: 'writes/s', run: () => writesPerSecond('disk') },
];
