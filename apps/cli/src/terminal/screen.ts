/** The part of a terminal that is drawn anew again and again. */
import type { WriteStream } from 'node:tty';

const CLEAR_TO_END_OF_LINE = '\x1b[K';
const CLEAR_TO_END_OF_SCREEN = '\x1b[J';

/** Where text goes: a terminal, a pipe, or what a test holds. */
export type TextStream = Pick<NodeJS.WritableStream, 'write'> &
  Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>;

/**
 * A block at the bottom of what was printed, replaced by the next one.
 *
 * Nothing is switched off or hidden, so that a process that is killed leaves the terminal as it should be.
 */
export class Screen {
  readonly #stream: TextStream;
  /** Lines of the block that stand there now. */
  #lines = 0;

  constructor(stream: TextStream) {
    this.#stream = stream;
  }

  get columns(): number {
    return this.#stream.columns ?? 80;
  }

  /** Rows that a block may have. */
  get rows(): number {
    return (this.#stream.rows ?? 24) - 1;
  }

  /** Puts a block in the place of the last one. Longer lines are cut, as the terminal would wrap them. */
  draw(block: readonly string[]): void {
    const lines = block.slice(0, this.rows).map((line) => line.slice(0, this.columns - 1));
    const body = lines.map((line) => `${line}${CLEAR_TO_END_OF_LINE}\n`).join('');
    this.#stream.write(`${this.#up()}${body}${CLEAR_TO_END_OF_SCREEN}`);
    this.#lines = lines.length;
  }

  /** Takes the block away; what is printed next stands in its place. */
  clear(): void {
    if (this.#lines > 0) this.#stream.write(`${this.#up()}${CLEAR_TO_END_OF_SCREEN}`);
    this.#lines = 0;
  }

  #up(): string {
    return this.#lines === 0 ? '' : `\x1b[${this.#lines}A\r`;
  }
}
