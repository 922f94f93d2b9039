import { assert, formatNanos, type Nanos, type Prng } from '@ballast/base';

type Family = 'constant' | 'uniform' | 'exponential' | 'lognormal' | 'bimodal' | 'empirical';

/**
 * A distribution of durations: service times, jitter.
 *
 * One class for all families, so that a draw is one call site of one shape. Draws are never negative
 * and never infinite.
 */
export class Distribution {
  readonly meanNs: Nanos;
  readonly #family: Family;
  readonly #first: number;
  readonly #second: number;
  readonly #ratio: number;
  readonly #samples: Float64Array;
  readonly #text: string;

  /** Use the functions below. */
  constructor(family: Family, meanNs: Nanos, text: string, parameters: Parameters = {}) {
    assert(
      meanNs >= 0 && meanNs < Infinity,
      `the mean of a ${family} distribution is a duration, not ${meanNs}`,
    );
    this.#family = family;
    this.meanNs = meanNs;
    this.#text = text;
    this.#first = parameters.first ?? 0;
    this.#second = parameters.second ?? 0;
    this.#ratio = parameters.ratio ?? 0;
    this.#samples = parameters.samples ?? new Float64Array(0);
  }

  draw(prng: Prng): Nanos {
    switch (this.#family) {
      case 'constant':
        return this.meanNs;
      case 'exponential':
        return prng.exponential(this.meanNs);
      case 'uniform':
        return this.#first + (this.#second - this.#first) * prng.unit();
      case 'lognormal':
        return Math.exp(prng.normal(this.#first, this.#second));
      case 'bimodal':
        return prng.chance(this.#ratio) ? this.#second : this.#first;
      case 'empirical':
        return this.#samples[prng.below(this.#samples.length)]!;
    }
  }

  /** The family and its parameters, for reports: 'exponential, mean 10 us'. */
  toString(): string {
    return this.#text;
  }
}

interface Parameters {
  readonly first?: number;
  readonly second?: number;
  readonly ratio?: number;
  readonly samples?: Float64Array;
}

export function constant(durationNs: Nanos): Distribution {
  return new Distribution('constant', durationNs, `constant ${formatNanos(durationNs)}`);
}

/** Every duration from `fromNs` up to `toNs` is equally likely. */
export function uniform(fromNs: Nanos, toNs: Nanos): Distribution {
  assert(fromNs >= 0 && fromNs <= toNs, 'a uniform distribution goes from 0 or more upwards');
  const text = `uniform, ${formatNanos(fromNs)} to ${formatNanos(toNs)}`;
  return new Distribution('uniform', (fromNs + toNs) / 2, text, { first: fromNs, second: toNs });
}

export function exponential(meanNs: Nanos): Distribution {
  return new Distribution('exponential', meanNs, `exponential, mean ${formatNanos(meanNs)}`);
}

/** `sigma` is the standard deviation of the logarithm: 0 is constant, 1 has a p99 of six times its mean. */
export function lognormal(shape: { meanNs: Nanos; sigma: number }): Distribution {
  const { meanNs, sigma } = shape;
  assert(meanNs > 0 && sigma >= 0, 'a lognormal distribution has a positive mean and a sigma of 0 or more');
  const text = `lognormal, mean ${formatNanos(meanNs)}, sigma ${sigma}`;
  return new Distribution('lognormal', meanNs, text, {
    first: Math.log(meanNs) - (sigma * sigma) / 2,
    second: sigma,
  });
}

/** Most take `shortNs`; a share of `longRatio` takes `longNs`. */
export function bimodal(shape: { shortNs: Nanos; longNs: Nanos; longRatio: number }): Distribution {
  const { shortNs, longNs, longRatio } = shape;
  assert(
    shortNs >= 0 && longNs >= 0 && longRatio >= 0 && longRatio <= 1,
    'a bimodal distribution has a ratio of 0 to 1',
  );
  const meanNs = shortNs * (1 - longRatio) + longNs * longRatio;
  const text = `bimodal, ${formatNanos(shortNs)} or in ${100 * longRatio}% ${formatNanos(longNs)}`;
  return new Distribution('bimodal', meanNs, text, { first: shortNs, second: longNs, ratio: longRatio });
}

/** Draws one of the measured samples, each with equal probability. */
export function empirical(samplesNs: readonly Nanos[]): Distribution {
  assert(
    samplesNs.length > 0 && samplesNs.every((s) => s >= 0),
    'an empirical distribution has samples, none negative',
  );
  const samples = Float64Array.from(samplesNs);
  const meanNs = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  return new Distribution('empirical', meanNs, `${samples.length} samples, mean ${formatNanos(meanNs)}`, {
    samples,
  });
}
