import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, type Nanos, NEVER, Prng, seconds, us } from '@ballast/base';
import { assertFits } from '../test/goodness-of-fit.ts';
import { type ArrivalProcess, BurstArrivals, DeterministicArrivals, PoissonArrivals } from './arrivals.ts';
import { WorkloadError } from './workload-error.ts';

/** Instants of all arrivals up to `end`. */
function until(arrivals: ArrivalProcess, end: Nanos, prng: Prng): Nanos[] {
  const instants: Nanos[] = [];
  while (arrivals.nextNs <= end) {
    instants.push(arrivals.nextNs);
    arrivals.advance(prng);
  }
  return instants;
}

/** Variance over mean of the counts in windows: 1 for Poisson, 0 for regular, above 1 for bursts. */
function dispersion(instants: Nanos[], windowNs: Nanos, windows: number): number {
  const counts = new Array<number>(windows).fill(0);
  for (const instant of instants) {
    const window = Math.floor(instant / windowNs);
    if (window < windows) counts[window]!++;
  }
  const mean = counts.reduce((a, b) => a + b, 0) / windows;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / windows / mean;
}

test('arrivals: deterministic intervals do not drift, whatever the rate', () => {
  const arrivals = new DeterministicArrivals({ ratePerSecond: 3e8, startNs: 0 });
  const instants = until(arrivals, ms(1), new Prng(0));
  assert.deepEqual(instants.slice(0, 7), [0, 3, 7, 10, 13, 17, 20]);
  assert.ok(Math.abs(instants.length - 300_001) <= 1);
});

test('arrivals: a phase puts the first deterministic arrival into its interval', () => {
  const arrivals = new DeterministicArrivals({ ratePerSecond: 1_000, startNs: ms(5), phase: 0.25 });
  assert.equal(arrivals.nextNs, ms(5.25));
});

test('arrivals: a change of rate stretches what is left of a deterministic interval', () => {
  const prng = new Prng(0);
  const arrivals = new DeterministicArrivals({ ratePerSecond: 1_000, startNs: 0 });
  arrivals.advance(prng);
  arrivals.setRate(500, us(500), prng);
  assert.equal(arrivals.nextNs, us(500) + us(1_000));
  arrivals.setRate(0, us(600), prng);
  assert.equal(arrivals.nextNs, NEVER);
  arrivals.setRate(1_000, ms(50), prng);
  assert.equal(arrivals.nextNs, ms(50) + us(450));
});

test('arrivals: Poisson intervals are exponential', () => {
  const prng = new Prng(51);
  const arrivals = new PoissonArrivals({ ratePerSecond: 100_000, startNs: ms(1) }, prng);
  const instants = until(arrivals, seconds(1), prng);
  assert.ok(instants[0]! >= ms(1));
  const bins = new Array<number>(20).fill(0);
  instants.slice(1).forEach((instant, i) => {
    const survival = Math.exp(-(instant - instants[i]!) / us(10));
    bins[Math.min(19, Math.floor(survival * 20))]!++;
  });
  assertFits(bins, new Array<number>(20).fill(0.05));
  assert.ok(
    Math.abs(
      dispersion(
        instants.map((t) => t - ms(1)),
        ms(1),
        990,
      ) - 1,
    ) < 0.15,
  );
});

test('arrivals: the rate changes at run time', () => {
  const prng = new Prng(52);
  const arrivals = new PoissonArrivals({ ratePerSecond: 1_000, startNs: 0 }, prng);
  assert.ok(Math.abs(until(arrivals, seconds(10), prng).length - 10_000) < 500);
  arrivals.setRate(10_000, seconds(10), prng);
  assert.ok(Math.abs(until(arrivals, seconds(11), prng).length - 10_000) < 500);
});

test('arrivals: an arrival that is due stays due when the rate changes', () => {
  const prng = new Prng(57);
  const burst = { ratePerSecond: 1_000, peakFactor: 2, onMeanNs: ms(1), offMeanNs: ms(1), startNs: 0 };
  for (const arrivals of [
    new PoissonArrivals({ ratePerSecond: 1_000, startNs: 0 }, prng),
    new DeterministicArrivals({ ratePerSecond: 1_000, startNs: 0 }),
    new BurstArrivals(burst, prng),
  ]) {
    const due = arrivals.nextNs;
    arrivals.setRate(0, due + seconds(1), prng);
    assert.equal(arrivals.nextNs, due);
    arrivals.advance(prng);
    assert.equal(arrivals.nextNs, NEVER);
  }
});

