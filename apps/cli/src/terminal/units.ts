/** Numbers as people read them. */
import { formatNanos } from '@ballast/base';

const integers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** '44,800'. */
export function formatCount(count: number): string {
  return integers.format(count);
}

/** Three significant digits and a unit: '44.8k', '3.2M', '740'. */
export function formatRate(perSecond: number): string {
  for (const { suffix, scale } of [
    { suffix: 'M', scale: 1e6 },
    { suffix: 'k', scale: 1e3 },
  ]) {
    const rounded = Number((perSecond / scale).toPrecision(3));
    if (rounded >= 1) return `${rounded}${suffix}`;
  }
  return String(Math.round(perSecond));
}

/** '73 %'. */
export function formatShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Microseconds in the unit that fits: '912 us', '1.5 ms', '2.04 s'. */
export function formatMicros(us: number): string {
  return formatNanos(us * 1000);
}

/** A percentile of latencies in microseconds: '912 us'. Nothing takes no time: 0 is of no latencies at all, '-'. */
export function formatLatency(us: number): string {
  return us === 0 ? '-' : formatMicros(us);
}

/** Ids with runs written short: '0-3, 7'. Precondition: ascending. */
export function formatIds(ids: readonly number[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const id of ids) {
    const run = runs.at(-1);
    if (run?.last === id - 1) run.last = id;
    else runs.push({ first: id, last: id });
  }
  return runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}
