/**
 * What a log file costs at both levels of durability: writes a second when nobody waits, and how long
 * one write alone waits until it is durable.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ItemStore, SipKeyHasher } from '@ballast/pegasus';
import { type Durability, LogFile } from '../src/index.ts';

const WRITES = 50_000;
const LONE_WRITES = 100;
/** What a busy server handles between two turns of the event loop. */
const BATCH = 32;
const KEYS = 1_000;
const KEY_BYTES = 16;
const VALUE_BYTES = 128;

/** How long `work` takes with a new log, its end included. */
async function elapsedMs(durability: Durability, work: (file: LogFile) => Promise<void>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-bench-'));
  const store = new ItemStore(KEYS);
  const hasher = new SipKeyHasher();
  const file = LogFile.open({ path: join(folder, 'log'), durability, store, hasher });
  const start = performance.now();
  await work(file);
  await file.close();
  const elapsed = performance.now() - start;
  rmSync(folder, { recursive: true });
  return elapsed;
}

const key = new Uint8Array(KEY_BYTES);
const value = new Uint8Array(VALUE_BYTES);

function put({ log }: LogFile, n: number): void {
  new DataView(key.buffer).setUint32(0, n % KEYS);
  log.put(key, 0, KEY_BYTES, value, 0, VALUE_BYTES, 1, n);
}

/** Both levels make the same calls of `write`; `disk` has syncs in the background beside them. */
async function writesPerSecond(durability: Durability): Promise<number> {
  const elapsed = await elapsedMs(durability, async (file) => {
    for (let n = 1; n <= WRITES; n++) {
      put(file, n);
      if (n % BATCH !== 0) continue;
      file.write();
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  return (WRITES * 1e3) / elapsed;
}

/** Microseconds until one write is durable, when there is no other to share the wait with. */
async function waitUs(durability: Durability): Promise<number> {
  const elapsed = await elapsedMs(durability, async (file) => {
    for (let n = 1; n <= LONE_WRITES; n++) {
      put(file, n);
      file.write();
      await file.settled();
    }
  });
  return (elapsed * 1e3) / LONE_WRITES;
}

export default [
  { name: 'fabric.log-file-process', unit: 'writes/s', run: () => writesPerSecond('process') },
  { name: 'fabric.log-file-disk', unit: 'writes/s', run: () => writesPerSecond('disk') },
  { name: 'fabric.log-wait-process', unit: 'us', run: () => waitUs('process') },
  { name: 'fabric.log-wait-disk', unit: 'us', run: () => waitUs('disk') },
];
