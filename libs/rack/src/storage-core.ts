/** A storage server with its log: what it stores is logged, and what it sends waits for the log. */
import type { Core, Frame, Nanos, PortNumber, Sink } from '@ballast/base';
import {
  ItemStore,
  type Membership,
  type PegasusServer,
  type ServerConfig,
  type WriteLog,
} from '@ballast/pegasus';
import type { ServerLog } from './rack-storage.ts';

export interface StorageOptions {
  /** Null: nothing survives the server. */
  readonly log: ServerLog | null;
  /** Null after a restart. */
  readonly member: Membership | null;
  /** How many keys to make room for at once. */
  readonly expectedItems: number;
  readonly make: (config: ServerConfig) => PegasusServer;
  readonly config: Omit<ServerConfig, 'member' | 'store' | 'log' | 'isEmpty'>;
}

export class StorageCore implements Core {
  readonly server: PegasusServer;
  readonly #log: ServerLog | null;
  readonly #written: WriteLog | null;
  #now: Nanos = 0;

  constructor({ log, member, expectedItems, make, config }: StorageOptions) {
    this.#log = log;
    const store = new ItemStore(expectedItems);
    const opened = log?.open(store, config.hasher) ?? { log: null, isEmpty: true };
    this.#written = opened.log;
    const isEmpty = member === null && opened.isEmpty;
    this.server = make({ ...config, member, store, log: opened.log, isEmpty });
  }

  /** Size of the log, which a restart replays. */
  get logBytes(): number {
    return this.#written?.position ?? 0;
  }

  get deadlineNs(): Nanos {
    const { deadlineNs } = this.server;
    return this.#log === null ? deadlineNs : Math.min(deadlineNs, this.#log.deadlineNs);
  }

  handle(now: Nanos, port: PortNumber, frame: Frame): void {
    this.#now = now;
    this.server.handle(now, port, frame);
  }

  timeout(now: Nanos): void {
    this.#now = now;
    this.#log?.timeout(now);
    this.server.timeout(now);
  }

  /** Logs first, then sends. */
  drain(sink: Sink): void {
    if (this.#log !== null) {
      this.#log.write(this.#now);
      this.server.durable(this.#log.durablePosition);
    }
    this.server.drain(sink);
  }

  /** What was put in place before the rack starts is kept from the start. */
  settle(): void {
    if (this.#log === null) return;
    this.#log.settle();
    this.server.durable(this.#log.durablePosition);
  }

  /** The node has stopped. */
  crash(): void {
    this.server.discard();
    this.#log?.crash();
  }
}
