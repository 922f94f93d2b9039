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
  /** How often each name of a run was appended. */
  readonly #runs = new Map<string, number>();

  /** Makes the file, or empties it. */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'w');
  }

  /** Adds a run. One of the same name again, as of a parameter given twice, stands as '<run>-2'. */
  append(run: string, operations: Iterable<Operation>): void {
    const times = (this.#runs.get(run) ?? 0) + 1;
    this.#runs.set(run, times);
    const name = times === 1 ? run : `${run}-${times}`;
    let text = '';
    for (const line of historyLines(inRun(name, operations))) {
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
