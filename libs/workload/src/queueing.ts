/**
 * Sojourn times (waiting and service) of one server with Poisson arrivals, first come first served: how
 * much load one server carries under a latency objective.
 *
 * Read first: Kleinrock, "Queueing Systems" I, chapter 5; Franx, "A simple solution for the M/D/c waiting
 * time distribution", OR Letters 29, 2001. Left out: more than one core per queue, finite queues.
 */
import type { Nanos } from '@ballast/base';
import { requireParameter } from './workload-error.ts';

/** Distribution of the time that one operation keeps the server busy. */
export type ServiceTime =
  | { readonly kind: 'exponential'; readonly meanNs: Nanos }
  | { readonly kind: 'constant'; readonly meanNs: Nanos }
  /** Any other. `tail(t)` is the probability of more than t nanoseconds; it must belong to the mean. */
  | { readonly kind: 'general'; readonly meanNs: Nanos; readonly tail: (tNs: Nanos) => number };

/** Lattice steps up to the instant asked for, for general service times; the cost is quadratic. */
const LATTICE_STEPS = 1_000;
/** Error bound of each piece of an integral, in mean service times. */
const INTEGRAL_TOLERANCE = 1e-6;
/** Longest M/D/1 wait, in service times, that is computed term by term; the cost is quadratic. */
const CONSTANT_SERVICES_MAX = 1_024;
/** Below this a tail of a distribution is rounding. */
const TAIL_MIN = 1e-12;
const UTILISATION_TOLERANCE = 1e-7;
const QUANTILE_TOLERANCE = 1e-6;

/**
 * Probability that an operation is answered within t, at a utilisation of 0 ... 1 (1 excluded).
 *
 * Exact for exponential and constant service. For general service numeric: within 5 10^-4 for t up to 80
 * mean service times and utilisations up to 0.99, and far closer if the tail has no jumps.
 */
export function sojournProbability(service: ServiceTime, utilisation: number, tNs: Nanos): number {
  requireService(service);
  requireParameter(utilisation >= 0 && utilisation < 1, 'utilisation', utilisation, 'from 0 to below 1');
  if (tNs < 0) return 0;
  switch (service.kind) {
    case 'exponential': // The sojourn time is exponential with rate mu - lambda.
      return -Math.expm1((-(1 - utilisation) * tNs) / service.meanNs);
    case 'constant':
      return tNs < service.meanNs ? 0 : 1 - constantWaitTail(utilisation, tNs / service.meanNs - 1);
    case 'general':
      return latticeSojourn(service.tail, service.meanNs, utilisation, tNs);
  }
}

