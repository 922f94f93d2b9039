/** How long a rack suffered: from each shift of its hot set, and from a fault. */

/** Less than this share of what is offered is reduced throughput, beyond the noise of random arrivals. */
const REDUCED_SHARE = 0.95;
/** Deviations of the number of arrivals in a window that are still noise. */
const NOISE_DEVIATIONS = 4;

export interface MeasuredWindow {
  /** When it ended, from the start of the run. */
  readonly timeMs: number;
  /** Operations a second. */
  readonly throughput: number;
  readonly p99Us: number;
}

/** A type, not an interface: it is a part of a row. */
export type Recovery = {
  /** Shifts so far. */
  readonly shift: number;
  /** After this shift, before the next: the time in windows of reduced throughput. Null before the first. */
  readonly reducedMs: number | null;
  /** From this shift to the end of the last window that was reduced or late; null: it did not end. */
  readonly recoveryMs: number | null;
};

/** For each window, in order, what became of the shift before it. Shifts are `periodMs` apart. */
export function recoveries(
  windows: readonly MeasuredWindow[],
  { offered, periodMs, sloUs }: { offered: number; periodMs: number; sloUs: number },
): Recovery[] {
  const shiftBefore = (i: number): number => Math.floor((windows[i - 1]?.timeMs ?? 0) / periodMs + 1e-9);
  const byShift = Map.groupBy(windows.keys(), shiftBefore);
  const recoveryOf = (shift: number, indexes: readonly number[]): Recovery => {
    if (shift === 0) return { shift, reducedMs: null, recoveryMs: null };
    const widthMs = (i: number): number => windows[i]!.timeMs - (windows[i - 1]?.timeMs ?? 0);
    const isReduced = (i: number): boolean =>
      windows[i]!.throughput < reducedBelow(offered, REDUCED_SHARE, widthMs(i));
    const reducedMs = indexes.filter(isReduced).reduce((sum, i) => sum + widthMs(i), 0);
    const bad = indexes.filter((i) => isReduced(i) || windows[i]!.p99Us > sloUs);
    const last = bad.at(-1);
    const sinceShiftMs = last === undefined ? 0 : windows[last]!.timeMs - shift * periodMs;
    const recoveryMs = last !== undefined && last === indexes.at(-1) ? null : tidy(sinceShiftMs);
    return { shift, reducedMs: tidy(reducedMs), recoveryMs };
  };
  const recovery = new Map([...byShift].map(([shift, indexes]) => [shift, recoveryOf(shift, indexes)]));
  return windows.map((_, i) => recovery.get(shiftBefore(i))!);
}

/** A type, not an interface: it is a part of a row. */
export type Dip = {
  /** Mean throughput before the fault. */
  readonly before: number;
  /** The lowest window's throughput, as a share of that. */
  readonly lowestShare: number;
  /** Time in windows of reduced throughput. */
  readonly reducedMs: number;
  /** From the fault to the end of the last such window; null: throughput was not back at the end. */
  readonly recoveryMs: number | null;
};

/**
 * What a fault at instant 0 cost, of windows of equal width; those before it end at 0 or earlier.
 *
 * @param backShare of the throughput before: what counts as back
 */
export function dipOf(
  windows: readonly MeasuredWindow[],
  { backShare, windowMs }: { backShare: number; windowMs: number },
): Dip {
  const lead = windows.filter(({ timeMs }) => timeMs <= 0);
  const before = lead.reduce((sum, { throughput }) => sum + throughput, 0) / lead.length;
  const after = windows.slice(lead.length);
  const leastBack = reducedBelow(before, backShare, windowMs);
  const reduced = after.filter(({ throughput }) => throughput < leastBack);
  const last = reduced.at(-1);
  return {
    before,
    lowestShare: Math.min(...after.map(({ throughput }) => throughput / before)),
    reducedMs: tidy(reduced.length * windowMs),
    recoveryMs: last === undefined ? 0 : last === after.at(-1) ? null : tidy(last.timeMs),
  };
}

/** Less than a share of what is expected, and beyond the noise of arrivals in a window of that width. */
function reducedBelow(expected: number, share: number, widthMs: number): number {
  const operations = (expected * widthMs) / 1000;
  return expected * Math.min(share, 1 - NOISE_DEVIATIONS / Math.sqrt(operations));
}

/** Without what binary fractions add. */
function tidy(milliseconds: number): number {
  return Number(milliseconds.toFixed(3));
}
