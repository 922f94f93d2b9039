import { assert } from '@ballast/base';
import { TraceError } from './trace-error.ts';

/** Longest line. A longer one means that the input is no text, and must not fill the memory. */
export const LINE_BYTES_MAX = 65_536;

const LF = 0x0a;
const CR = 0x0d;

/**
 * Lines out of chunks of bytes that end anywhere, even inside a character. Does no I/O.
 *
 *   splitter.feed(chunk); while (splitter.next()) use(splitter.bytes, splitter.start, splitter.end)
 *   splitter.finish();    if (splitter.next()) …     a last line without a line feed
 *
 * Lines end with LF or CR LF. A line inside one chunk is not copied.
 */
export class LineSplitter {
  /** The present line is bytes start ... end - 1 of this array, valid until the next call of a method. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Its number, from 1. */
  line = 0;
  #chunk: Uint8Array = new Uint8Array(0);
  #position = 0;
  /** The beginning of a line whose end is in a chunk to come. */
  readonly #partial = new Uint8Array(LINE_BYTES_MAX);
  #partialBytes = 0;
  #finished = false;

  /** Takes the next chunk, which must stay unchanged until `next` answers false. Precondition: it has. */
  feed(chunk: Uint8Array): void {
    assert(this.#position === this.#chunk.length, 'the chunk before is used up');
    assert(!this.#finished, 'nothing follows the end of the input');
    this.#chunk = chunk;
    this.#position = 0;
  }

  /** No chunk follows: what is left over is the last line. */
  finish(): void {
    this.#finished = true;
  }

  /** Moves to the next line. False when it needs another chunk, or after `finish` when there is none. */
  next(): boolean {
    const lineFeed = this.#chunk.indexOf(LF, this.#position);
    if (lineFeed < 0) {
      this.#keep(this.#chunk.length);
      if (!this.#finished || this.#partialBytes === 0) return false;
      this.#present(this.#partial, 0, this.#partialBytes);
      this.#partialBytes = 0;
      return true;
    }
    if (this.#partialBytes > 0) {
      this.#keep(lineFeed);
      this.#present(this.#partial, 0, this.#partialBytes);
      this.#partialBytes = 0;
    } else {
      if (lineFeed - this.#position > LINE_BYTES_MAX) this.#refuseLength();
      this.#present(this.#chunk, this.#position, lineFeed);
    }
    this.#position = lineFeed + 1;
    return true;
  }

  #present(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end > start && bytes[end - 1] === CR ? end - 1 : end;
    this.line++;
  }

  /** Appends the chunk up to `end` to the line begun before. */
  #keep(end: number): void {
    const bytes = end - this.#position;
    if (this.#partialBytes + bytes > LINE_BYTES_MAX) this.#refuseLength();
    this.#partial.set(this.#chunk.subarray(this.#position, end), this.#partialBytes);
    this.#partialBytes += bytes;
    this.#position = end;
  }

  #refuseLength(): never {
    throw new TraceError({ code: 'LINE_TOO_LONG', line: this.line + 1, bytesMax: LINE_BYTES_MAX });
  }
}