/** The sojourn time that a share `quantile` (0 ... 1) of the operations does not exceed. */
export function sojournQuantile(service: ServiceTime, utilisation: number, quantile: number): Nanos {
  requireQuantile(quantile);
  if (service.kind === 'exponential') {
    requireService(service);
    requireParameter(utilisation >= 0 && utilisation < 1, 'utilisation', utilisation, 'from 0 to below 1');
    return (-Math.log1p(-quantile) * service.meanNs) / (1 - utilisation);
  }
  let low = 0;
  let high = service.meanNs;
  while (sojournProbability(service, utilisation, high) < quantile) {
    low = high;
    high *= 2;
  }
  while (high - low > QUANTILE_TOLERANCE * high) {
    const middle = (low + high) / 2;
    if (sojournProbability(service, utilisation, middle) < quantile) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The highest utilisation at which a share `quantile` of the operations is answered within the objective.
 *
 * One server's peak throughput is this divided by the mean service time. 0 when an idle server is too slow.
 */
export function peakUtilisation(
  service: ServiceTime,
  options: { quantile: number; objectiveNs: Nanos },
): number {
  const { quantile, objectiveNs } = options;
  requireQuantile(quantile);
  const meets = (utilisation: number): boolean =>
    sojournProbability(service, utilisation, objectiveNs) >= quantile;
  if (!meets(0)) return 0;
  let low = 0;
  let high = 1;
  while (high - low > UTILISATION_TOLERANCE) {
    const middle = (low + high) / 2;
    if (meets(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * M/D/1: probability of waiting longer than x service times.
 *
 * The tail is exponential but for its beginning, so long waits are extrapolated.
 */
function constantWaitTail(load: number, x: number): number {
  const last = CONSTANT_SERVICES_MAX;
  if (x <= last) return 1 - constantWait(load, x);
  const atLast = 1 - constantWait(load, last);
  if (atLast < TAIL_MIN) return 0;
  const ratio = atLast / (1 - constantWait(load, last - 1));
  return atLast * ratio ** (x - last);
}

/**
 * M/D/1: probability of waiting no longer than x service times.
 *
 * Franx's formula, which has positive terms only; Crommelin's alternating series loses every digit at high
 * load. With k = floor(x) + 1 and y = load (k - x):
 *
 *   P(W <= x) = e^-y sum over j < k of P(at most k - 1 - j waiting) y^j / j!
 */
function constantWait(load: number, x: number): number {
  const k = Math.floor(x) + 1;
  const inSystem = constantServiceStates(load, k);
  const y = load * (k - x);
  // Cumulated: atMost[i] is the probability of i operations or fewer in the system.
  const atMost = new Float64Array(k + 1);
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += inSystem[i]!;
    atMost[i] = sum;
  }
  let poisson = Math.exp(-y);
  let probability = 0;
  for (let j = 0; j < k; j++) {
    probability += atMost[k - j]! * poisson; // One in service: k - j in the system are k - 1 - j waiting.
    poisson *= y / (j + 1);
  }
  return Math.min(1, probability);
}

/**
 * M/D/1: stationary probabilities of 0 ... last operations in the system.
 *
 * Balances the crossings of each level, so that all terms are positive (Kleinrock's balance per state
 * subtracts): a_0 p_(n+1) = p_0 A_n + sum over j = 1 ... n of p_j A_(n+1-j), where A_i is the probability
 * of more than i arrivals during a service.
 */
function constantServiceStates(load: number, last: number): Float64Array {
  const noArrival = Math.exp(-load);
  const moreThan = poissonTails(load, last);
  const states = new Float64Array(last + 1);
  const idle = 1 - load;
  states[0] = idle;
  for (let n = 0; n < last; n++) {
    let crossing = idle * moreThan[n]!;
    for (let j = 1; j <= n; j++) crossing += states[j]! * moreThan[n + 1 - j]!;
    states[n + 1] = crossing / noArrival;
  }
  return states;
}

/** Probabilities of more than 0, 1 ... last arrivals of a Poisson distribution, summed from the small end. */
function poissonTails(mean: number, last: number): Float64Array {
  const beyond = last + 40; // The terms left out are below mean^40 / 40!, less than 10^-47 for a mean of 1.
  const term = new Float64Array(beyond + 1);
  term[0] = Math.exp(-mean);
  for (let i = 1; i <= beyond; i++) term[i] = (term[i - 1]! * mean) / i;
  const tails = new Float64Array(last + 1);
  let sum = 0;
  for (let i = beyond; i >= 1; i--) {
    sum += term[i]!;
    if (i <= last + 1) tails[i - 1] = sum;
  }
  return tails;
}

/**
 * M/G/1: probability of a sojourn within t.
 *
 * By Pollaczek and Khinchine the wait is a geometric number of residual services. On a lattice of step h
 * its distribution is Panjer's recursion (ASTIN Bulletin 12, 1981); the service is added by convolution.
 * The residual life is integrated over each step and rounded to its middle, so errors cancel to first order.
 */
function latticeSojourn(tail: (tNs: Nanos) => number, meanNs: Nanos, load: number, tNs: Nanos): number {
  const step = tNs / LATTICE_STEPS;
  if (step === 0) return 0;
  const residual = residualLattice(tail, meanNs, step);
  const wait = new Float64Array(LATTICE_STEPS + 1);
  const scale = load / (1 - load * residual[0]!);
  wait[0] = (1 - load) / (1 - load * residual[0]!);
  for (let k = 1; k <= LATTICE_STEPS; k++) {
    let sum = 0;
    for (let j = 1; j <= k; j++) sum += residual[j]! * wait[k - j]!;
    wait[k] = scale * sum;
  }
  let within = 0;
  for (let k = 0; k <= LATTICE_STEPS; k++) within += wait[k]! * (1 - tail((LATTICE_STEPS - k) * step));
  return Math.min(1, within);
}

/** Probabilities that the residual service rounds to 0, 1, 2 … steps. Its density is tail(t) / mean. */
function residualLattice(tail: (tNs: Nanos) => number, meanNs: Nanos, step: number): Float64Array {
  const masses = new Float64Array(LATTICE_STEPS + 1);
  let from = 0;
  let atFrom = tail(0);
  for (let k = 0; k <= LATTICE_STEPS; k++) {
    const to = (k + 0.5) * step;
    const atTo = tail(to);
    masses[k] = integral(tail, { from, atFrom, to, atTo }, INTEGRAL_TOLERANCE * meanNs) / meanNs;
    from = to;
    atFrom = atTo;
  }
  return masses;
}

/**
 * Integral of a function that never rises, over jumps too.
 *
 * Between two points it stays between their values, so a piece is good when width times fall is small.
 * A jump is one such piece, and pieces of a smooth function err by far less than this bound.
 */
function integral(
  tail: (tNs: Nanos) => number,
  span: { from: number; atFrom: number; to: number; atTo: number },
  tolerance: number,
): number {
  const { from, atFrom, to, atTo } = span;
  const width = to - from;
  if (width * (atFrom - atTo) <= 2 * tolerance) return (width * (atFrom + atTo)) / 2;
  const middle = from + width / 2;
  const atMiddle = tail(middle);
  const left = integral(tail, { from, atFrom, to: middle, atTo: atMiddle }, tolerance);
  return left + integral(tail, { from: middle, atFrom: atMiddle, to, atTo }, tolerance);
}

function requireService(service: ServiceTime): void {
  const { meanNs } = service;
  requireParameter(meanNs > 0 && meanNs < Infinity, 'mean service time', meanNs, 'finite and more than 0 ns');
}

function requireQuantile(quantile: number): void {
  requireParameter(quantile > 0 && quantile < 1, 'quantile', quantile, 'above 0 and below 1');
}
