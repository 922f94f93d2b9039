import type { FramePool, Nanos, Prng } from '@ballast/base';
import type { PegasusRecord, UdpDatagram, UdpPath } from '@ballast/wire';
import type { DurableOutbox, LogPosition } from './durable-outbox.ts';
import type { ExecutedRequests } from './executed-requests.ts';
import type { HotKeys } from './hot-keys.ts';
import type { ItemStore } from './item-store.ts';
import type { KeyHasher } from './key-hash.ts';
import type { ServerRules } from './server-rules.ts';

export interface ServerConfig {
  /** Position in replica sets, 0 ... 31. */
  readonly id: number;
  /**
   * A server that is live from the start. Null after a restart: it asks the controller to be taken in, and
   * answers nobody before.
   */
  readonly member: Membership | null;
  /** Pause between two requests to be taken in. */
  readonly joinRetryNs: Nanos;
  /** How long it waits for another server's acknowledgement: many service times. */
  readonly peerRetryNs: Nanos;
  /** Nothing of what the server held before this start is left. */
  readonly isEmpty: boolean;
  /** Takes every change of the store. Null: durability `none`. */
  readonly log: ItemLog | null;
  readonly mac: number;
  readonly ip: number;
  /** The switch: next hop of everything. */
  readonly gatewayMac: number;
  /** The rack's service address. */
  readonly vip: number;
  readonly controllerIp: number;
  /** Addresses of all servers, by id. */
  readonly serverIps: readonly number[];
  /** Requests that wait at this server now. */
  readonly load: () => number;
  readonly hasher: KeyHasher;
  readonly pool: FramePool;
  readonly prng: Prng;
  /** What it holds from the start. */
  readonly store: ItemStore;
}

/** What the controller gave a server when it took it in. */
export interface Membership {
  /** Of this start of the server; the switch lets replies of another incarnation pass nowhere. */
  readonly incarnation: number;
  /** The live-set epoch of that moment. The server is live in later ones only. */
  readonly epoch: number;
}

/** The log of a server's store, as its core sees it. */
export interface ItemLog extends LogPosition {
  put(
    key: Uint8Array,
    keyStart: number,
    keyBytes: number,
    value: Uint8Array,
    valueStart: number,
    /** Null: a tombstone. */
    valueBytes: number | null,
    incarnation: number,
    counter: number,
  ): void;
  /** The server forgets the key altogether. */
  remove(key: Uint8Array, keyStart: number, keyBytes: number): void;
}

export interface ServerCounters {
  gets: number;
  writes: number;
  /** Writes that had run before: answered from the table. */
  repeats: number;
  /** Late duplicates of settled requests, dropped unanswered. */
  stale: number;
  retriesAsked: number;
  sentHome: number;
  /** Writes that went on to the tail rack instead of being answered. */
  forwarded: number;
  copiesSent: number;
  copiesApplied: number;
  /** Dropped: of an epoch before this server was taken in, or while it is not. */
  notMember: number;
  /** Times that this server found itself declared dead. */
  expelled: number;
  bytesRefused: number;
}

/** What the parts of one server share: its state, and the message at hand. */
export interface ServerState {
  readonly config: ServerConfig;
  readonly rules: ServerRules;
  readonly store: ItemStore;
  readonly executed: ExecutedRequests;
  readonly hotKeys: HotKeys;
  readonly counters: ServerCounters;
  readonly outbox: DurableOutbox;
  readonly log: ItemLog | null;
  /** 0: not taken in. */
  incarnation: number;
  /** Requests of this epoch and earlier ones are of an earlier life, or otherwise too late to run. */
  epochBefore: number;
  readonly datagram: UdpDatagram;
  readonly path: UdpPath;
  readonly message: PegasusRecord;
  /** Of the message at hand. */
  requestId: number;
  /** Where its key stands in its frame; the value follows. */
  keyAt: number;
  valueBytes: number;
}
