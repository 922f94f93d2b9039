/**
 * Which keys are hot: exact counts for the replicated ones, read from the switch, and samples of the
 * requests for all others, both decayed from epoch to epoch so that a shift of the load shows within two.
 */
import { assert } from '@ballast/base';

export interface PopularityConfig {
  /** One request in so many is sampled. */
  readonly sampleRatio: number;
  /** A key with fewer samples (decayed) is noise. The published constant is 4. */
  readonly samplesMin: number;
  /** A key takes another's place only if it is so many times hotter. */
  readonly hysteresis: number;
  /** What an epoch's count is worth in the next: 0 forgets at once, near 1 hardly. */
  readonly decay: number;
}

/** A replicated key, as the dashboard and the controller see it. Counts are per epoch, decayed. */
export interface HotKeyReport {
  readonly entry: number;
  readonly key: string;
  readonly generation: number;
  readonly reads: number;
  readonly writes: number;
}

export interface Candidate {
  readonly hashHi: number;
  readonly hashLo: number;
  /** Estimated requests per epoch. */
  readonly rate: number;
  /** Of these, the share that are writes. */
  readonly writeShare: number;
}

interface Sampled {
  readonly hashHi: number;
  readonly hashLo: number;
  score: number;
  writes: number;
}

/** Below this score a sampled key is forgotten. */
const SCORE_MIN = 0.25;

/** Samples of the keys that are not replicated. */
export class Popularity {
  readonly #config: PopularityConfig;
  readonly #sampled = new Map<string, Sampled>();

  constructor(config: PopularityConfig) {
    assert(config.decay >= 0 && config.decay < 1, 'the decay is at least 0 and below 1');
    this.#config = config;
  }

  sample(hashHi: number, hashLo: number, isWrite: boolean): void {
    const name = `${hashHi}:${hashLo}`;
    const sampled = this.#sampled.get(name) ?? { hashHi, hashLo, score: 0, writes: 0 };
    sampled.score++;
    if (isWrite) sampled.writes++;
    this.#sampled.set(name, sampled);
  }

  /** The key is replicated now: the switch counts it. */
  forget(hashHi: number, hashLo: number): void {
    this.#sampled.delete(`${hashHi}:${hashLo}`);
  }

  /** Ends an epoch: the keys worth promoting, hottest first. */
  endEpoch(): Candidate[] {
    const { sampleRatio, samplesMin, decay } = this.#config;
    const candidates: Candidate[] = [];
    for (const [name, sampled] of this.#sampled) {
      if (sampled.score >= samplesMin) {
        // The sum of a steady count c is c / (1 - decay).
        const rate = sampled.score * (1 - decay) * sampleRatio;
        const { hashHi, hashLo, score, writes } = sampled;
        candidates.push({ hashHi, hashLo, rate, writeShare: writes / score });
      }
      sampled.score *= decay;
      sampled.writes *= decay;
      if (sampled.score < SCORE_MIN) this.#sampled.delete(name);
    }
    return candidates.sort((a, b) => b.rate - a.rate);
  }
}
