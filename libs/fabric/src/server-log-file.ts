/** The write log of one server of a rack on the wall clock: a LogFile for each life of the server. */
import { assert, NEVER } from '@ballast/base';
import type { ItemStore, KeyHasher } from '@ballast/pegasus';
import type { OpenedServerLog, ServerLog } from '@ballast/rack';
import type { LogDisk } from './log-disk.ts';
import { LogError } from './log-error.ts';
import { type Durability, LogFile } from './log-file.ts';

export interface ServerLogFileOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly disk: LogDisk;
  readonly warn: (message: string) => void;
  readonly onReplay: (doneBytes: number, bytes: number) => void;
  /** More has become durable, outside of a call. */
  readonly onDurable: () => void;
  /** Nothing becomes durable any more in this life of the server. */
  readonly onFailure: (error: LogError) => void;
}

export class ServerLogFile implements ServerLog {
  readonly deadlineNs = NEVER;
  readonly #options: ServerLogFileOptions;
  #file: LogFile | null = null;
  /** Of the life that is over. */
  #closing: Promise<void> | null = null;
  #failure: LogError | null = null;
  #recordsReplayed = 0;
  /** Of the lives that are over. */
  #pastSyncs = 0;
  #pastRewrites = 0;
  #lastBytes = 0;

  constructor(options: ServerLogFileOptions) {
    this.#options = options;
  }

  get durablePosition(): number {
    return this.#file?.durablePosition ?? 0;
  }
  get fileBytes(): number {
    return this.#file?.fileBytes ?? this.#lastBytes;
  }
  /** Written, but not yet what the level of durability promises. */
  get pendingBytes(): number {
    return this.#file === null ? 0 : this.#file.writtenPosition - this.#file.durablePosition;
  }
  /** Group commits since the rack was started. */
  get syncs(): number {
    return this.#pastSyncs + (this.#file?.syncs ?? 0);
  }
  get rewrites(): number {
    return this.#pastRewrites + (this.#file?.rewrites ?? 0);
  }
  /** When it was opened last. */
  get recordsReplayed(): number {
    return this.#recordsReplayed;
  }
  /** Why it is not kept at the moment. */
  get failure(): LogError | null {
    return this.#failure;
  }

  /** Precondition: `closed` has been waited for. LogError LOG_LOCKED, LOG_UNUSABLE, LOG_DAMAGED. */
  open(store: ItemStore, hasher: KeyHasher): OpenedServerLog {
    assert(this.#file === null && this.#closing === null, 'a log has one server at a time');
    const { onDurable, onFailure, ...options } = this.#options;
    const file = LogFile.open({
      ...options,
      store,
      hasher,
      // Within `write` the server looks for itself.
      ...(options.durability === 'disk' ? { onDurable } : {}),
      onFailure: (error) => {
        this.#failure = error;
        onFailure(error);
      },
    });
    this.#failure = null;
    this.#file = file;
    this.#recordsReplayed = file.recordsReplayed;
    return { log: file.log, isEmpty: file.isNew };
  }

  write(): void {
    try {
      this.#file?.write();
    } catch (error) {
      // `onFailure` has told; what was not written never becomes durable, so no answer to it leaves.
      if (!(error instanceof LogError)) throw error;
    }
  }

  timeout(): void {
    // Syncs end in the background.
  }

  settle(): void {
    this.#file?.writeDurably();
  }

  crash(): void {
    const file = this.#file;
    if (file === null) return;
    this.#file = null;
    this.#pastSyncs += file.syncs;
    this.#pastRewrites += file.rewrites;
    this.#lastBytes = file.fileBytes;
    const isOver = (): void => {
      this.#closing = null;
    };
    // What it could not keep was told already.
    this.#closing = file.close().then(isOver, isOver);
  }

  /** Resolves when the log of a life that is over is closed, and may be opened again. */
  async closed(): Promise<void> {
    await this.#closing;
  }
}
