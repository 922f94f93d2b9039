/** The start of a server with a write log: lock, leftovers, replay, torn tail. All of it blocks. */
import { applyRecord, type ItemStore, type KeyHasher, type LogReplay, replayLog } from '@ballast/pegasus';
import { AppendFile, reasonOf } from './append-file.ts';
import { type LogDisk, LogLocked } from './log-disk.ts';
import { LogError } from './log-error.ts';
import { rewritePath } from './log-rewrite.ts';

/** One call of the system reads at most 2 GiB. */
const READ_BYTES_MAX = 2 ** 30;
/** Some tenths of a second apart. */
const RECORDS_PER_REPORT = 100_000;

export interface OpenedLog {
  readonly file: AppendFile;
  readonly replay: LogReplay;
  readonly unlock: () => void;
}

export interface OpenLogOptions {
  readonly disk: LogDisk;
  readonly path: string;
  readonly store: ItemStore;
  readonly hasher: KeyHasher;
  /** Nothing that is replayed may be lost with the power. */
  readonly isSynced: boolean;
  readonly warn: (message: string) => void;
  /** Called after every so many records. */
  readonly onReplay: ((doneBytes: number, bytes: number) => void) | undefined;
}

/** Throws LogError LOG_LOCKED, LOG_UNUSABLE, LOG_DAMAGED. */
export function openLog(options: OpenLogOptions): OpenedLog {
  const { disk, path } = options;
  let unlock: (() => void) | null = null;
  let handle: number | null = null;
  try {
    // First, because its errors say more than those of the lock: a folder that is not there, no permission.
    handle = disk.open(path, false);
    unlock = disk.lock(path);
    removeRewrite(options);
    const replay = replayFile(options, handle);
    return { file: new AppendFile(disk, handle, replay.validBytes), replay, unlock };
  } catch (error) {
    if (handle !== null) disk.close(handle);
    unlock?.();
    if (error instanceof LogError) throw error;
    if (error instanceof LogLocked) throw new LogError({ code: 'LOG_LOCKED', path, pid: error.pid });
    throw new LogError({ code: 'LOG_UNUSABLE', path, reason: reasonOf(error) }, { cause: error });
  }
}

function replayFile(
  { disk, path, store, hasher, isSynced, warn, onReplay }: OpenLogOptions,
  handle: number,
): LogReplay {
  const bytes = readWhole(disk, handle);
  // A new file is of use only if its name is kept. One that was made and never written to may lack that.
  if (bytes.length === 0) disk.syncFolderNow(path);
  let records = 0;
  const replay = replayLog(bytes, (record) => {
    applyRecord(record, store, hasher);
    if (++records % RECORDS_PER_REPORT === 0) onReplay?.(record.end, bytes.length);
  });
  cutTornTail({ disk, path, handle, warn }, bytes.length, replay);
  // What a killed process wrote and did not sync is read again, and readers are told of it from now on.
  if (isSynced) disk.syncNow(handle);
  return replay;
}

/** Cuts a torn tail off, with a message. LogError LOG_DAMAGED when it is none. */
export function cutTornTail(
  { disk, path, handle, warn }: Pick<OpenLogOptions, 'disk' | 'path' | 'warn'> & { readonly handle: number },
  bytes: number,
  { damage, validBytes }: Pick<LogReplay, 'damage' | 'validBytes'>,
): void {
  if (damage === null) return;
  const { kind, at, reason } = damage;
  if (kind === 'damaged') throw new LogError({ code: 'LOG_DAMAGED', path, at, bytes, reason });
  disk.truncate(handle, validBytes);
  warn(
    `${path}: cut ${bytes - validBytes} bytes off at byte ${validBytes}: ` +
      'an unfinished write that was never acknowledged',
  );
}

/** What a rewrite left that did not come to its end: the log itself has everything. */
function removeRewrite({ disk, path, warn }: OpenLogOptions): void {
  const leftover = rewritePath(path);
  if (disk.remove(leftover)) warn(`${leftover}: removed; the server stopped while it rewrote its log`);
}

/** All of a file. */
export function readWhole(disk: LogDisk, handle: number): Uint8Array {
  const bytes = new Uint8Array(disk.size(handle));
  let used = 0;
  while (used < bytes.length) {
    const read = disk.read(handle, bytes.subarray(used, used + READ_BYTES_MAX), used);
    if (read === 0) throw new Error(`it became shorter while it was read: ${used} of ${bytes.length} bytes`);
    used += read;
  }
  return bytes;
}
