import type { FramePool, Outbox, Prng } from '@ballast/base';
import type { PegasusRecord, UdpDatagram, UdpPath } from '@ballast/wire';
import type { ExecutedRequests } from './executed-requests.ts';
import type { HotKeys } from './hot-keys.ts';
import type { ItemStore } from './item-store.ts';
import type { KeyHasher } from './key-hash.ts';
import type { ServerRules } from './server-rules.ts';

export interface ServerConfig {
  /** Position in replica sets, 0 ... 31. */
  readonly id: number;
  /** Of this start of the server; the switch lets replies of another incarnation pass nowhere. */
  readonly incarnation: number;
  readonly epoch: number;
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
  /** How many keys to make room for at once. */
  readonly expectedItems: number;
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
  copiesSent: number;
  copiesApplied: number;
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
  readonly outbox: Outbox;
  readonly datagram: UdpDatagram;
  readonly path: UdpPath;
  readonly message: PegasusRecord;
  /** Of the message at hand. */
  requestId: number;
  /** Where its key stands in its frame; the value follows. */
  keyAt: number;
  valueBytes: number;
}
