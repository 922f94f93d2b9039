import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Prng } from '@ballast/base';
import { ItemStore, SipKeyHasher } from '@ballast/pegasus';
import { LogError } from '../src/log-error.ts';
import { LogFile, type LogFileOptions } from '../src/log-file.ts';
import { describeStore, execute } from '../testing/log-history.ts';
import { MemoryDisk } from '../testing/memory-disk.ts';

const SEED = 3;
const hasher = new SipKeyHasher();

/** A server that has nothing but its items and their log. */
class Writer {
  readonly store = new ItemStore();
  readonly file: LogFile;
  readonly warnings: string[] = [];
  readonly durable: number[] = [];
  readonly failures: LogError[] = [];
  #next = 1;

  constructor(options: Pick<LogFileOptions, 'path' | 'durability'> & Partial<LogFileOptions>) {
    this.file = LogFile.open({
      store: this.store,
      hasher,
      warn: (message) => this.warnings.push(message),
      onDurable: (position) => this.durable.push(position),
      onFailure: (error) => this.failures.push(error),
      ...options,
    });
  }

  /** Executes so many writes more, in one batch. */
  execute(count: number): void {
    for (let i = 0; i < count; i++) execute(SEED, this.#next++, this.store, this.file.log);
    this.file.write();
  }
}

function memoryWriter(disk: MemoryDisk, options: Partial<LogFileOptions> = {}): Writer {
  return new Writer({ path: 'log', durability: 'disk', disk, ...options });
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'ballast-log-'));
  t.after(() => {
    rmSync(path, { recursive: true });
  });
  return path;
}

function failWith(code: string): never {
  throw Object.assign(new Error(code), { code });
}

