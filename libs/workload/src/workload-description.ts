/** A workload in words that a person or a file can say: what presets are, and what Workload is built from. */
import { LatestKeys } from './latest-keys.ts';
import { type KeyDistribution, type PopularityDistribution, UniformKeys } from './key-distribution.ts';
import { KeySpace } from './key-space.ts';
import type { KeyNames } from './key-names.ts';
import { KeyText } from './key-text.ts';
import { Mix, type MixShares } from './mix.ts';
import { ConstantSize, EtcValueSize, type SizeDistribution, UniformSize } from './sizes.ts';
import { Workload } from './workload.ts';
import { requireParameter } from './workload-error.ts';
import { ZipfKeys } from './zipf.ts';

/** How often which key is asked for. */
export type Popularity =
  | { readonly kind: 'uniform' }
  | { readonly kind: 'zipf'; readonly theta: number }
  /** The newest keys are the hottest, by Zipf's law over their age (YCSB D). */
  | { readonly kind: 'latest'; readonly theta: number };

/** Sizes of values. `facebook-etc` is the pool of SIGMETRICS 2012; larger draws become `bytesMax`. */
export type ValueSizes =
  | { readonly kind: 'constant'; readonly bytes: number }
  | { readonly kind: 'uniform'; readonly bytesMin: number; readonly bytesMax: number }
  | { readonly kind: 'facebook-etc'; readonly bytesMax: number };

export interface WorkloadDescription {
  /** As the command line has it: 'ycsb-a'. */
  readonly name: string;
  /** In a few words. */
  readonly about: string;
  /** Share of each kind of operation; a kind left out has none. */
  readonly mix: MixShares;
  readonly popularity: Popularity;
  readonly valueBytes: ValueSizes;
  /** Length of every key: keys here have one width. */
  readonly keyBytes: number;
  /** Where the numbers are from. */
  readonly source: string;
}

export interface WorkloadOfOptions {
  /** Keys at the start. */
  readonly keys: number;
  /** Of which keys are hot; the operations are drawn from a Prng of the caller's. */
  readonly seed: number;
  /** In place of the one that follows from the seed, for whoever shifts the hot set. Not for 'latest'. */
  readonly keySpace?: KeySpace;
}

/** Builds what a description says. WorkloadError when it cannot be. */
export function workloadOf(description: WorkloadDescription, options: WorkloadOfOptions): Workload {
  const { keys: n, seed, keySpace } = options;
  const { popularity } = description;
  const mix = new Mix(description.mix);
  const valueBytes = sizesOf(description.valueBytes);
  if (popularity.kind === 'latest') {
    const keys: KeyDistribution = new LatestKeys({ n, theta: popularity.theta });
    return new Workload({ mix, keys, valueBytes, ...(keySpace === undefined ? {} : { keySpace }) });
  }
  const keys = ranksOf(popularity, n);
  return new Workload({
    mix,
    keys,
    valueBytes,
    keySpace: keySpace ?? new KeySpace({ n, scrambleSeed: seed }),
  });
}

/** The distribution over ranks, of which bounds are computed. */
export function ranksOf(
  popularity: Exclude<Popularity, { readonly kind: 'latest' }>,
  keys: number,
): PopularityDistribution {
  return popularity.kind === 'uniform'
    ? new UniformKeys(keys)
    : new ZipfKeys({ n: keys, theta: popularity.theta });
}

/** The skew as one number; 0 is uniform. */
export function skewOf(popularity: Popularity): number {
  return popularity.kind === 'uniform' ? 0 : popularity.theta;
}

export function sizesOf(sizes: ValueSizes): SizeDistribution {
  switch (sizes.kind) {
    case 'constant':
      return new ConstantSize(sizes.bytes);
    case 'uniform':
      return new UniformSize(sizes);
    case 'facebook-etc':
      return new EtcValueSize(sizes.bytesMax);
  }
}

const DIGITS = 12;

/** Keys of one width: 'user', filled up with '-', and as many digits as are left, up to 12. */
export function keyNamesOf({ keyBytes }: Pick<WorkloadDescription, 'keyBytes'>): KeyNames {
  const holds = Number.isInteger(keyBytes) && keyBytes >= 2 && keyBytes <= 255;
  requireParameter(holds, 'key bytes', keyBytes, 'an integer from 2 to 255');
  const prefixBytes = Math.max(1, keyBytes - DIGITS);
  return new KeyText({ prefix: 'user'.slice(0, prefixBytes).padEnd(prefixBytes, '-'), bytes: keyBytes });
}
