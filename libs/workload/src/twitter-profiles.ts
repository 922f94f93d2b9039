/**
 * What Twitter published of single cache clusters, as workloads.
 *
 * Source of every number: the table stat/2020Mar.md of github.com/twitter/cache-trace (CC BY 4.0), which goes
 * with Yang, Yue, Rashmi, "A large scale analysis of hundreds of in-memory cache clusters at Twitter", OSDI
 * 2020. Clusters were chosen from those that the repository's README recommends, and others of a mix of their
 * own; a cluster without all of these numbers (5, 43, 46) cannot be here.
 *
 * The table has means, so sizes do not vary here; it has shares of operations in whole percents, those below
 * one left out, so shares are scaled to add up to 1. Left out: expiry, sizes and popularity that change over
 * time, and that popularity is Zipf's only roughly (the paper, section 4.4).
 */
import type { MixShares } from './mix.ts';
import { TWITTER_KINDS, type TwitterOperation } from './twitter-trace.ts';
import type { WorkloadDescription } from './workload-description.ts';
import { WorkloadError } from './workload-error.ts';

export interface TwitterProfile {
  /** As the traces have it. */
  readonly cluster: number;
  /** What it caches: rows of a storage, results of a computation, or items of no other home. */
  readonly category: 'storage' | 'computation' | 'transient';
  /** Means. */
  readonly keyBytes: number;
  readonly valueBytes: number;
  /** Shares as published. */
  readonly operations: { readonly [operation in TwitterOperation]?: number };
  /** Exponent of the popularity; 0 is uniform. */
  readonly zipfAlpha: number;
}

type Row = readonly [
  cluster: number,
  category: TwitterProfile['category'],
  keyBytes: number,
  valueBytes: number,
  zipfAlpha: number,
  operations: TwitterProfile['operations'],
];

const ROWS: readonly Row[] = [
  [6, 'computation', 44, 252, 1.882, { get: 0.98, set: 0.02 }],
  [7, 'computation', 17, 1_936, 1.0666, { get: 0.82, set: 0.18 }],
  [11, 'storage', 24, 170, 1.4891, { get: 0.96, add: 0.02, gets: 0.01, cas: 0.01 }],
  [12, 'computation', 44, 1_030, 0.3048, { set: 0.8, get: 0.2 }],
  [14, 'storage', 96, 414, 1.2959, { get: 0.65, delete: 0.22, set: 0.13 }],
  [15, 'transient', 18, 102, 0.0242, { set: 1 }],
  [17, 'storage', 19, 212, 2.1106, { get: 0.99 }],
  [18, 'storage', 18, 37, 2.0994, { get: 0.96, add: 0.01, gets: 0.01, cas: 0.01 }],
  [19, 'computation', 42, 101, 0.735, { get: 0.75, set: 0.25 }],
  [22, 'transient', 54, 4, 0.7624, { get: 0.72, incr: 0.18, set: 0.1 }],
  [24, 'storage', 32, 699, 1.3726, { get: 0.99 }],
  [25, 'storage', 49, 28, 0.9929, { get: 0.95, add: 0.02, gets: 0.02, cas: 0.02 }],
  [26, 'transient', 122, 1_745, 0.6299, { get: 0.71, set: 0.29 }],
  [29, 'storage', 36, 799, 1.2323, { get: 0.86, set: 0.13 }],
  [31, 'computation', 41, 15, 0, { set: 0.94, get: 0.06 }],
  [34, 'computation', 33, 322, 1.1401, { get: 0.94, set: 0.06 }],
  [37, 'computation', 72, 20_134, 0.4251, { set: 0.37, get: 0.63 }],
  [44, 'transient', 25, 22, 1.4084, { get: 0.98, add: 0.01 }],
  [45, 'storage', 10, 120, 0.6372, { add: 0.15, get: 0.85 }],
  [52, 'storage', 20, 273, 1.2117, { get: 0.91, add: 0.04, gets: 0.02, cas: 0.02 }],
  [54, 'computation', 19, 246, 1.611, { get: 0.97, set: 0.03 }],
];

/** By the number of the cluster. */
export const twitterProfiles: readonly TwitterProfile[] = ROWS.map(
  ([cluster, category, keyBytes, valueBytes, zipfAlpha, operations]) => ({
    cluster,
    category,
    keyBytes,
    valueBytes,
    operations,
    zipfAlpha,
  }),
);

const SOURCE = 'twitter/cache-trace, stat/2020Mar.md';

/**
 * A cluster as a workload. WorkloadError UNKNOWN_PRESET.
 *
 * @param name 'cluster12' or 'twitter-cluster12'
 */
export function profileWorkload(name: string): WorkloadDescription {
  const profile = twitterProfiles.find(
    ({ cluster }) => name.replace(/^twitter-/, '') === `cluster${cluster}`,
  );
  if (profile !== undefined) return describe(profile);
  const known = twitterProfiles.map(({ cluster }) => `cluster${cluster}`);
  throw new WorkloadError({ code: 'UNKNOWN_PRESET', preset: name, known });
}

function describe({ cluster, category, ...profile }: TwitterProfile): WorkloadDescription {
  const { zipfAlpha, keyBytes, valueBytes } = profile;
  return {
    name: `twitter-cluster${cluster}`,
    about: `Twitter's cache cluster ${cluster}, ${category}`,
    mix: mixOf(profile.operations),
    popularity: zipfAlpha === 0 ? { kind: 'uniform' } : { kind: 'zipf', theta: zipfAlpha },
    valueBytes: { kind: 'constant', bytes: valueBytes },
    keyBytes,
    source: SOURCE,
  };
}

/** Memcached's operations as the reader of the traces takes them, scaled to add up to 1. */
function mixOf(operations: TwitterProfile['operations']): MixShares {
  const shares = { get: 0, put: 0, delete: 0 };
  let sum = 0;
  for (const [operation, share] of Object.entries(operations)) {
    shares[TWITTER_KINDS[operation as TwitterOperation]] += share;
    sum += share;
  }
  return { get: shares.get / sum, put: shares.put / sum, delete: shares.delete / sum };
}
