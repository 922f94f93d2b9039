/**
 * The calls to the file system that a write log makes. One interface, so that tests can let each of them
 * fail, stop the process at it, or lose what was not synced.
 */
import * as fs from 'node:fs';
import { open as openLater } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';

export interface LogDisk {
  /** Keeps all others from `path` until the process ends or the lock is released. Throws LogLocked. */
  lock(path: string): () => void;
  /** Opens a file for reading and writing; makes an empty one when there is none, or when `isFresh`. */
  open(path: string, isFresh: boolean): number;
  size(file: number): number;
  /** Reads up to the length of `target`; gives how many bytes, 0 at the end. */
  read(file: number, target: Uint8Array, position: number): number;
  /** Writes bytes [start, end) at `position`; gives how many were written. */
  write(file: number, bytes: Uint8Array, start: number, end: number, position: number): number;
  truncate(file: number, bytes: number): void;
  /** Puts what was written on the disk, and blocks until it is there. */
  syncNow(file: number): void;
  /** As `syncNow`, in the background. */
  sync(file: number): Promise<void>;
  close(file: number): void;
  rename(from: string, to: string): void;
  /** Removes a file, if it is there; says whether it was. */
  remove(path: string): boolean;
  /** Puts the names in the folder of `path` on the disk: that of a new file, a rename. Blocks. */
  syncFolderNow(path: string): void;
  /** As `syncFolderNow`, in the background. */
  syncFolder(path: string): Promise<void>;
}

/** Another process has the log. */
export class LogLocked extends Error {
  override name = 'LogLocked';
  readonly pid: number;

  constructor(pid: number) {
    super(`locked by process ${pid}`);
    this.pid = pid;
  }
}

const SQLITE_BUSY = 5;

export const nodeDisk: LogDisk = {
  lock: lockFile,
  open: (path, isFresh) =>
    fs.openSync(
      path,
      fs.constants.O_RDWR | fs.constants.O_CREAT | (isFresh ? fs.constants.O_TRUNC : 0),
      0o644,
    ),
  size: (file) => fs.fstatSync(file).size,
  read: (file, target, position) => fs.readSync(file, target, 0, target.length, position),
  write: (file, bytes, start, end, position) => fs.writeSync(file, bytes, start, end - start, position),
  truncate: (file, bytes) => {
    fs.ftruncateSync(file, bytes);
  },
  syncNow: (file) => {
    fs.fdatasyncSync(file);
  },
  sync: promisify(fs.fdatasync),
  close: (file) => {
    fs.closeSync(file);
  },
  rename: (from, to) => {
    fs.renameSync(from, to);
  },
  remove: (path) => {
    if (!fs.existsSync(path)) return false;
    fs.rmSync(path);
    return true;
  },
  syncFolderNow: (path) => {
    const folder = fs.openSync(dirname(path), 'r');
    try {
      fs.fsyncSync(folder);
    } finally {
      fs.closeSync(folder);
    }
  },
  syncFolder: async (path) => {
    await using folder = await openLater(dirname(path), 'r');
    await folder.sync();
  },
};

/**
 * Node has no locks of files that end with their process, and a file with a process id in it outlives its
 * process, whose id another one may have by then. SQLite takes such locks on every system: the lock is a
 * database `path.lock` in the midst of a write. Its `user_version` is the id of the process that holds it.
 */
function lockFile(path: string): () => void {
  const database = new DatabaseSync(`${path}.lock`, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN IMMEDIATE');
    database.exec(`PRAGMA user_version = ${process.pid}; COMMIT; BEGIN IMMEDIATE`);
  } catch (error) {
    const holder = isBusy(error) ? database.prepare('PRAGMA user_version').get() : undefined;
    database.close();
    if (holder === undefined) throw error;
    throw new LogLocked(Number(holder.user_version));
  }
  return () => {
    database.close();
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
