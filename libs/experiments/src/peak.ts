/**
 * Peak throughput of a rack: the largest offered load at which the 99th percentile of the latency meets an
 * objective. From a first guess the search goes up or down until it has the peak between two loads, then
 * halves the interval. One rack serves all probes, so that the directory stays warm; after a probe that
 * overloads it the queues are drained.
 */
import { assert, type Nanos, seconds, us } from '@ballast/base';
import type { RackReading } from '@ballast/rack';
import type { LoadedRack } from './experiment.ts';

export interface PeakOptions {
  /** Objective for the 99th percentile. */
  readonly sloUs: number;
  /** Where the search starts, operations a second; a bad guess costs probes, nothing else. */
  readonly guessPerSecond: number;
  /** Operations per probe. */
  readonly operations: number;
  /** Relative width of the interval at which the search ends. */
  readonly precision: number;
  readonly onProbe?: () => void;
}

export interface Peak {
  /** Answered operations a second at the largest load that met the objective. */
  readonly throughputPerSecond: number;
  readonly reading: RackReading;
}

/** Share of the operations that may miss the objective. */
const MISSES_MAX = 0.01;
/** A probe is cut into so many slices, and given up after one in which it is lost beyond doubt. */
const SLICES = 12;
/** Of a probe's operations, before they are measured. */
export const WARM_UP_SHARE = 0.25;
/** Longest that a drained rack is waited for. */
const DRAIN_NS_MAX = seconds(100_000);

/** One step of the search away from the guess. */
const STEP = 1.25;
/** A peak so much smaller than the guess is none. */
const SHARE_OF_GUESS_MIN = 1e-3;
/** So many probes that agree decide about a load. Near the peak one probe alone is a matter of luck. */
const MAJORITY = 2;

/** Probes that a search takes with a good guess, for progress bars. */
export function probesOf({ precision }: { readonly precision: number }): number {
  return Math.ceil(2.5 * Math.log2((STEP - 1) / precision)) + 6;
}

/** Finds the peak. Null when no load at all meets the objective: service alone takes too long. */
export function findPeak(rack: LoadedRack, options: PeakOptions): Peak | null {
  let best: Peak | null = null;
  const meets = (rate: number): boolean => {
    let met = 0;
    for (let missed = 0; met < MAJORITY && missed < MAJORITY;) {
      const reading = probe(rack, rate, options);
      options.onProbe?.();
      if (reading === null) missed++;
      else if (++met === MAJORITY) best = { throughputPerSecond: reading.throughputPerSecond, reading };
    }
    return met === MAJORITY;
  };
  let low = options.guessPerSecond;
  let high = low;
  if (meets(low)) {
    for (high = low * STEP; meets(high); high *= STEP) low = high;
  } else {
    for (low = high / STEP; !meets(low); low /= STEP) {
      high = low;
      if (high < options.guessPerSecond * SHARE_OF_GUESS_MIN) return null;
    }
  }
  while (high - low > options.precision * high) {
    const rate = (low + high) / 2;
    if (meets(rate)) low = rate;
    else high = rate;
  }
  return best;
}

/** The 99th percentile under a load, whether the rack can carry it or not. The rack is at rest afterwards. */
export function p99UsAt(
  rack: LoadedRack,
  ratePerSecond: number,
  options: Pick<PeakOptions, 'operations'>,
): number {
  return readingAt(rack, ratePerSecond, options).late.p99Us;
}

/**
 * What a rack shows under a load: `loaded` at its end, for use; `late` when all that was asked in it is
 * answered, for latencies. The rack is at rest before and afterwards.
 */
export function readingAt(
  rack: LoadedRack,
  ratePerSecond: number,
  { operations }: Pick<PeakOptions, 'operations'>,
): { readonly loaded: RackReading; readonly late: RackReading } {
  const { kernel } = rack;
  const windowNs: Nanos = (operations / ratePerSecond) * 1e9;
  drain(rack); // What an earlier load left in the queues is no matter of this one.
  rack.setRate(ratePerSecond);
  kernel.runUntil(kernel.now + windowNs * WARM_UP_SHARE);
  rack.measureFrom();
  kernel.runUntil(kernel.now + windowNs);
  const loaded = rack.reading();
  drain(rack);
  return { loaded, late: rack.reading() };
}

/** Offers a load; the reading, or null when the objective was missed. */
function probe(rack: LoadedRack, ratePerSecond: number, options: PeakOptions): RackReading | null {
  const { kernel } = rack;
  const sloNs = us(options.sloUs);
  const windowNs: Nanos = Math.max((options.operations / ratePerSecond) * 1e9, sloNs * 4);
  rack.setRate(ratePerSecond);
  kernel.runUntil(kernel.now + windowNs * WARM_UP_SHARE);
  rack.measureFrom();
  const outstandingMax = Math.max(64, ratePerSecond * (sloNs / 1e9) * 8);
  for (let slice = 0; slice < SLICES; slice++) {
    kernel.runUntil(kernel.now + windowNs / SLICES);
    if (outstanding(rack) > outstandingMax) return drain(rack);
  }
  const reading = rack.reading();
  // Operations still on their way that are late already count as misses.
  const late = Math.max(0, outstanding(rack) - ratePerSecond * (sloNs / 1e9));
  const isMet = reading.p99Us <= options.sloUs && late + reading.lost <= reading.operations * MISSES_MAX;
  return isMet ? reading : drain(rack);
}

function outstanding(rack: LoadedRack): number {
  return rack.clients.reduce((sum, node) => sum + node.core.client.outstanding, 0);
}

/**
 * Lets the rack come to rest; repeats of requests that were answered wait in queues even after the last
 * answer.
 */
function drain(rack: LoadedRack): null {
  rack.setRate(0);
  const { kernel } = rack;
  const isBusy = (): boolean =>
    outstanding(rack) > 0 || rack.servers.some((server) => server.queueLength > 0);
  kernel.runWhile(isBusy, kernel.now + DRAIN_NS_MAX);
  assert(outstanding(rack) === 0, 'a rack without load answers what it was asked');
  return null;
}
