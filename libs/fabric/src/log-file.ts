/**
 * The file of a server's write log: kept at the level `process` or `disk`, replayed at the start, rewritten
 * when it has grown. What each level promises, and what happens when: docs/durability.md.
 *
 *     const store = new ItemStore();
 *     const file = LogFile.open({ path: 'server0.log', durability: 'disk', store, hasher, onDurable });
 *     // For each batch: the server puts into `store` and into `file.log`, then:
 *     file.write();
 *     // Replies to writes up to `file.durablePosition` may leave.
 *
 * Only waits for the disk happen in the background, and many writes share one wait.
 */
import { assert } from '@ballast/base';
import { type ItemStore, type KeyHasher, RECORD_HEAD_BYTES, WriteLog } from '@ballast/pegasus';
import { type AppendFile, reasonOf } from './append-file.ts';
import { type LogDisk, nodeDisk } from './log-disk.ts';
import { LogError } from './log-error.ts';
import { LogRewrite, rewritePath } from './log-rewrite.ts';
import { type OpenedLog, openLog } from './open-log.ts';

/** `process`: survives the end of the process. `disk`: survives a loss of power as well. */
export type Durability = 'process' | 'disk';

export interface LogFileOptions {
  readonly path: string;
  readonly durability: Durability;
  /** Empty; gets what the log holds. From then on it changes only together with the log. */
  readonly store: ItemStore;
  readonly hasher: KeyHasher;
  /** More of the log is durable. Called within `write` (process), or when a sync is over (disk). */
  readonly onDurable?: (position: number) => void;
  /** The log can be kept no longer; `write` throws from now on. Called once. */
  readonly onFailure?: (error: LogError) => void;
  /** What an operator should read: a torn tail that was cut off, a rewrite that was given up. */
  readonly warn?: (message: string) => void;
  /** Called now and then while a long log is replayed: how many of its bytes are done. */
  readonly onReplay?: (doneBytes: number, bytes: number) => void;
  /** A smaller log is not rewritten. Default: 64 MiB. */
  readonly rewriteBytesMin?: number;
  /** So much of a rewrite happens at a time, and then the server goes on. Default: 256 KiB. */
  readonly rewriteSliceBytes?: number;
  readonly disk?: LogDisk;
}

const REWRITE_BYTES_MIN = 64 * 1024 * 1024;
/** Below a millisecond of work. */
const REWRITE_SLICE_BYTES = 256 * 1024;
/** A log is rewritten when it is so many times as large as it would be afterwards. */
const REWRITE_RATIO = 2;

export class LogFile {
  /** The server appends to it. */
  readonly log: WriteLog;
  /** Records that the log held when it was opened. */
  readonly recordsReplayed: number;
  /** There was no log, or nothing of it was left. */
  readonly isNew: boolean;
  readonly #options: LogFileOptions;
  readonly #disk: LogDisk;
  readonly #unlock: () => void;
  #file: AppendFile;
  #written: number;
  #durable: number;
  #failure: LogError | null = null;
  #sync: Promise<void> | null = null;
  #rewrite: LogRewrite | null = null;
  /** The rewrite with all that follows it. */
  #rewriting: Promise<void> | null = null;
  #rewrites = 0;
  #syncs = 0;
  #rewriteAboveBytes: number;
  #isClosed = false;

  private constructor(options: LogFileOptions, disk: LogDisk, { file, replay, unlock }: OpenedLog) {
    this.#options = options;
    this.#disk = disk;
    this.#unlock = unlock;
    this.#file = file;
    this.#written = replay.validBytes;
    this.#durable = replay.validBytes;
    this.#rewriteAboveBytes = options.rewriteBytesMin ?? REWRITE_BYTES_MIN;
    this.recordsReplayed = replay.records;
    this.isNew = replay.validBytes === 0;
    this.log = new WriteLog(replay.validBytes);
  }

  /**
   * Opens a log, or begins one, and replays it into the store. Blocks.
   *
   * Throws LogError LOG_LOCKED, LOG_UNUSABLE, LOG_DAMAGED.
   */
  static open(options: LogFileOptions): LogFile {
    assert(options.store.size === 0, 'a log is replayed into an empty store');
    const { path, store, hasher, durability, warn = noWarning, onReplay, disk = nodeDisk } = options;
    const isSynced = durability === 'disk';
    return new LogFile(options, disk, openLog({ disk, path, store, hasher, warn, onReplay, isSynced }));
  }

  /** Everything below is in the file. Counted as `log.position`. */
  get writtenPosition(): number {
    return this.#written;
  }
  /** Everything below survives what the level of durability says. Never more than was written. */
  get durablePosition(): number {
    return this.#durable;
  }
  /** Less than the position once the file was rewritten. */
  get fileBytes(): number {
    return this.#file.bytes;
  }
  /** Group commits that are over, since it was opened. */
  get syncs(): number {
    return this.#syncs;
  }
  /** How often the file was rewritten since it was opened. */
  get rewrites(): number {
    return this.#rewrites;
  }

