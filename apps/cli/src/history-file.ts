import { closeSync, openSync, writeFileSync } from 'node:fs';
import { historyLines, type Operation } from '@ballast/checkers';

/** Lines are gathered to about so many characters before a write. */
const WRITE_CHARACTERS = 1 << 16;

/**
 * Collects the histories of several runs in one file. A key stands as '<run>/<key>': runs share their keys,
 * and a checker that judges each key by itself then judges each run by itself.
 */
export class HistoryFile {
  readonly #descriptor: number;

  /** Makes the file, or empties it. */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'w');
  }

  append(run: string, operations: Iterable<Operation>): void {
    let text = '';
    for (const line of historyLines(inRun(run, operations))) {
      text += `${line}\n`;
      if (text.length < WRITE_CHARACTERS) continue;
      writeFileSync(this.#descriptor, text);
      text = '';
    }
    writeFileSync(this.#descriptor, text);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function* inRun(run: string, operations: Iterable<Operation>): Generator<Operation, void, undefined> {
  for (const operation of operations) yield { ...operation, key: `${run}/${operation.key}` };
}