test('arrivals: at rate 0 nothing comes until the rate is raised', () => {
  const prng = new Prng(53);
  for (const arrivals of [
    new PoissonArrivals({ ratePerSecond: 0, startNs: 0 }, prng),
    new DeterministicArrivals({ ratePerSecond: 0, startNs: 0 }),
    new BurstArrivals(
      { ratePerSecond: 0, peakFactor: 2, onMeanNs: ms(1), offMeanNs: ms(1), startNs: 0 },
      prng,
    ),
  ]) {
    assert.equal(arrivals.nextNs, NEVER);
    arrivals.setRate(1_000_000, seconds(7), prng);
    assert.ok(arrivals.nextNs >= seconds(7) && arrivals.nextNs < seconds(7.01));
  }
});

test('arrivals: bursts keep the mean rate and are burstier than Poisson', () => {
  const prng = new Prng(54);
  const options = { ratePerSecond: 100_000, onMeanNs: ms(1), offMeanNs: ms(4), startNs: 0 };
  for (const { peakFactor, least, most } of [
    { peakFactor: 1, least: 0.9, most: 1.1 },
    { peakFactor: 3, least: 20, most: 200 },
    { peakFactor: 5, least: 60, most: 500 },
  ]) {
    const instants = until(new BurstArrivals({ ...options, peakFactor }, prng), seconds(4), prng);
    assert.ok(Math.abs(instants.length / 400_000 - 1) < 0.1, `${instants.length} arrivals`);
    const measured = dispersion(instants, ms(1), 4_000);
    assert.ok(measured > least && measured < most, `dispersion ${measured} at peak ${peakFactor}`);
  }
});

test('arrivals: at the highest peak factor the off state is silent', () => {
  const prng = new Prng(55);
  const options = { ratePerSecond: 1_000_000, peakFactor: 2, onMeanNs: ms(1), offMeanNs: ms(1), startNs: 0 };
  const instants = until(new BurstArrivals(options, prng), seconds(1), prng);
  let gapNs = 0;
  for (let i = 1; i < instants.length; i++) {
    const interval = instants[i]! - instants[i - 1]!;
    if (interval > us(50)) gapNs += interval;
  }
  assert.ok(Math.abs(gapNs / seconds(1) - 0.5) < 0.08, `silent for ${gapNs} of 10^9 ns`);
});

test('arrivals: changing the rate of a burst process often does not change its mean', () => {
  const prng = new Prng(56);
  const options = { ratePerSecond: 10_000, peakFactor: 2, onMeanNs: ms(1), offMeanNs: ms(1), startNs: 0 };
  const arrivals = new BurstArrivals(options, prng);
  let count = 0;
  for (let now = 0; now < seconds(20); now += us(500)) {
    count += until(arrivals, now, prng).length;
    arrivals.setRate(10_000, now, prng);
  }
  assert.ok(Math.abs(count / 200_000 - 1) < 0.03, `${count} arrivals`);
});

test('arrivals: parameters out of range are refused', () => {
  const prng = new Prng(0);
  assert.throws(() => new PoissonArrivals({ ratePerSecond: -1, startNs: 0 }, prng), WorkloadError);
  assert.throws(() => new PoissonArrivals({ ratePerSecond: NaN, startNs: 0 }, prng), WorkloadError);
  assert.throws(() => new DeterministicArrivals({ ratePerSecond: 2e9, startNs: 0 }), WorkloadError);
  const burst = { ratePerSecond: 1_000, peakFactor: 2, onMeanNs: ms(1), offMeanNs: ms(1), startNs: 0 };
  assert.throws(() => new BurstArrivals({ ...burst, peakFactor: 2.1 }, prng), {
    message: 'peakFactor is 2.1; expected 1 to 2, so that the off state has a rate',
  });
  assert.throws(() => new BurstArrivals({ ...burst, onMeanNs: 0 }, prng), WorkloadError);
  assert.throws(() => new BurstArrivals({ ...burst, ratePerSecond: 0.1 }, prng), WorkloadError);
});
