/** Write logs that lose their process or their power at any of their calls to the file system. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { ItemStore, SipKeyHasher } from '@ballast/pegasus';
import { type Durability, LogFile } from '../src/log-file.ts';
import { describeStore, execute, Expected } from '../testing/log-history.ts';
import { MemoryDisk } from '../testing/memory-disk.ts';

const PATH = 'server0.log';
const WRITES = 250;
const SEEDS = 6;
const hasher = new SipKeyHasher();

/** Small enough that a run rewrites its log several times, in several slices. */
const SIZES = { rewriteBytesMin: 3_000, rewriteSliceBytes: 150 };

function open(disk: MemoryDisk, durability: Durability, store: ItemStore): LogFile {
  return LogFile.open({ path: PATH, durability, store, hasher, disk, ...SIZES });
}

type Crash = 'process' | 'power';

class CrashingRun {
  readonly #seed: number;
  readonly #durability: Durability;
  readonly #crash: Crash;
  readonly #prng: Prng;
  readonly #expected: Expected;
  readonly #store = new ItemStore();
  /** Where the record of each write ends in the log; of write 0, where the first one starts. */
  readonly #positions: number[] = [];
  #file: LogFile | null = null;
  crashes = 0;
  rewrites = 0;
  readonly calls = new Set<string>();

  constructor(seed: number, durability: Durability, crash: Crash) {
    this.#seed = seed;
    this.#durability = durability;
    this.#crash = crash;
    this.#prng = new Prng(seed);
    this.#expected = new Expected(seed);
  }

  async run(): Promise<void> {
    const disk = new MemoryDisk(this.#prng.fork('disk'));
    disk.onCall = (call) => {
      this.#crashAt(disk, call);
    };
    const file = open(disk, this.#durability, this.#store);
    this.#file = file;
    this.#positions.push(file.log.position);
    for (let n = 1; n <= WRITES; n++) {
      execute(this.#seed, n, this.#store, file.log);
      this.#positions.push(file.log.position);
      if (this.#prng.chance(0.4)) file.write();
      if (this.#prng.chance(0.5)) await new Promise((resolve) => setImmediate(resolve));
    }
    this.rewrites = file.rewrites;
    await file.close();
    assert.equal(file.durablePosition, file.log.position);
    assert.deepEqual(disk.paths(), [PATH]);
  }

  /** Writes that were acknowledged, if replies leave as soon as they may. */
  #acknowledged(): number {
    const durable = this.#file?.durablePosition ?? 0;
    return this.#positions.findLastIndex((position, n) => n === 0 || position <= durable);
  }

  /** What a restart finds were the crash now: a state that was, with all that was acknowledged. */
  #crashAt(disk: MemoryDisk, call: string): void {
    this.crashes++;
    this.calls.add(call);
    const isPromised = this.#durability === 'disk' || this.#crash === 'process';
    const fewest = isPromised ? Math.max(0, this.#acknowledged()) : 0;
    const store = new ItemStore();
    const reopened = open(disk.afterCrash(this.#crash, this.#prng), this.#durability, store);
    const writes = this.#expected.writesIn(describeStore(store), fewest, this.#positions.length);
    const where = `seed ${this.#seed}, ${this.#durability}, ${this.#crash} crash at ${call}`;
    assert.notEqual(writes, null, `${where}: of ${fewest} acknowledged writes some are lost`);
    // The restart itself can be cut short as well, and goes on where the log ends.
    execute(this.#seed, (writes ?? 0) + 1, store, reopened.log);
    reopened.write();
    assert.equal(reopened.log.position, reopened.writtenPosition);
  }
}

const CASES: readonly [Durability, Crash][] = [
  ['process', 'process'],
  ['process', 'power'],
  ['disk', 'process'],
  ['disk', 'power'],
];

for (const [durability, crash] of CASES) {
  test(`log file: ${durability}, a ${crash} crash at any call, rewrites included, loses nothing promised`, async () => {
    let rewrites = 0;
    const calls = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = new CrashingRun(seed, durability, crash);
      await run.run();
      rewrites += run.rewrites;
      for (const call of run.calls) calls.add(call);
    }
    assert.ok(rewrites >= 2 * SEEDS, `${rewrites} rewrites in ${SEEDS} runs`);
    for (const call of [
      'write',
      'sync',
      'synced',
      'rename',
      'renamed',
      'syncFolder',
      'syncedFolder',
      'close',
    ]) {
      assert.ok(calls.has(call), `some run crashed at ${call}`);
    }
  });
}