test('log file: a real file, written, rewritten and opened again', async (t) => {
  const path = join(folder(t), 'server0.log');
  const sizes = { rewriteBytesMin: 4_000, rewriteSliceBytes: 200 };
  for (const durability of ['process', 'disk'] as const) {
    const first = new Writer({ path, durability, ...sizes });
    for (let batch = 0; batch < 60; batch++) {
      first.execute(8);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await first.file.settled();
    assert.ok(first.file.rewrites > 0, durability);
    assert.equal(first.file.durablePosition, first.file.log.position);
    assert.equal(readFileSync(path).length, first.file.fileBytes);
    await first.file.close();

    const second = new Writer({ path, durability });
    assert.equal(describeStore(second.store), describeStore(first.store));
    assert.deepEqual(second.warnings, []);
    await second.file.close();
    rmSync(path);
  }
});

test('log file: at level process a write is durable when `write` returns', async () => {
  const writer = memoryWriter(new MemoryDisk(new Prng(1)), { durability: 'process' });
  writer.execute(3);
  assert.equal(writer.file.durablePosition, writer.file.log.position);
  await writer.file.close();
});

test('log file: at level disk many writes share a sync, and none is durable before it', async () => {
  const disk = new MemoryDisk(new Prng(2));
  const writer = memoryWriter(disk);
  writer.execute(1);
  const { position } = writer.file.log;
  for (let batch = 0; batch < 20; batch++) writer.execute(5);
  assert.deepEqual(writer.durable, []);
  assert.equal(disk.calls.get('sync'), 1);
  await writer.file.settled();
  assert.deepEqual(writer.durable, [position, writer.file.log.position]);
  assert.equal(disk.calls.get('sync'), 2);
  await writer.file.close();
});

test('log file: what a killed process had not synced is synced before it is shown', () => {
  const disk = new MemoryDisk(new Prng(3));
  const killed = memoryWriter(disk, { durability: 'process' });
  killed.execute(20);
  const restarted = disk.afterCrash('process', new Prng(1));
  assert.equal(describeStore(memoryWriter(restarted).store), describeStore(killed.store));
  const afterPowerLoss = memoryWriter(restarted.afterCrash('power', new Prng(2)));
  assert.equal(describeStore(afterPowerLoss.store), describeStore(killed.store));
});

test('log file: a torn tail is cut off, with a message, and the log goes on', async (t) => {
  const path = join(folder(t), 'server0.log');
  const first = new Writer({ path, durability: 'process' });
  first.execute(4);
  const { fileBytes } = first.file;
  first.execute(1);
  await first.file.close();
  writeFileSync(path, readFileSync(path).subarray(0, -1));

  const second = new Writer({ path, durability: 'process' });
  assert.equal(second.file.recordsReplayed, 4);
  assert.equal(second.file.fileBytes, fileBytes);
  assert.match(second.warnings.join(), /server0\.log: cut \d+ bytes off at byte \d+/);
  second.execute(2);
  await second.file.close();
  const third = new Writer({ path, durability: 'process' });
  assert.equal(third.file.recordsReplayed, 6);
  assert.deepEqual(third.warnings, []);
  await third.file.close();
});

test('log file: a damaged log is refused, with file and offset, and left as it is', async (t) => {
  const path = join(folder(t), 'server0.log');
  const writer = new Writer({ path, durability: 'process' });
  writer.execute(1);
  const at = writer.file.fileBytes;
  writer.execute(5);
  await writer.file.close();
  const damaged = readFileSync(path);
  damaged[at + 30]! ^= 4;
  writeFileSync(path, damaged);

  for (let attempt = 0; attempt < 2; attempt++) {
    assert.throws(
      () => new Writer({ path, durability: 'process' }),
      (error) =>
        error instanceof LogError &&
        error.detail.code === 'LOG_DAMAGED' &&
        error.detail.at === at &&
        error.message.includes(`${path} is damaged at byte ${at} of ${damaged.length}`),
    );
  }
  assert.deepEqual(readFileSync(path), damaged);
});

test('log file: interrupted and partial writes are continued', async () => {
  const disk = new MemoryDisk(new Prng(4));
  let writes = 0;
  disk.onCall = (call) => {
    if (call === 'write' && writes++ % 2 === 0) failWith('EINTR');
  };
  const writer = memoryWriter(disk);
  for (let batch = 0; batch < 30; batch++) writer.execute(5);
  await writer.file.close();
  assert.ok(writes > 60, `${writes} calls for 30 batches`);
  assert.equal(describeStore(memoryWriter(disk).store), describeStore(writer.store));
});

test('log file: a full disk ends all acknowledgements, and what was acknowledged is there afterwards', async () => {
  const disk = new MemoryDisk(new Prng(5));
  const writer = memoryWriter(disk, { durability: 'process' });
  writer.execute(10);
  const kept = describeStore(writer.store);
  const { durablePosition } = writer.file;
  let calls = 0;
  disk.onCall = (call) => {
    // The first part of the record fits.
    if (call === 'write' && calls++ > 0) failWith('ENOSPC');
  };
  const isWriteFailed = (error: unknown): boolean =>
    error instanceof LogError && error.code === 'LOG_WRITE_FAILED' && error.message.includes('ENOSPC');
  while (calls < 2) assert.throws(() => writer.execute(1), isWriteFailed);
  disk.onCall = () => undefined;
  assert.throws(() => writer.execute(1), isWriteFailed); // Also when there is room again.
  assert.equal(writer.file.durablePosition, durablePosition);
  assert.equal(writer.failures.length, 1);
  await assert.rejects(writer.file.close(), isWriteFailed);

  const restarted = memoryWriter(disk, { durability: 'process' });
  assert.equal(describeStore(restarted.store), kept);
  assert.equal(restarted.warnings.length, 1);
});

test('log file: a sync that fails is not tried again, and nothing becomes durable any more', async () => {
  const disk = new MemoryDisk(new Prng(6));
  const writer = memoryWriter(disk);
  writer.execute(1);
  await writer.file.settled();
  const { durablePosition } = writer.file;
  disk.onCall = (call) => {
    if (call === 'synced') failWith('EIO');
  };
  writer.execute(1);
  await writer.file.settled();
  disk.onCall = () => undefined;
  assert.equal(writer.failures[0]?.message.includes('sync of log failed (EIO)'), true);
  assert.throws(() => writer.execute(1), LogError);
  await writer.file.settled();
  assert.equal(writer.file.durablePosition, durablePosition);
  assert.equal(disk.calls.get('sync'), 2);
});

const REWRITE_STEPS = ['open log.rewrite', 'write', 'synced', 'rename'];

for (const step of REWRITE_STEPS) {
  test(`log file: a rewrite that fails at ${step} is given up, and the server goes on`, async () => {
    const disk = new MemoryDisk(new Prng(7));
    const writer = memoryWriter(disk, { durability: 'process', rewriteBytesMin: 2_000 });
    let isRewrite = false;
    let failed = 0;
    disk.onCall = (call) => {
      if (call === 'open log.rewrite') isRewrite = true;
      if (isRewrite && call === step && failed++ === 0) failWith('ENOSPC');
      if (call === 'remove') isRewrite = false;
    };
    while (failed === 0) {
      writer.execute(1);
      await writer.file.settled();
    }
    assert.match(writer.warnings.join(), /log\.rewrite: given up \(ENOSPC\)/);
    assert.deepEqual(disk.paths(), ['log']);
    const { fileBytes, rewrites } = writer.file;
    assert.equal(rewrites, 0);
    for (let n = 0; writer.file.rewrites === rewrites; n++) {
      assert.ok(n < 1_000, 'it is tried again when the log is twice as large');
      writer.execute(1);
      await writer.file.settled();
    }
    assert.ok(writer.file.fileBytes < fileBytes);
    await writer.file.close();
    assert.equal(describeStore(memoryWriter(disk).store), describeStore(writer.store));
  });
}

/** Writes until the new file of a rewrite, named as the log already, fails at a call. */
async function failAfterRename(seed: number, step: 'write' | 'synced'): Promise<void> {
  const disk = new MemoryDisk(new Prng(seed));
  const durability = step === 'write' ? 'process' : 'disk';
  const writer = memoryWriter(disk, { durability, rewriteBytesMin: 2_000 });
  const newFile = 2;
  let hasName = false;
  let durableThen = 0;
  disk.onCall = (call, file) => {
    if (call === 'renamed') hasName = true;
    if (!hasName || call !== step || file !== newFile) return;
    durableThen ||= writer.file.durablePosition;
    failWith('EIO');
  };
  for (let batch = 0; writer.failures.length === 0; batch++) {
    assert.ok(batch < 2_000, 'the new file fails');
    try {
      writer.execute(1);
    } catch (error) {
      assert.ok(error instanceof LogError);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.throws(() => {
    writer.execute(1);
  }, LogError);
  await writer.file.settled();
  assert.equal(writer.file.durablePosition, durableThen, `seed ${seed}`);
}

for (const step of ['write', 'synced'] as const) {
  test(`log file: a new file that failed at ${step} once it had its name ends all acknowledgements`, async () => {
    for (let seed = 1; seed <= 20; seed++) await failAfterRename(seed, step);
  });
}

test('log file: one process at a time', async (t) => {
  const path = join(folder(t), 'server0.log');
  const writer = new Writer({ path, durability: 'process' });
  writer.execute(3);
  const isLocked = (error: unknown): boolean =>
    error instanceof LogError && error.detail.code === 'LOG_LOCKED' && error.detail.pid === process.pid;
  assert.throws(() => new Writer({ path, durability: 'process' }), isLocked);

  const other = spawnSync(process.execPath, [join(import.meta.dirname, '../testing/log-writer.ts'), path], {
    encoding: 'utf8',
  });
  assert.equal(other.status, 1);
  assert.match(other.stderr, new RegExp(`server0\\.log is in use by process ${process.pid}`));
  await writer.file.close();
  const next = new Writer({ path, durability: 'process' });
  assert.equal(describeStore(next.store), describeStore(writer.store));
  await next.file.close();
});

test('log file: a folder that is not there is refused with its path', () => {
  assert.throws(
    () => new Writer({ path: join('no', 'such', 'folder', 'log'), durability: 'process' }),
    (error) => error instanceof LogError && error.code === 'LOG_UNUSABLE' && error.message.includes('ENOENT'),
  );
});
