import type { LogDisk } from './log-disk.ts';

/** A file that grows at its end. */
export class AppendFile {
  readonly #disk: LogDisk;
  readonly #file: number;
  #bytes: number;

  constructor(disk: LogDisk, file: number, bytes: number) {
    this.#disk = disk;
    this.#file = file;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Writes all of it, in as many calls as the system takes. After an error the file may end in a part of it.
   */
  append(bytes: Uint8Array): void {
    let start = 0;
    while (start < bytes.length) {
      const written = this.#write(bytes, start);
      if (written === 0) throw new Error('the system wrote nothing and gave no reason');
      start += written;
      this.#bytes += written;
    }
  }

  /** Resolves when what was appended before the call is on the disk. */
  sync(): Promise<void> {
    return this.#disk.sync(this.#file);
  }

  /** As `sync`, but blocks until it is there. */
  syncNow(): void {
    this.#disk.syncNow(this.#file);
  }

  close(): void {
    this.#disk.close(this.#file);
  }

  #write(bytes: Uint8Array, start: number): number {
    for (;;) {
      try {
        return this.#disk.write(this.#file, bytes, start, bytes.length, this.#bytes);
      } catch (error) {
        if (codeOf(error) !== 'EINTR') throw error;
      }
    }
  }
}

/** What went wrong, in few words: the code of the system where there is one (ENOSPC). */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code !== undefined && /^E[A-Z0-9]+$/.test(code)) return code;
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
