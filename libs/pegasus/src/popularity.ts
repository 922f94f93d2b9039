/**
 * Which keys are hot: exact counts for the replicated ones, read from the switch, and an estimator for all
 * others; both decayed from epoch to epoch so that a shift of the load shows within two.
 */
import { assert } from '@ballast/base';

export interface PopularityConfig {
  /** Where counts of the keys that are not replicated come from; must agree with the switch's program. */
  readonly estimator: 'sampling' | 'sketch';
  /** Sampling: one request in so many is copied to the controller. */
  readonly sampleRatio: number;
  /** Sampling: a key with fewer samples (decayed) is noise. The published constant is 4. */
  readonly samplesMin: number;
  /** Sketch: a key with fewer requests (decayed) is not worth a place in the directory. */
  readonly requestsMin: number;
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

/** What a record of the switch's sketch says of a key: its requests in one epoch, hardly ever too many. */
export interface SketchCount {
  readonly hashHi: number;
  readonly hashLo: number;
  readonly requests: number;
  readonly writes: number;
}

/** Tells which of the keys that are not replicated are hot. */
export interface HotKeyEstimator {
  /** Least requests in an epoch for which a record of the sketch is wanted; null: there is no sketch. */
  readonly sketchMin: number | null;
  /** A request that the switch copied to the controller. */
  sample(hashHi: number, hashLo: number, isWrite: boolean): void;
  /** Ends an epoch, of which the sketch says this: the keys worth promoting, hottest first. */
  endEpoch(sketch: readonly SketchCount[]): Candidate[];
  /** The key is replicated now: the switch counts it. */
  forget(hashHi: number, hashLo: number): void;
}

export function createEstimator(config: PopularityConfig): HotKeyEstimator {
  return config.estimator === 'sketch' ? new SketchEstimator(config) : new SamplingEstimator(config);
}

/** Estimates by samples of the requests (OSDI '20, §5). */
export class SamplingEstimator implements HotKeyEstimator {
  readonly sketchMin = null;
  readonly #scores: DecayedScores;

  constructor({ sampleRatio, samplesMin, decay }: PopularityConfig) {
    this.#scores = new DecayedScores({ requestsPerCount: sampleRatio, scoreMin: samplesMin, decay });
  }

  sample(hashHi: number, hashLo: number, isWrite: boolean): void {
    this.#scores.add(hashHi, hashLo, 1, isWrite ? 1 : 0);
  }

  endEpoch(): Candidate[] {
    return this.#scores.endEpoch();
  }

  forget(hashHi: number, hashLo: number): void {
    this.#scores.delete(hashHi, hashLo);
  }
}

/** Estimates by a sketch in the switch; see libs/programs/src/heavy-keeper.ts. */
export class SketchEstimator implements HotKeyEstimator {
  readonly sketchMin: number;
  readonly #scores: DecayedScores;

  constructor({ requestsMin, decay }: PopularityConfig) {
    this.#scores = new DecayedScores({ requestsPerCount: 1, scoreMin: requestsMin, decay });
    // A steady count of so many adds up to the least score.
    this.sketchMin = Math.max(1, Math.floor(requestsMin * (1 - decay)));
  }

  sample(): void {
    // A switch with a sketch copies nothing.
  }

  endEpoch(sketch: readonly SketchCount[]): Candidate[] {
    // Each row of the sketch may have lost some of a key's requests, so the largest count is the best one.
    const best = new Map<string, SketchCount>();
    for (const count of sketch) {
      const name = nameOf(count.hashHi, count.hashLo);
      if (count.requests > (best.get(name)?.requests ?? 0)) best.set(name, count);
    }
    // Decay takes from the requests of a record, not from its writes.
    for (const { hashHi, hashLo, requests, writes } of best.values())
      this.#scores.add(hashHi, hashLo, requests, Math.min(writes, requests));
    return this.#scores.endEpoch();
  }

  forget(hashHi: number, hashLo: number): void {
    this.#scores.delete(hashHi, hashLo);
  }
}

interface Score {
  readonly hashHi: number;
  readonly hashLo: number;
  score: number;
  writes: number;
}

/** Below this score a key is forgotten. */
const SCORE_MIN = 0.25;

/** Counts by key, of which an epoch keeps a share for the next. */
class DecayedScores {
  readonly #requestsPerCount: number;
  readonly #scoreMin: number;
  readonly #decay: number;
  readonly #scores = new Map<string, Score>();

  constructor(options: { requestsPerCount: number; scoreMin: number; decay: number }) {
    assert(options.decay >= 0 && options.decay < 1, 'the decay is at least 0 and below 1');
    this.#requestsPerCount = options.requestsPerCount;
    this.#scoreMin = options.scoreMin;
    this.#decay = options.decay;
  }

  add(hashHi: number, hashLo: number, count: number, writes: number): void {
    const name = nameOf(hashHi, hashLo);
    const score = this.#scores.get(name) ?? { hashHi, hashLo, score: 0, writes: 0 };
    score.score += count;
    score.writes += writes;
    this.#scores.set(name, score);
  }

  delete(hashHi: number, hashLo: number): void {
    this.#scores.delete(nameOf(hashHi, hashLo));
  }

  endEpoch(): Candidate[] {
    const candidates: Candidate[] = [];
    for (const [name, key] of this.#scores) {
      const { hashHi, hashLo, score, writes } = key;
      if (score >= this.#scoreMin) {
        // The sum of a steady count c is c / (1 - decay).
        const rate = score * (1 - this.#decay) * this.#requestsPerCount;
        candidates.push({ hashHi, hashLo, rate, writeShare: writes / score });
      }
      key.score *= this.#decay;
      key.writes *= this.#decay;
      if (key.score < SCORE_MIN) this.#scores.delete(name);
    }
    return candidates.sort((a, b) => b.rate - a.rate);
  }
}

function nameOf(hashHi: number, hashLo: number): string {
  return `${hashHi}:${hashLo}`;
}
