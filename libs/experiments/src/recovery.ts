/** How long a rack suffered from each shift of its hot set. */

/** Less than this share of what is offered is reduced throughput, beyond the noise of random arrivals. */
const REDUCED_SHARE = 0.95;
/** Deviations of the number of arrivals in a window that are still noise. */
const NOISE_DEVIATIONS = 4;

export interface MeasuredWindow {
  /** When it ended, from the start of the run. */
  readonly timeMs: number;
  /** Operations a second. */
  readonly throughput: number;
  readonly operations: number;
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
  const isReduced = ({ throughput, operations }: MeasuredWindow): boolean =>
    throughput < offered * Math.min(REDUCED_SHARE, 1 - NOISE_DEVIATIONS / Math.sqrt(operations));
  const shiftBefore = (i: number): number => Math.floor((windows[i - 1]?.timeMs ?? 0) / periodMs + 1e-9);
  const byShift = Map.groupBy(windows.keys(), shiftBefore);
  const recoveryOf = (shift: number, indexes: readonly number[]): Recovery => {
    if (shift === 0) return { shift, reducedMs: null, recoveryMs: null };
    const widthMs = (i: number): number => windows[i]!.timeMs - (windows[i - 1]?.timeMs ?? 0);
    const reduced = indexes.filter((i) => isReduced(windows[i]!));
    const reducedMs = reduced.reduce((sum, i) => sum + widthMs(i), 0);
    const bad = indexes.filter((i) => isReduced(windows[i]!) || windows[i]!.p99Us > sloUs);
    const last = bad.at(-1);
    const sinceShiftMs = last === undefined ? 0 : windows[last]!.timeMs - shift * periodMs;
    const recoveryMs = last !== undefined && last === indexes.at(-1) ? null : tidy(sinceShiftMs);
    return { shift, reducedMs: tidy(reducedMs), recoveryMs };
  };
  const recovery = new Map([...byShift].map(([shift, indexes]) => [shift, recoveryOf(shift, indexes)]));
  return windows.map((_, i) => recovery.get(shiftBefore(i))!);
}

/** Without what binary fractions add. */
function tidy(milliseconds: number): number {
  return Number(milliseconds.toFixed(3));
}
