/**
 * What survives the nodes of a rack: the write logs of its servers and the journal of its controller. It
 * belongs to the machines. In the simulator these are simulated disks (sim-storage.ts), on the wall clock
 * files (`DataFolder` of @ballast/fabric); the cores are the same.
 */
import type { Nanos } from '@ballast/base';
import type { ItemStore, Journal, KeyHasher, LedgerRecord, WriteLog } from '@ballast/pegasus';

/**
 * What survives of a server. `none`: nothing. `process`: what it stored, when its process is killed. `disk`:
 * when its machine loses power, too; answers wait until what they show is synced, many writes to one sync.
 */
export type Durability = 'none' | 'process' | 'disk';
export const DURABILITIES: readonly Durability[] = ['none', 'process', 'disk'];

/** A log as a server that starts finds it. */
export interface OpenedServerLog {
  /** The server appends to it. */
  readonly log: WriteLog;
  /** Nothing of what the server held before is left. */
  readonly isEmpty: boolean;
}

/** Keeps the write log of one server. It outlives the server's core. */
export interface ServerLog {
  /** Below this position of the log everything survives what is promised. 0 while it is not open. */
  readonly durablePosition: number;
  /** When `timeout` makes more of it durable; NEVER where that comes from outside. */
  readonly deadlineNs: Nanos;

  /** Replays what was kept into the store, which from then on changes only together with the log. */
  open(store: ItemStore, hasher: KeyHasher): OpenedServerLog;
  /** Takes what the log collected. What cannot be kept does not become durable: no answer leaves any more. */
  write(now: Nanos): void;
  timeout(now: Nanos): void;
  /** As `write`, but everything is durable when it returns: what was put in place before the rack starts. */
  settle(): void;
  /** The server has stopped, and its log with it. */
  crash(): void;
}

/** Where a controller writes what it must still know after a crash. It outlives the controller's core. */
export interface ControllerJournal extends Journal {
  /** Survives everything that it was told? What the controller sends waits for it. */
  readonly isDurable: boolean;
  /** What it holds, in order: to a controller that starts. */
  read(): readonly LedgerRecord[];
}

export interface RackStorage {
  /** Takes the rack over what an earlier one left? Else it begins with an empty journal and empty logs. */
  readonly isFounded: boolean;
  readonly journal: ControllerJournal;
  /** Null: this server keeps nothing. */
  log(server: number): ServerLog | null;
  /** The new rack has everything that it starts with. */
  founded(): void;
}
