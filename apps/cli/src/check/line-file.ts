import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 1 << 16;
/** A line that goes on for longer is handed over in pieces: nothing that we read has such lines. */
const LINE_CHARACTERS_MAX = 1 << 20;

/** A text file, read line by line: histories may be larger than the memory. */
export class LineFile {
  readonly #descriptor: number;
  /** Size of the file; 0 for a pipe. */
  readonly bytes: number;
  bytesRead = 0;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
    this.bytes = fstatSync(this.#descriptor).size;
  }

  /** Each line without its line feed. Once only. */
  *lines(): Generator<string, void, undefined> {
    const decoder = new TextDecoder();
    const chunk = new Uint8Array(CHUNK_BYTES);
    let rest = '';
    for (let bytes = 1; bytes > 0;) {
      bytes = readSync(this.#descriptor, chunk);
      this.bytesRead += bytes;
      rest += decoder.decode(chunk.subarray(0, bytes), { stream: bytes > 0 });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
      if (rest.length < LINE_CHARACTERS_MAX && bytes > 0) continue;
      if (rest !== '') yield rest;
      rest = '';
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
