/**
 * The file of a controller's journal (journal-text.ts): appended to before the controller acts, synced in the
 * background at level `disk`, while what the controller sends waits.
 */
import type { ControllerJournal } from '@ballast/rack';
import { journalHeader, journalLine, type LedgerRecord, replayJournal } from '@ballast/pegasus';
import { AppendFile, reasonOf } from './append-file.ts';
import { type LogDisk, LogLocked } from './log-disk.ts';
import { LogError } from './log-error.ts';
import type { Durability } from './log-file.ts';
import { rewritePath } from './log-rewrite.ts';
import { cutTornTail, readWhole } from './open-log.ts';

export interface JournalFileOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly disk: LogDisk;
  readonly warn: (message: string) => void;
  /** All of it has become durable. */
  readonly onDurable: () => void;
  /** It can be kept no longer, and does not become durable any more. Called once. */
  readonly onFailure: (error: LogError) => void;
}

export class JournalFile implements ControllerJournal {
  readonly #options: JournalFileOptions;
  readonly #unlock: () => void;
  #file: AppendFile;
  #durable: number;
  #records: LedgerRecord[];
  #failure: LogError | null = null;
  #sync: Promise<void> | null = null;
  #syncs = 0;

  private constructor(options: JournalFileOptions, unlock: () => void) {
    this.#options = options;
    this.#unlock = unlock;
    const { file, records } = this.#load();
    this.#file = file;
    this.#records = [...records];
    this.#durable = file.bytes;
  }

  /** Opens a journal, or begins one. Blocks. LogError LOG_LOCKED, LOG_UNUSABLE, LOG_DAMAGED. */
  static open(options: JournalFileOptions): JournalFile {
    const { path, disk } = options;
    let unlock: (() => void) | null = null;
    try {
      // First, because its errors say more than those of the lock.
      disk.close(disk.open(path, false));
      unlock = disk.lock(path);
      disk.remove(rewritePath(path));
      return new JournalFile(options, unlock);
    } catch (error) {
      unlock?.();
      if (error instanceof LogError) throw error;
      if (error instanceof LogLocked) throw new LogError({ code: 'LOG_LOCKED', path, pid: error.pid });
      throw new LogError({ code: 'LOG_UNUSABLE', path, reason: reasonOf(error) }, { cause: error });
    }
  }

  get isDurable(): boolean {
    return this.#failure === null && this.#durable === this.#file.bytes;
  }
  get fileBytes(): number {
    return this.#file.bytes;
  }
  /** Since it was opened. */
  get syncs(): number {
    return this.#syncs;
  }
  get failure(): LogError | null {
    return this.#failure;
  }

  /** Whether nothing was ever told to it. */
  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  read(): readonly LedgerRecord[] {
    return [...this.#records];
  }

  append(record: LedgerRecord): void {
    this.#records.push(record);
    this.#guard('write', () => {
      this.#file.append(journalLine(record));
    });
    this.#madeLonger();
  }

  rewrite(records: readonly LedgerRecord[]): void {
    this.#records = [...records];
    this.#guard('write', () => {
      this.#replace(records);
    });
  }

  /** Waits until all is durable, frees file and lock. */
  async close(): Promise<void> {
    while (this.#sync !== null) await this.#sync;
    this.#file.close();
    this.#unlock();
  }

  #load(): { readonly file: AppendFile; readonly records: readonly LedgerRecord[] } {
    const { path, disk, durability, warn } = this.#options;
    const handle = disk.open(path, false);
    try {
      const bytes = readWhole(disk, handle);
      const { records, validBytes, damage } = replayJournal(bytes);
      cutTornTail({ disk, path, handle, warn }, bytes.length, { damage, validBytes });
      const file = new AppendFile(disk, handle, validBytes);
      if (validBytes === 0) file.append(journalHeader());
      if (durability === 'disk') file.syncNow();
      if (validBytes === 0) disk.syncFolderNow(path);
      return { file, records };
    } catch (error) {
      disk.close(handle);
      throw error;
    }
  }

  /** All or nothing: a new file takes the name of the old one when it is whole. */
  #replace(records: readonly LedgerRecord[]): void {
    const { path, disk, durability } = this.#options;
    const file = new AppendFile(disk, disk.open(rewritePath(path), true), 0);
    file.append(Buffer.concat([journalHeader(), ...records.map(journalLine)]));
    if (durability === 'disk') file.syncNow();
    disk.rename(rewritePath(path), path);
    if (durability === 'disk') disk.syncFolderNow(path);
    const old = this.#file;
    this.#file = file;
    this.#durable = file.bytes;
    // A sync of the old file may be under way.
    void (this.#sync ?? Promise.resolve()).then(() => {
      old.close();
    });
  }

  #madeLonger(): void {
    if (this.#failure !== null) return;
    if (this.#options.durability === 'process') this.#durable = this.#file.bytes;
    else this.#startSync();
  }

  /** What is told to it during a sync waits for the next one, all of it together. */
  #startSync(): void {
    if (this.#sync !== null || this.isDurable || this.#failure !== null) return;
    this.#sync = this.#syncOnce().then(() => {
      this.#sync = null;
      if (this.isDurable) this.#options.onDurable();
      else this.#startSync();
    });
  }

  async #syncOnce(): Promise<void> {
    const file = this.#file;
    const { bytes } = file;
    try {
      await file.sync();
    } catch (error) {
      this.#fail('sync', error);
      return;
    }
    this.#syncs++;
    if (file === this.#file) this.#durable = Math.max(this.#durable, bytes);
  }

  /** An error is not thrown: the controller is no place for it. It hears nothing, and nobody hears it. */
  #guard(operation: 'write' | 'sync', act: () => void): void {
    if (this.#failure !== null) return;
    try {
      act();
    } catch (error) {
      this.#fail(operation, error);
    }
  }

  #fail(operation: 'write' | 'sync', cause: unknown): void {
    if (this.#failure !== null) return;
    const { path, onFailure } = this.#options;
    const reason = reasonOf(cause);
    this.#failure = new LogError({ code: 'LOG_WRITE_FAILED', path, operation, reason }, { cause });
    onFailure(this.#failure);
  }
}
