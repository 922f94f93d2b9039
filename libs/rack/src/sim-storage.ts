/** What survives the nodes of a simulated rack: simulated disks, and a journal that is durable at once. */
import { type Nanos, NEVER, Prng } from '@ballast/base';
import {
  applyRecord,
  type ItemStore,
  type KeyHasher,
  type LedgerRecord,
  replayLog,
  WriteLog,
} from '@ballast/pegasus';
import { type Distribution, SimDisk } from '@ballast/sim';
import type {
  ControllerJournal,
  Durability,
  OpenedServerLog,
  RackStorage,
  ServerLog,
} from './rack-storage.ts';

export interface SimStorageOptions {
  readonly seed: number;
  readonly durability: Durability;
  /** How long a sync takes. */
  readonly syncNs: Distribution;
}

export class SimStorage implements RackStorage {
  readonly isFounded = false;
  readonly journal: ControllerJournal = new MemoryJournal();
  readonly #options: SimStorageOptions;
  readonly #prefix: string;

  /** @param prefix before the names of disks: two racks of one seed have different ones */
  constructor(options: SimStorageOptions, prefix = '') {
    this.#options = options;
    this.#prefix = prefix;
  }

  log(server: number): ServerLog | null {
    const { seed, durability, syncNs } = this.#options;
    return durability === 'none'
      ? null
      : new SimServerLog(durability, syncNs, new Prng(seed).fork(`${this.#prefix}disk${server}`));
  }

  founded(): void {
    // Nothing is left to be done.
  }
}

class MemoryJournal implements ControllerJournal {
  readonly isDurable = true;
  #records: LedgerRecord[] = [];

  append(record: LedgerRecord): void {
    this.#records.push(record);
  }

  rewrite(records: readonly LedgerRecord[]): void {
    this.#records = [...records];
  }

  read(): readonly LedgerRecord[] {
    return [...this.#records];
  }
}

class SimServerLog implements ServerLog {
  readonly #durability: Exclude<Durability, 'none'>;
  readonly #prng: Prng;
  readonly #disk: SimDisk;
  #log: WriteLog | null = null;

  constructor(durability: Exclude<Durability, 'none'>, syncNs: Distribution, prng: Prng) {
    this.#durability = durability;
    this.#prng = prng;
    this.#disk = new SimDisk({ syncNs, prng });
  }

  get durablePosition(): number {
    return this.#durability === 'disk' ? this.#disk.durablePosition : this.#disk.position;
  }

  get deadlineNs(): Nanos {
    return this.#durability === 'disk' ? this.#disk.deadlineNs : NEVER;
  }

  open(store: ItemStore, hasher: KeyHasher): OpenedServerLog {
    const { validBytes } = replayLog(this.#disk.contents(), (record) => applyRecord(record, store, hasher));
    // What stands behind the last whole record is what the crash tore.
    if (this.#log !== null) this.#disk.reopen(validBytes);
    const log = new WriteLog(validBytes);
    this.#log = log;
    return { log, isEmpty: validBytes === 0 };
  }

  write(now: Nanos): void {
    this.#log?.take((bytes) => this.#disk.append(now, bytes));
  }

  timeout(now: Nanos): void {
    if (this.#durability === 'disk') this.#disk.timeout(now);
  }

  settle(): void {
    this.write(0);
    this.#disk.timeout(this.#disk.deadlineNs);
  }

  crash(): void {
    this.#disk.crash(this.#durability === 'disk' ? 'power' : 'process', this.#prng);
  }
}
