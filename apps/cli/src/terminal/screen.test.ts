import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Screen, type TextStream } from './screen.ts';

/** A terminal that knows as much of VT100 as a Screen uses: `\x1b[nA`, `\x1b[K`, `\x1b[J`, `\r`, `\n`. */
class Terminal implements TextStream {
  readonly isTTY = true;
  readonly columns: number;
  readonly rows: number;
  readonly lines: string[] = [''];
  #row = 0;

  constructor({ columns = 80, rows = 24 }: { columns?: number; rows?: number } = {}) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): boolean {
    for (const [part] of text.matchAll(/\x1b\[(\d*)[AKJ]|\n|\r|[^\x1b\n\r]+/g)) this.#take(part);
    return true;
  }

  #take(part: string): void {
    if (part === '\n') this.#row++;
    else if (part.endsWith('A') && part.startsWith('\x1b')) this.#row -= Number(part.slice(2, -1));
    else if (part === '\x1b[J') this.lines.length = this.#row;
    else if (!part.startsWith('\x1b') && part !== '\r') this.lines[this.#row] = part;
  }
}

test('screen: a block takes the place of the one before, shorter or longer', () => {
  const terminal = new Terminal();
  const screen = new Screen(terminal);
  terminal.write('title\n');
  screen.draw(['a', 'b', 'c']);
  screen.draw(['d']);
  assert.deepEqual(terminal.lines, ['title', 'd']);
  screen.draw(['e', 'f']);
  assert.deepEqual(terminal.lines, ['title', 'e', 'f']);
});

test('screen: after it was cleared, what is printed stands where it was', () => {
  const terminal = new Terminal();
  const screen = new Screen(terminal);
  screen.draw(['a', 'b']);
  screen.clear();
  terminal.write('result\n');
  screen.draw(['c']);
  assert.deepEqual(terminal.lines, ['result', 'c']);
});

test('screen: a block never wraps or scrolls, or it could not be taken back', () => {
  const terminal = new Terminal({ columns: 6, rows: 4 });
  new Screen(terminal).draw(['123456789', 'b', 'c', 'd', 'e']);
  assert.deepEqual(terminal.lines, ['12345', 'b', 'c']);
});
