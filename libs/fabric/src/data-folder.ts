/**
 * The folder of a rack that survives its process: the journal of its controller, a write log for each server.
 *
 *     controller.log   who is a member, who has which part of the ring, which numbers were given out
 *     server0.log ...  the items
 *     founding         there while a new rack is being set up: what else is there is of no use then
 *
 * What each level keeps and what a start finds: docs/durability.md.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { ControllerLedger, type Journal } from '@ballast/pegasus';
import type { RackStorage } from '@ballast/rack';
import { JournalFile } from './journal-file.ts';
import { type LogDisk, nodeDisk } from './log-disk.ts';
import { LogError } from './log-error.ts';
import type { Durability } from './log-file.ts';
import { ServerLogFile } from './server-log-file.ts';

export interface DataFolderOptions {
  /** Is made when it is not there; the folder that it is in must be. */
  readonly path: string;
  readonly durability: Durability;
  /** Of the rack that is to run. */
  readonly servers: number;
  /** What an operator should read: torn tails that were cut off, nodes that stop, long replays. */
  readonly note?: (message: string) => void;
  readonly disk?: LogDisk;
}

/** What a running rack wants to know of its folder. Nodes by name: 'server0', 'controller'. */
export interface DataListener {
  /** What the node waited for is durable. */
  durable(node: string): void;
  /** The node can keep nothing more: it must stop. */
  failed(node: string, error: LogError): void;
}

/** A replay that is shorter is not worth a word. */
const REPLAY_NOTED_BYTES_MIN = 8 * 1024 * 1024;
const NOBODY: DataListener = {
  durable: () => undefined,
  failed: () => undefined,
};
/** Whoever listens at the moment. */
interface Audience {
  listener: DataListener;
}

const NO_JOURNAL: Journal = { append: () => undefined, rewrite: () => undefined };

export class DataFolder implements RackStorage {
  readonly path: string;
  readonly durability: Durability;
  readonly isFounded: boolean;
  readonly journal: JournalFile;
  /** By id. */
  readonly logs: readonly ServerLogFile[];
  readonly #disk: LogDisk;
  readonly #audience: Audience;

  private constructor(options: DataFolderOptions, journal: JournalFile, audience: Audience) {
    const { path, durability, servers, disk = nodeDisk, note = (): void => undefined } = options;
    this.path = path;
    this.durability = durability;
    this.journal = journal;
    this.isFounded = !journal.isEmpty;
    this.#audience = audience;
    this.#disk = disk;
    this.logs = Array.from({ length: servers }, (_, id) => {
      const node = `server${id}`;
      const file = logPath(path, id);
      return new ServerLogFile({
        path: file,
        durability,
        disk,
        warn: note,
        onReplay: (done, bytes) => {
          if (bytes < REPLAY_NOTED_BYTES_MIN) return;
          note(`${file}: replayed ${mebibytes(done)} of ${mebibytes(bytes)}`);
        },
        onDurable: () => {
          audience.listener.durable(node);
        },
        onFailure: (error) => {
          note(error.message);
          audience.listener.failed(node, error);
        },
      });
    });
  }

  /**
   * Opens the folder of a rack, or begins one, and keeps all other processes from it. Logs are replayed when
   * their servers start. Errors of the file system where the folder itself is of no use.
   *
   * LogError LOG_LOCKED, LOG_UNUSABLE, LOG_DAMAGED, LOG_MISSING, JOURNAL_MISSING, SERVERS_MISSING.
   */
  static open(options: DataFolderOptions): DataFolder {
    const { path, durability, servers, disk = nodeDisk, note = (): void => undefined } = options;
    makeFolder(path);
    const audience: Audience = { listener: NOBODY };
    const journal = JournalFile.open({
      path: join(path, 'controller.log'),
      durability,
      disk,
      warn: note,
      onDurable: () => {
        audience.listener.durable('controller');
      },
      onFailure: (error) => {
        note(error.message);
        audience.listener.failed('controller', error);
      },
    });
    try {
      if (fs.existsSync(foundingPath(path))) startOver(path, journal, note);
      if (journal.isEmpty) {
        begin(path, disk);
      } else {
        checkServers(path, journal, servers);
      }
      return new DataFolder(options, journal, audience);
    } catch (error) {
      void journal.close();
      throw error;
    }
  }

  /** Tells the rack that runs from now on. */
  connect(listener: DataListener): void {
    this.#audience.listener = listener;
  }

  log(server: number): ServerLogFile {
    return this.logs[server]!;
  }

  founded(): void {
    fs.rmSync(foundingPath(this.path));
    this.#disk.syncFolderNow(foundingPath(this.path));
  }

  /** Waits until all is durable, frees files and locks. The rack must have stopped. */
  async close(): Promise<void> {
    this.#audience.listener = NOBODY;
    for (const log of this.logs) log.crash();
    await Promise.all(this.logs.map((log) => log.closed()));
    await this.journal.close();
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Not with all folders above it: a misspelt path is noticed. */
function makeFolder(path: string): void {
  if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) fs.mkdirSync(path);
}

function logPath(folder: string, server: number): string {
  return join(folder, `server${server}.log`);
}

function foundingPath(folder: string): string {
  return join(folder, 'founding');
}

/** Paths of the write logs in a folder that have anything in them. */
function logsIn(folder: string): string[] {
  return fs
    .readdirSync(folder)
    .filter((name) => /^server\d+\.log$/.test(name))
    .map((name) => join(folder, name))
    .filter((path) => fs.statSync(path).size > 0);
}

/** The process ended before a new rack was complete. No request was ever answered. */
function startOver(folder: string, journal: JournalFile, note: (message: string) => void): void {
  note(`${folder}: an earlier start ended before its rack was complete; starting over`);
  for (const path of logsIn(folder)) fs.rmSync(path);
  journal.rewrite([]);
}

function begin(folder: string, disk: LogDisk): void {
  const [log] = logsIn(folder);
  if (log !== undefined)
    throw new LogError({ code: 'JOURNAL_MISSING', path: join(folder, 'controller.log'), log });
  fs.writeFileSync(foundingPath(folder), '');
  disk.syncFolderNow(foundingPath(folder));
}

/** Whether the servers that have items are there, and their logs. */
function checkServers(folder: string, journal: JournalFile, given: number): void {
  const { members, ring, move } = new ControllerLedger(NO_JOURNAL, journal.read());
  const homes = new Set(ring);
  if (move !== null) homes.add(move.from).add(move.to);
  const holders = [...members].filter(([id, { status }]) => status !== 'left' || homes.has(id));
  const needed = 1 + Math.max(...holders.map(([id]) => id));
  if (needed > given) throw new LogError({ code: 'SERVERS_MISSING', path: folder, given, needed });
  for (const [server] of holders) {
    const path = logPath(folder, server);
    if (!fs.existsSync(path)) throw new LogError({ code: 'LOG_MISSING', path, server });
  }
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
