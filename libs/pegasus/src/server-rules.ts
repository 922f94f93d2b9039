/**
 * The rules of a storage server by name, each needed for linearizability. The mutants of the tests replace
 * one at a time, and a checker of histories must notice.
 */
import { PegasusFlag } from '@ballast/wire';
import type { ExecutedEntry, ExecutedRequests } from './executed-requests.ts';
import { type FinishedGenerations, type HotKey, HotPhase } from './hot-keys.ts';
import { type ItemStore, MISS } from './item-store.ts';
import { isLaterEpoch, laterEpoch } from './epoch.ts';
import { Ownership } from './ring-range.ts';
import { isNewer } from './version.ts';

export interface ServerRules {
  /** Whether a request was sent in this server's present life: in an epoch after it was taken in. */
  isOfThisLife(epoch: number, epochBefore: number): boolean;
  /** What counts as the epoch before this life, once home has merged a key in an epoch. */
  epochBeforeMerge(epoch: number, epochBefore: number): number;
  /** Settled by its client: nobody waits for an answer, and it must not run again. */
  isStale(executed: ExecutedRequests, clientId: number, requestId: number): boolean;
  /** The entry of a write that ran before, or UNKNOWN. */
  findExecuted(executed: ExecutedRequests, clientId: number, requestId: number): number;
  /** Whether a request that was routed under this generation (0: none) is answered at all. */
  isCurrent(hot: HotKey | null, generation: number): boolean;
  /**
   * Whether a write may run now. `isHotKey`: it is for the promoted key of `hot`, not for another of its
   * hash.
   */
  mayExecute(hot: HotKey | null, generation: number, isHotKey: boolean): boolean;
  /** Whether a copy that was sent under this generation is taken; `hot` is of its key. */
  takesCopy(hot: HotKey, generation: number): boolean;
  /** Whether a version takes effect over an item. */
  supersedes(store: ItemStore, item: number, incarnation: number, counter: number): boolean;
  /** Whether a hot-routed request is sent on to the key's home, unexecuted. */
  isForHome(isHotKey: boolean): boolean;
  /** Whether a key hash may become hot, by how many keys home has with it, tombstones included. */
  isPromotable(keys: number): boolean;
  /** Whether a read that finds nothing under this generation is to be sent again, to another server. */
  isElsewhere(generation: number): boolean;
  /** Whether the answer to a write shows the item as it is now, value and version, by the generation. */
  showsItem(generation: number): boolean;
  /** Flags of a reply about another key of a hot key's hash. */
  readonly otherKeyFlags: number;
  /** Whether a server keeps its item of a key that was hot, by the phase that the generation ended in. */
  keepsItem(phase: HotPhase): boolean;
  /** Whether a message of the controller is of a generation that is over here: it changes nothing then. */
  isOver(finished: FinishedGenerations, generation: number): boolean;
  /** Whether a request of a cold key is refused, by what its position of the ring is to this server. */
  refusesMovedWrite(ownership: Ownership): boolean;
  refusesMovedRead(ownership: Ownership): boolean;
  /** What of the executed requests of a range goes along to its new home. */
  movesAlong(requests: readonly ExecutedEntry[]): readonly ExecutedEntry[];
  /** The phase after a fence. */
  readonly fencedPhase: HotPhase;
}

export const serverRules: ServerRules = {
  // The server has forgotten what it executed earlier, so a late repeat would run a second time.
  isOfThisLife: isLaterEpoch,

  // Who died while the key was hot took along what it had executed: the first copy of such a request may
  // still be on its way to home, and would run a second time. All of them are of earlier epochs.
  epochBeforeMerge: (epoch, epochBefore) => laterEpoch(epochBefore, epoch - 1),

  isStale: (executed, clientId, requestId) => requestId < executed.watermark(clientId),

  findExecuted: (executed, clientId, requestId) => executed.find(clientId, requestId),

  // A late request of an earlier hot life would be answered with what this server holds in the present one,
  // and the switch takes a reply of an earlier generation to show what home holds.
  isCurrent: (hot, generation) => generation === 0 || hot?.generation === generation,

  // A server executes a write only under a generation that it was told is open; without one (0) only
  // while the key is not hot. So a fence holds for whatever is still on its way.
  mayExecute: (hot, generation, isHotKey) => {
    if (hot === null || !isHotKey) return generation === 0;
    if (generation === 0) return hot.phase === HotPhase.Merged;
    return generation === hot.generation && hot.phase === HotPhase.Open;
  },

  // After the fence this server has handed over what it holds. The writer of a copy that comes later may have
  // died unasked: its write would show here, and be gone with the entry.
  takesCopy: (hot, generation) => hot.generation === generation && hot.phase === HotPhase.Open,

  // A write that comes late was overwritten in between: it is acknowledged and changes nothing.
  supersedes: (store, item, incarnation, counter) =>
    item === MISS ||
    isNewer(incarnation, counter, store.versionIncarnation(item), store.versionCounter(item)),

  isForHome: (isHotKey) => !isHotKey,

  isPromotable: (keys) => keys === 1,

  // A hot key is somewhere: a server without it was chosen before it dropped its copy.
  isElsewhere: (generation) => generation !== 0,

  showsItem: () => false,

  otherKeyFlags: PegasusFlag.OtherKey,

  // Home merged; nobody will bring the others' copies up to date.
  keepsItem: (phase) => phase === HotPhase.Merged,

  // A range that was given away may be back when the message that gave it away comes once more.
  isOver: (finished, generation) => finished.has(generation),

  // What is written after the items have gone to the new home stays behind.
  refusesMovedWrite: (ownership) => ownership !== Ownership.Kept,

  // The items stand still until the switch has the new home, and are gone soon after.
  refusesMovedRead: (ownership) => ownership === Ownership.Gone,

  // Their repeats come to the new home.
  movesAlong: (requests) => requests,

  fencedPhase: HotPhase.Fenced,
};

/**
 * Behind a switch that caches values (docs/netcache.md): a generation is that of the key's item in the
 * switch, nothing that a server knows of, and home answers a write of a cached key with the value to cache.
 */
export const cachedServerRules: ServerRules = {
  ...serverRules,
  isCurrent: () => true,
  mayExecute: () => true,
  isElsewhere: () => false,
  showsItem: (generation) => generation !== 0,
};
