import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from './terminal/failure.ts';

/**
 * Makes a folder for results, with those above it, unless it is there. To be called before the minutes of
 * work whose results it is for.
 *
 * @throws UsageError where nothing can be written
 */
export function makeWritableFolder(path: string): void {
  try {
    makeFolder(resolve(path));
    accessSync(path, constants.W_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`no results can be written to ${path}: ${reason}`, { cause });
  }
}

/** One by one: mkdir's own `recursive` never returns where a file system answers ENOENT, as /proc does. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}
