/** What the controller is told, and what it tells the switch. */
import type { FramePool, Nanos } from '@ballast/base';
import type { PopularityConfig, SketchCount } from './popularity.ts';

export type DirectoryMode = 'open' | 'readsOnly';

/** What the controller asks of the switch. */
export type DirectoryCommand =
  | {
      readonly kind: 'install';
      readonly entry: number;
      readonly hashHi: number;
      readonly hashLo: number;
      readonly generation: number;
      readonly home: number;
    }
  | {
      readonly kind: 'setMode';
      readonly entry: number;
      readonly hashHi: number;
      readonly hashLo: number;
      readonly generation: number;
      readonly mode: DirectoryMode;
    }
  | { readonly kind: 'remove'; readonly hashHi: number; readonly hashLo: number }
  /**
   * Reads the counters and, unless `sketchMin` is null, takes from the sketch what it counted since the last
   * time: its records of at least so many requests.
   */
  | { readonly kind: 'readCounters'; readonly sketchMin: number | null };

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
  /** The home server of a key hash: must agree with the switch's ring. */
  readonly homeOf: (hashHi: number, hashLo: number) => number;
  readonly epochNs: Nanos;
  /** Directory entries in use at most. */
  readonly hotKeysMax: number;
  /** Promotions and demotions under way at most: each costs every server a few messages. */
  readonly transitionsMax: number;
  readonly retryNs: Nanos;
  /** First generation to give out; above all that were ever given. */
  readonly firstGeneration: number;
  readonly popularity: PopularityConfig;
  readonly pool: FramePool;
}

export interface ControllerCounters {
  promotions: number;
  demotions: number;
  /** Promotions that home refused: unknown key, or two keys of one hash. */
  refused: number;
  samples: number;
  bytesRefused: number;
}
