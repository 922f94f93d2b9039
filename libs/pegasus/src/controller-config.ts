/** What the controller is told, and what it tells the switch. */
import type { FramePool, Nanos } from '@ballast/base';
import type {
  ChainPlace,
  IncarnationCounter,
  Journal,
  LedgerRecord,
  MemberStatus,
} from './controller-ledger.ts';
import type { RingRange } from './ring-range.ts';
import type { PopularityConfig, SketchCount } from './popularity.ts';

/** See DirectoryMode of the switch program. */
export type DirectoryMode = 'open' | 'readsOnly' | 'closed' | 'moving';

/** A server that the switch takes replies of. */
export interface LiveServer {
  readonly id: number;
  readonly incarnation: number;
}

/** See version.ts. */
export interface Version {
  readonly incarnation: number;
  readonly counter: number;
}

/** Where a key stands in the directory. */
export interface EntryName {
  readonly entry: number;
  readonly hashHi: number;
  readonly hashLo: number;
  readonly generation: number;
}

/** What the controller asks of the switch. Each may be repeated. */
export type DirectoryCommand =
  /** Sets the entry: `completed` is what home had when it began to hold writes, and home alone holds it. */
  | ({ readonly kind: 'install'; readonly home: number; readonly completed: Version } & EntryName)
  /** Without such an entry: nothing. */
  | ({ readonly kind: 'setMode'; readonly mode: DirectoryMode } & EntryName)
  | { readonly kind: 'remove'; readonly hashHi: number; readonly hashLo: number }
  /** Begins an epoch: from one packet to the next. */
  | { readonly kind: 'setMembers'; readonly epoch: number; readonly live: readonly LiveServer[] }
  /** Gives a range of the ring another home. */
  | ({ readonly kind: 'setRing'; readonly server: number } & RingRange)
  /** Takes a server that has lost what it held out of all replica sets. */
  | { readonly kind: 'dropHolder'; readonly server: number }
  /**
   * Sets a switch up that has just started and lets nothing pass yet. The keys that may be hot get entries in
   * mode `moving` that nobody holds. Requests pass from the end of this command on.
   */
  | {
      readonly kind: 'setUp';
      readonly incarnation: number;
      readonly epoch: number;
      readonly live: readonly LiveServer[];
      /** Home of each position. */
      readonly ring: Uint8Array;
      readonly guards: readonly EntryName[];
      readonly chain: ChainPlace;
    }
  /** The rack is in no chain any more, and stamps writes under this incarnation. */
  | { readonly kind: 'standAlone'; readonly incarnation: number }
  /**
   * Reads the counters and, unless `sketchMin` is null, takes from the sketch what it counted since the last
   * time: its records of at least so many requests.
   */
  | {
      readonly kind: 'readCounters';
      /** Only of entries below this number. */
      readonly entries: number;
      readonly sketchMin: number | null;
    }
  | { readonly kind: 'readEntries' }
  | { readonly kind: 'readIncarnation' };

/** The answer to a command, by what was asked. */
export type CommandResult =
  | { readonly kind: 'done' }
  /** Nothing was done: the switch is not set up. */
  | { readonly kind: 'refused' }
  | ({ readonly kind: 'counters' } & DirectoryCounters)
  /** By entry: its generation, and the servers that hold the newest version, dead ones included, as bits. */
  | {
      readonly kind: 'entries';
      readonly generations: readonly number[];
      readonly replicas: readonly number[];
    }
  /** Of the versions that the switch stamps; 0 when it was not set up. */
  | { readonly kind: 'incarnation'; readonly incarnation: number };

export interface DirectoryCounters {
  /** Requests per entry since the rack started. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** In any order, a key once for each row that found it. */
  readonly sketch?: readonly SketchCount[];
  /** Of the reads, those that the switch answered itself: of a value cache. */
  readonly hits?: readonly number[];
}

export interface ControllerConfig {
  readonly ip: number;
  readonly mac: number;
  readonly gatewayMac: number;
  /** Addresses of all servers, by id. */
  readonly serverIps: readonly number[];
  /** The home server of a key hash: must agree with the switch's ring, which is this one. */
  readonly homeOf: (ring: Uint8Array, hashHi: number) => number;
  /** When it starts: 0 for the first controller of a rack. */
  readonly startNs: Nanos;
  readonly epochNs: Nanos;
  /** Directory entries in use at most. */
  readonly hotKeysMax: number;
  /** Promotions and demotions under way at most: each costs every server a few messages. */
  readonly transitionsMax: number;
  readonly retryNs: Nanos;
  /** Pause between two looks at whether the servers are there. */
  readonly pingNs: Nanos;
  /** A server that leaves so many unanswered counts as dead. */
  readonly missedPingsMax: number;
  readonly journal: Journal;
  /** What the journal holds; for the first controller of a rack what the rack starts with. */
  readonly records: Iterable<LedgerRecord>;
  /** Shared with the other rack of a chain; absent: there is none. */
  readonly incarnations?: IncarnationCounter;
  readonly popularity: PopularityConfig;
  readonly pool: FramePool;
}

export interface ControllerCounters {
  promotions: number;
  demotions: number;
  /** Promotions that home refused: unknown key, or two keys of one hash. */
  refused: number;
  samples: number;
  /** Servers that were declared dead. */
  expelled: number;
  /** Servers that were taken in after a start. */
  admitted: number;
  /** Requests of servers to be taken in that were refused: all incarnations were given out (LedgerError). */
  turnedAway: number;
  /** Restarts of the switch that were noticed. */
  switchStarts: number;
  /** Ranges of the ring that got another home. */
  rangesMoved: number;
  /** Hot keys whose newest version was lost for good, with all servers that held it. */
  lost: number;
  bytesRefused: number;
}

/** A server as its controller sees it. */
export interface MemberState {
  readonly id: number;
  readonly status: MemberStatus;
  /** The newest that it was given; 0: none yet. */
  readonly incarnation: number;
  /** It is to leave the rack. */
  readonly isLeaving: boolean;
  /** Positions of the ring whose home it is. */
  readonly ringPositions: number;
}

/** What an operator wants to know of a rack. */
export interface ControllerStatus {
  readonly epoch: number;
  /** Of the versions that the switch stamps. */
  readonly switchIncarnation: number;
  readonly members: readonly MemberState[];
  /** The range of the ring that is on its way to another home; null: none. */
  readonly move: (RingRange & { readonly from: number; readonly to: number }) | null;
  /** More ranges may have to move: somebody asked for equal shares. */
  readonly isRebalancing: boolean;
  /** Hot keys on their way in or out of the directory. */
  readonly transitions: number;
  /** Hot keys whose newest version only dead servers may hold: the switch refuses them until one is back. */
  readonly keysUnavailable: readonly string[];
}
