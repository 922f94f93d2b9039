/**
 * A new file in the place of a log that has grown: one record for each item, then what is written meanwhile.
 *
 * Items are written in slices between batches of the log, each as it is at that instant, and every batch goes
 * to both files. So in the new file, too, the last record of a key is its newest.
 */
import { type ItemStore, WriteLog } from '@ballast/pegasus';
import { AppendFile } from './append-file.ts';
import type { LogDisk } from './log-disk.ts';

/** Of the file in the making. */
export function rewritePath(path: string): string {
  return `${path}.rewrite`;
}

export class LogRewrite {
  readonly #disk: LogDisk;
  readonly #path: string;
  readonly #store: ItemStore;
  readonly #items = new WriteLog();
  #nextItem = 0;
  #failure: Error | null = null;
  #hasPlace = false;
  readonly file: AppendFile;
  /** Whether group commits wait for this file, too. */
  isJoined = false;

  constructor(disk: LogDisk, path: string, store: ItemStore) {
    this.#disk = disk;
    this.#path = path;
    this.#store = store;
    this.file = new AppendFile(disk, disk.open(rewritePath(path), true), 0);
  }

  /** The file has the name of the log: it cannot be given up any more. */
  get hasPlace(): boolean {
    return this.#hasPlace;
  }

  /**
   * Writes about so many bytes of items that are not written yet; false when there were none. What the log
   * collected must have been written before the call: the slice is the newest state of its items.
   */
  writeSlice(bytes: number): boolean {
    const { itemsEnd } = this.#store;
    if (this.#nextItem >= itemsEnd) return false;
    const end = this.#items.position + bytes;
    for (; this.#nextItem < itemsEnd && this.#items.position < end; this.#nextItem++) {
      if (this.#store.isItem(this.#nextItem)) this.#store.appendTo(this.#nextItem, this.#items);
    }
    this.#items.take((slice) => {
      this.append(slice);
    });
    return true;
  }

  /** Appends a batch of the log. An error does not concern the server: see `check`. */
  append(bytes: Uint8Array): void {
    if (this.#failure !== null) return;
    try {
      this.file.append(bytes);
    } catch (error) {
      this.fail(error);
    }
  }

  /** As `append`, an error waits for `check`. */
  async sync(): Promise<void> {
    try {
      await this.file.sync();
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
  }

  /** Throws the first error. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** Gives the file the name of the log. */
  takePlace(): void {
    this.check();
    this.#disk.rename(rewritePath(this.#path), this.#path);
    this.#hasPlace = true;
  }

  /** Removes the file. What cannot be removed now is removed when the log is opened. */
  giveUp(): void {
    this.file.close();
    try {
      this.#disk.remove(rewritePath(this.#path));
    } catch (error) {
      this.fail(error);
    }
  }
}
