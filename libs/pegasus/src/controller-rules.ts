import type { Version } from './controller-config.ts';
import { type HandOver, mergeHandOvers } from './hand-over.ts';

/** Rules of the controller that tests replace one by one; see ServerRules. */
export interface ControllerRules {
  /**
   * What every server is to know before it may execute writes of the new generation, from what home handed
   * over.
   */
  opening(handOver: HandOver): HandOver;
  /** The version that a new entry takes for completed, from what home had when it began to hold writes. */
  firstCompleted(held: Version): Version;
  /** Servers that are fenced and asked for what they have. */
  fencedServers(servers: readonly number[], home: number): readonly number[];
  /** Whether a server that comes back while others are fenced is fenced and asked as well. */
  readonly fencesLate: boolean;
  /** Whether a demotion waits for an absent server; `holders`: who may alone hold the newest version. */
  isAwaited(holders: number, server: number): boolean;
  /** Whether hot keys of a range become cold before it moves. */
  readonly coolsBeforeMove: boolean;
  /** Whether a key of a range that moves may become hot. */
  readonly promotesWhileMoving: boolean;
  /** What home is to hold before the key's entry goes. */
  merge(handOvers: readonly HandOver[]): HandOver;
}

export const controllerRules: ControllerRules = {
  opening: (handOver) => handOver,
  // At the tail of a chain a write may come that is older than what home has shown: another server, which
  // knows nothing of the key yet, executes it, and its reply must not pass for news.
  firstCompleted: (held) => held,
  // Every server may have executed writes of the generation.
  fencedServers: (servers) => servers,
  // Nobody may have waited for it; but as soon as it is live it counts as a holder, and others are let go.
  fencesLate: true,
  isAwaited: (holders, server) => (holders & (1 << server)) !== 0,
  // A key has one home as long as it is hot: who gets the range would not get what was written meanwhile.
  coolsBeforeMove: true,
  promotesWhileMoving: false,
  merge: mergeHandOvers,
};