  /**
   * Writes what the log collected since the last call, if anything. Blocks until the operating system has
   * it; a sync is left to the background.
   *
   * Throws LogError LOG_WRITE_FAILED, from then on always: the server must acknowledge no write any more.
   */
  write(): void {
    if (this.#failure !== null) throw this.#failure;
    assert(!this.#isClosed, 'a log that is closed is not written to');
    if (this.log.position === this.#written) return;
    this.log.take(this.#append);
    if (this.#options.durability === 'disk') this.#startSync();
    else this.#advance(this.#written);
    this.#rewriteIfLarge();
  }

  /** As `write`, but at level `disk`, too, all of it is durable on return. LogError LOG_WRITE_FAILED. */
  writeDurably(): void {
    this.write();
    if (this.#durable === this.#written) return;
    try {
      this.#file.syncNow();
    } catch (error) {
      throw this.#fail('sync', error);
    }
    this.#advance(this.#written);
  }

  /** Resolves when all that was written is durable, and no rewrite goes on. */
  async settled(): Promise<void> {
    while (this.#sync !== null || this.#rewriting !== null) {
      await this.#sync;
      await this.#rewriting;
    }
  }

  /** Writes what is left, waits until it is durable, frees file and lock. LogError LOG_WRITE_FAILED. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    try {
      if (this.#failure === null) this.write();
    } finally {
      this.#isClosed = true;
      await this.settled();
      this.#file.close();
      this.#unlock();
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #append = (bytes: Uint8Array): void => {
    try {
      this.#file.append(bytes);
    } catch (error) {
      throw this.#fail('write', error);
    }
    this.#written += bytes.length;
    this.#appendToRewrite(bytes);
  };

  #appendToRewrite(bytes: Uint8Array): void {
    const rewrite = this.#rewrite;
    if (rewrite === null) return;
    rewrite.append(bytes);
    try {
      // A restart would read this file: what it lacks is lost.
      if (rewrite.hasPlace) rewrite.check();
    } catch (error) {
      throw this.#fail('write', error);
    }
  }

  /** Group commit: what is written during a sync waits for the next one, all of it together. */
  #startSync(): void {
    if (this.#sync !== null || this.#durable === this.#written || this.#failure !== null) return;
    this.#sync = this.#syncOnce().then(() => {
      this.#sync = null;
      this.#startSync();
    });
  }

  async #syncOnce(): Promise<void> {
    const position = this.#written;
    const rewrite = this.#rewrite?.isJoined === true ? this.#rewrite : null;
    try {
      await Promise.all([this.#file.sync(), rewrite?.sync()]);
      if (rewrite?.hasPlace === true) rewrite.check();
    } catch (error) {
      // Never tried again: the system may have dropped what it could not write, and would say all is well.
      this.#fail('sync', error);
    }
    this.#syncs++;
    // A write that blocked may have been ahead of it.
    if (this.#failure === null && position > this.#durable) this.#advance(position);
  }

  #advance(position: number): void {
    this.#durable = position;
    this.#options.onDurable?.(position);
  }

  #rewriteIfLarge(): void {
    const { bytes } = this.#file;
    if (this.#rewriting !== null || bytes <= this.#rewriteAboveBytes) return;
    const { store } = this.#options;
    const liveBytes = store.contentBytes + store.size * RECORD_HEAD_BYTES;
    if (bytes <= REWRITE_RATIO * liveBytes) return;
    this.#rewriting = this.#replaceFile().finally(() => {
      this.#rewriting = null;
    });
  }

  /** Never rejected. */
  async #replaceFile(): Promise<void> {
    const { path, store, rewriteBytesMin = REWRITE_BYTES_MIN, warn } = this.#options;
    let rewrite: LogRewrite | null = null;
    try {
      rewrite = new LogRewrite(this.#disk, path, store);
      this.#rewrite = rewrite;
      await this.#fill(rewrite);
      rewrite.takePlace();
      // Until the new name is on the disk the old file may come back: both are kept.
      await this.#disk.syncFolder(path);
      rewrite.check();
    } catch (error) {
      this.#rewrite = null;
      if (rewrite?.hasPlace === true) return void this.#fail('sync', error);
      await this.#sync; // May be syncing the file that is closed now.
      rewrite?.giveUp();
      this.#rewriteAboveBytes = REWRITE_RATIO * this.#file.bytes;
      warn?.(`${rewritePath(path)}: given up (${reasonOf(error)}); the log goes on, and grows`);
      return;
    }
    const old = this.#file;
    this.#file = rewrite.file;
    this.#rewrite = null;
    this.#rewrites++;
    this.#rewriteAboveBytes = rewriteBytesMin;
    await this.#sync;
    old.close();
  }

  /** Brings the new file to where it has all that was promised, and will have all that is. */
  async #fill(rewrite: LogRewrite): Promise<void> {
    const { rewriteSliceBytes: sliceBytes = REWRITE_SLICE_BYTES } = this.#options;
    for (;;) {
      if (this.#isClosed) throw new Error('the log is closed');
      rewrite.check();
      this.write();
      if (!rewrite.writeSlice(sliceBytes)) break;
      await nextTurn();
    }
    // Most of it now, so that no group commit has to wait for so much.
    await rewrite.sync();
    rewrite.isJoined = true;
    // What syncs of the old file alone have made durable or soon will, this one covers.
    await rewrite.sync();
  }

  #fail(operation: 'write' | 'sync', cause: unknown): LogError {
    if (this.#failure !== null) return this.#failure;
    const { path, onFailure } = this.#options;
    const reason = reasonOf(cause);
    this.#failure = new LogError({ code: 'LOG_WRITE_FAILED', path, operation, reason }, { cause });
    onFailure?.(this.#failure);
    return this.#failure;
  }
}

function noWarning(): void {
  // Nobody wants to read it.
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
