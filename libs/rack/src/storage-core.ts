/** A storage server with its disk: what it stores is logged, and what it sends waits for the log. */
import type { Core, Frame, Nanos, PortNumber, Prng, Sink } from '@ballast/base';
import {
  applyRecord,
  ItemStore,
  type Membership,
  type PegasusServer,
  replayLog,
  type ServerConfig,
  WriteLog,
} from '@ballast/pegasus';
import type { DiskCrash, SimDisk } from '@ballast/sim';

/**
 * What survives of a server. `none`: nothing. `process`: what it stored, when its process is killed. `disk`:
 * when its machine loses power, too; answers wait until what they show is synced, many writes to one sync.
 */
export type Durability = 'none' | 'process' | 'disk';
export const DURABILITIES: readonly Durability[] = ['none', 'process', 'disk'];

export interface StorageOptions {
  /** Null: durability `none`. */
  readonly disk: SimDisk | null;
  readonly durability: Durability;
  /** Null after a restart. */
  readonly member: Membership | null;
  /** How many keys to make room for at once. */
  readonly expectedItems: number;
  readonly make: (config: ServerConfig) => PegasusServer;
  readonly config: Omit<ServerConfig, 'member' | 'store' | 'log' | 'isEmpty'>;
}

const NO_BYTES = new Uint8Array(0);

export class StorageCore implements Core {
  readonly server: PegasusServer;
  readonly #disk: SimDisk | null;
  readonly #log: WriteLog | null;
  readonly #durability: Durability;
  #now: Nanos = 0;

  constructor({ disk, durability, member, expectedItems, make, config }: StorageOptions) {
    this.#disk = disk;
    this.#durability = durability;
    const store = new ItemStore(expectedItems);
    const { validBytes } = replayLog(disk?.contents() ?? NO_BYTES, (record) =>
      applyRecord(record, store, config.hasher),
    );
    // What stands behind the last whole record is what the crash tore.
    if (member === null) disk?.reopen(validBytes);
    this.#log = disk === null ? null : new WriteLog(validBytes);
    const isEmpty = member === null && validBytes === 0;
    this.server = make({ ...config, member, store, log: this.#log, isEmpty });
  }

  /** Size of the log, which a restart replays. */
  get logBytes(): number {
    return this.#disk?.position ?? 0;
  }

  get deadlineNs(): Nanos {
    const { deadlineNs } = this.server;
    return this.#durability === 'disk' ? Math.min(deadlineNs, this.#disk!.deadlineNs) : deadlineNs;
  }

  handle(now: Nanos, port: PortNumber, frame: Frame): void {
    this.#now = now;
    this.server.handle(now, port, frame);
  }

  timeout(now: Nanos): void {
    this.#now = now;
    if (this.#durability === 'disk') this.#disk!.timeout(now);
    this.server.timeout(now);
  }

  /** Logs first, then sends. */
  drain(sink: Sink): void {
    if (this.#log !== null) {
      const disk = this.#disk!;
      this.#log.take((bytes) => disk.append(this.#now, bytes));
      this.server.durable(this.#durability === 'disk' ? disk.durablePosition : disk.position);
    }
    this.server.drain(sink);
  }

  /** What was put in place before the rack starts is on the disk from the start. */
  settle(): void {
    const disk = this.#disk;
    if (disk === null || this.#log === null) return;
    this.#log.take((bytes) => disk.append(0, bytes));
    disk.timeout(disk.deadlineNs);
    this.server.durable(disk.position);
  }

  /** The node has stopped. */
  crash(prng: Prng): void {
    this.server.discard();
    const kind: DiskCrash = this.#durability === 'disk' ? 'power' : 'process';
    this.#disk?.crash(kind, prng);
  }
}
