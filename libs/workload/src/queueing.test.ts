import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, Prng, us } from '@ballast/base';
import { peakUtilisation, type ServiceTime, sojournProbability, sojournQuantile } from './queueing.ts';
import { WorkloadError } from './workload-error.ts';

const MEAN_NS = us(5);
const EXPONENTIAL: ServiceTime = { kind: 'exponential', meanNs: MEAN_NS };
const CONSTANT: ServiceTime = { kind: 'constant', meanNs: MEAN_NS };
/** Exponential again, but by way of the numeric solution. */
const EXPONENTIAL_BY_TAIL: ServiceTime = {
  kind: 'general',
  meanNs: MEAN_NS,
  tail: (t) => Math.exp(-t / MEAN_NS),
};
const CONSTANT_BY_TAIL: ServiceTime = {
  kind: 'general',
  meanNs: MEAN_NS,
  tail: (t) => (t < MEAN_NS ? 1 : 0),
};
const NUMERIC_AND_EXACT = [
  { numeric: EXPONENTIAL_BY_TAIL, exact: EXPONENTIAL },
  { numeric: CONSTANT_BY_TAIL, exact: CONSTANT },
];
/** Nine operations in ten take 2 us, the tenth 32 us. */
const BIMODAL: ServiceTime = {
  kind: 'general',
  meanNs: us(5),
  tail: (t) => (t < us(2) ? 1 : t < us(32) ? 0.1 : 0),
};

/** Sojourn times of a simulated queue (Lindley's recursion), sorted. */
function simulate(utilisation: number, draw: (prng: Prng) => number, seed: number): Float64Array {
  const prng = new Prng(seed);
  const sojourns = new Float64Array(600_000);
  let waitNs = 0;
  for (let i = -20_000; i < sojourns.length; i++) {
    const serviceNs = draw(prng);
    if (i >= 0) sojourns[i] = waitNs + serviceNs;
    waitNs = Math.max(0, waitNs + serviceNs - prng.exponential(MEAN_NS / utilisation));
  }
  return sojourns.sort();
}

for (const { name, service, draw } of [
  { name: 'exponential', service: EXPONENTIAL, draw: (prng: Prng) => prng.exponential(MEAN_NS) },
  { name: 'constant', service: CONSTANT, draw: () => MEAN_NS },
  { name: 'bimodal', service: BIMODAL, draw: (prng: Prng) => (prng.chance(0.1) ? us(32) : us(2)) },
]) {
  for (const utilisation of [0.3, 0.6, 0.75]) {
    test(`queueing: ${name} service at utilisation ${utilisation} agrees with a simulated queue`, () => {
      const sorted = simulate(utilisation, draw, 61);
      for (const quantile of [0.5, 0.9, 0.99]) {
        const simulatedNs = sorted[Math.floor(quantile * sorted.length)]!;
        const predictedNs = sojournQuantile(service, utilisation, quantile);
        assert.ok(
          Math.abs(predictedNs / simulatedNs - 1) < 0.05,
          `${quantile}: ${predictedNs}, ${simulatedNs}`,
        );
      }
    });
  }
}

test('queueing: exponential service is the textbook formula', () => {
  const expected = (MEAN_NS / 0.3) * Math.log(100);
  assert.ok(Math.abs(sojournQuantile(EXPONENTIAL, 0.7, 0.99) / expected - 1) < 1e-12);
  const peak = peakUtilisation(EXPONENTIAL, { quantile: 0.99, objectiveNs: us(50) });
  assert.ok(Math.abs(peak - (1 - (Math.log(100) * 5) / 50)) < 1e-6);
});

test('queueing: constant service agrees with the alternating series where that is accurate', () => {
  for (const utilisation of [0.1, 0.5, 0.9]) {
    for (const x of [0, 0.25, 1, 1.5, 3.75, 6]) {
      let crommelin = 0;
      let factorial = 1;
      for (let k = 0; k <= x; k++) {
        if (k > 0) factorial *= k;
        crommelin += ((-utilisation * (x - k)) ** k / factorial) * Math.exp(utilisation * (x - k));
      }
      crommelin *= 1 - utilisation;
      const franx = sojournProbability(CONSTANT, utilisation, (1 + x) * MEAN_NS);
      assert.ok(Math.abs(franx - crommelin) < 1e-11, `${franx} and ${crommelin} at ${utilisation}, ${x}`);
    }
  }
});

test('queueing: long waits behind constant service are extrapolated without a step', () => {
  const utilisation = 0.9995;
  const tailAt = (services: number): number =>
    1 - sojournProbability(CONSTANT, utilisation, services * MEAN_NS);
  const decay = tailAt(1_024) / tailAt(1_023);
  for (const services of [1_025, 1_026, 1_030, 5_000]) {
    const expected = tailAt(1_024) * decay ** (services - 1_024);
    assert.ok(Math.abs(tailAt(services) / expected - 1) < 1e-6, `${services} services`);
  }
  assert.equal(sojournProbability(CONSTANT, 0.5, 1e6 * MEAN_NS), 1);
});

test('queueing: the numeric solution agrees with the exact ones', () => {
  for (const utilisation of [0, 0.4, 0.8, 0.95, 0.99]) {
    for (const t of [us(5.1), us(12), us(50), us(150), us(400)]) {
      for (const { numeric, exact } of NUMERIC_AND_EXACT) {
        const difference =
          sojournProbability(numeric, utilisation, t) - sojournProbability(exact, utilisation, t);
        assert.ok(Math.abs(difference) < 5e-4, `${difference} at ${utilisation}, ${t} ns, ${exact.kind}`);
      }
    }
  }
});

test('queueing: the peak meets the objective and a little more load does not', () => {
  for (const service of [EXPONENTIAL, CONSTANT, BIMODAL]) {
    for (const objectiveNs of [us(35), us(50), us(200)]) {
      const peak = peakUtilisation(service, { quantile: 0.99, objectiveNs });
      assert.ok(peak > 0 && peak < 1);
      assert.ok(sojournProbability(service, peak, objectiveNs) >= 0.99);
      assert.ok(sojournProbability(service, peak + 1e-3, objectiveNs) < 0.99);
    }
  }
});

test('queueing: constant service carries more than exponential under the same objective', () => {
  const objective = { quantile: 0.99, objectiveNs: us(50) };
  const exponential = peakUtilisation(EXPONENTIAL, objective);
  const constant = peakUtilisation(CONSTANT, objective);
  assert.ok(constant > exponential + 0.2, `${constant} and ${exponential}`);
});

test('queueing: an objective that an idle server misses leaves no load, a generous one nearly all', () => {
  assert.equal(peakUtilisation(CONSTANT, { quantile: 0.99, objectiveNs: us(4.9) }), 0);
  assert.equal(peakUtilisation(EXPONENTIAL, { quantile: 0.99, objectiveNs: us(20) }), 0);
  assert.ok(peakUtilisation(CONSTANT, { quantile: 0.99, objectiveNs: ms(100) }) > 0.999);
});

test('queueing: parameters out of range are refused', () => {
  assert.throws(() => sojournQuantile(EXPONENTIAL, 1, 0.99), WorkloadError);
  assert.throws(() => sojournQuantile(CONSTANT, 0.5, 1), WorkloadError);
  assert.throws(() => sojournProbability({ kind: 'constant', meanNs: 0 }, 0.5, 1), WorkloadError);
  assert.throws(() => peakUtilisation(CONSTANT, { quantile: 0, objectiveNs: 1 }), WorkloadError);
});
