/** Histories in files, one JSON document a line; libs/checkers/README.md documents the fields. */
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { historyLines, type Operation } from '@ballast/checkers';

/** Lines are gathered to about so many characters before a write. */
const WRITE_CHARACTERS = 1 << 16;
const READ_BYTES = 1 << 16;
/** A line that goes on for longer is handed over as it is, for the parser to refuse. */
const LINE_CHARACTERS_MAX = 1 << 20;

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

/** The lines of a file, without their line feeds. Holds one chunk of the file at a time. */
export function* linesOfFile(path: string): Generator<string, void, undefined> {
  const descriptor = openSync(path, 'r');
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(READ_BYTES);
  let rest = '';
  try {
    for (;;) {
      const bytes = readSync(descriptor, chunk);
      rest += decoder.decode(chunk.subarray(0, bytes), { stream: bytes > 0 });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
      if (bytes > 0 && rest.length <= LINE_CHARACTERS_MAX) continue;
      if (rest !== '') yield rest;
      rest = '';
      if (bytes === 0) return;
    }
  } finally {
    closeSync(descriptor);
  }
}
