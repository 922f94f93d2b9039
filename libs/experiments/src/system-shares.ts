/**
 * Which share of the operations each server of a rack gets, by system: what the analytic bounds go by. Of a
 * given rack: its keys, its ring, the keys that it holds as hot.
 */
import { assert } from '@ballast/base';
import type { System } from '@ballast/rack';
import { type KeySpace, type LoadShares, loadShares, type PopularityDistribution } from '@ballast/workload';

export interface RackLoad {
  readonly servers: number;
  readonly keys: PopularityDistribution;
  /** From ranks to key indexes. */
  readonly keySpace: KeySpace;
  /** The home server of a key by its index. */
  readonly homeOf: (key: number) => number;
  /** Share of writes; reads are the rest. */
  readonly writeRatio: number;
  /** The hottest keys, which are in the directory, in the cache, or replicated. */
  readonly hotKeys: number;
  /** Static replication: servers that hold each of these. */
  readonly replicas: number;
}

/**
 * Shares of all operations by server.
 *
 * pegasus: of the cold keys; the hot ones, which any server can serve, are the replicated share.
 * netcache: what the switch leaves to servers, its share is in none: the cold keys, and the writes of the
 * cached ones at their homes. Reads that find a cached value invalid are not counted.
 * static: hot reads in equal parts at the replicas, hot writes at home; copies are not counted.
 * twoChoices: the same, the reads moved among the replicas until no server can be relieved further.
 */
export function sharesOfSystem(system: System, load: RackLoad): LoadShares {
  const { servers, keys, writeRatio, replicas } = load;
  const hotKeys = Math.min(load.hotKeys, keys.n);
  const cold = loadShares({ ...load, replicatedKeys: hotKeys });
  switch (system) {
    case 'hashing':
      return loadShares(load);
    case 'pegasus':
      return cold;
    case 'netcache': {
      const shares = withHot(cold.shares, load, hotKeys, (share, home, add) => add(home, share * writeRatio));
      return { shares, replicatedShare: 0 };
    }
    case 'static': {
      const shares = withHot(cold.shares, load, hotKeys, (share, home, add) => {
        add(home, share * writeRatio);
        for (const id of arcFrom(home, replicas, servers)) add(id, (share * (1 - writeRatio)) / replicas);
      });
      return { shares, replicatedShare: 0 };
    }
    case 'twoChoices': {
      const movable: Movable[] = [];
      const fixed = withHot(cold.shares, load, hotKeys, (share, home, add) => {
        add(home, share * writeRatio);
        const mask = arcFrom(home, replicas, servers).reduce((set, id) => set | (1 << id), 0);
        movable.push({ share: share * (1 - writeRatio), mask });
      });
      return { shares: balanced(fixed, movable), replicatedShare: 0 };
    }
  }
}

/** A share that may be divided among the servers of a mask; bit i is server i. */
interface Movable {
  readonly share: number;
  readonly mask: number;
}

function arcFrom(home: number, length: number, servers: number): number[] {
  return Array.from({ length }, (_, i) => (home + i) % servers);
}

/** The cold shares, and those of each hot key as `place` adds them. */
function withHot(
  cold: Float64Array,
  { keys, keySpace, homeOf }: RackLoad,
  hotKeys: number,
  place: (share: number, home: number, add: (server: number, share: number) => void) => void,
): Float64Array {
  const shares = cold.slice();
  const add = (server: number, share: number): void => {
    shares[server] = shares[server]! + share;
  };
  for (let rank = 0; rank < hotKeys; rank++) {
    place(keys.probability(rank), homeOf(keySpace.keyOf(rank)), add);
  }
  return shares;
}

/**
 * The most even division of what can be moved. The servers that stay fullest are those for which most work
 * a server has nowhere else to go (Hall's condition); with replicas in arcs they are an arc. They share their
 * work equally, nothing else comes to them, and the rest is divided in the same way among the others.
 */
export function balanced(fixed: Float64Array, movable: readonly Movable[]): Float64Array {
  assert(fixed.length <= 32, 'a mask holds 32 servers');
  const shares = fixed.slice();
  let ring = [...fixed.keys()];
  let left = movable;
  while (ring.length > 0) {
    const { members, mask: stuck, level } = fullestArc(ring, fixed, left);
    for (const id of members) shares[id] = level;
    left = left
      .filter((move) => (move.mask & ~stuck) !== 0)
      .map(({ share, mask: all }) => ({ share, mask: all & ~stuck }));
    ring = ring.filter((id) => (stuck & (1 << id)) === 0);
  }
  return shares;
}

function fullestArc(ring: readonly number[], fixed: Float64Array, movable: readonly Movable[]) {
  let fullest = { members: [...ring], mask: 0, level: -1 };
  for (let start = 0; start < ring.length; start++) {
    let mask = 0;
    let own = 0;
    const members: number[] = [];
    for (let i = 0; i < ring.length; i++) {
      const id = ring[(start + i) % ring.length]!;
      members.push(id);
      mask |= 1 << id;
      own += fixed[id]!;
      const bound = movable.reduce((sum, move) => ((move.mask & ~mask) === 0 ? sum + move.share : sum), own);
      const level = bound / members.length;
      if (level > fullest.level) fullest = { members: [...members], mask, level };
    }
  }
  return fullest;
}
