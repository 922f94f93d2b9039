import { type HandOver, mergeHandOvers } from './hand-over.ts';

/** Rules of the controller that tests replace one by one; see ServerRules. */
export interface ControllerRules {
  /**
   * What every server is to know before it may execute writes of the new generation, from what home handed
   * over.
   */
  opening(handOver: HandOver): HandOver;
  /** Servers that are fenced and asked for what they have. */
  fencedServers(servers: readonly number[], home: number): readonly number[];
  /** Whether a server that comes back while others are fenced is fenced and asked as well. */
  readonly fencesLate: boolean;
  /** Whether a demotion waits for an absent server; `holders`: who may alone hold the newest version. */
  isAwaited(holders: number, server: number): boolean;
  /** What home is to hold before the key's entry goes. */
  merge(handOvers: readonly HandOver[]): HandOver;
}

export const controllerRules: ControllerRules = {
  opening: (handOver) => handOver,
  // Every server may have executed writes of the generation.
  fencedServers: (servers) => servers,
  // Nobody may have waited for it; but as soon as it is live it counts as a holder, and others are let go.
  fencesLate: true,
  isAwaited: (holders, server) => (holders & (1 << server)) !== 0,
  merge: mergeHandOvers,
};
