/**
 * Nanoseconds since the start of the process or of the simulation.
 *
 * A plain number: exact for 104 days, and four times faster than a bigint in arithmetic.
 */
export type Nanos = number;

/** The deadline of a core that waits for nothing. Compares after every instant. */
export const NEVER: Nanos = Infinity;

export function us(microseconds: number): Nanos {
  return microseconds * 1_000;
}

export function ms(milliseconds: number): Nanos {
  return milliseconds * 1_000_000;
}

export function seconds(count: number): Nanos {
  return count * 1_000_000_000;
}

const UNITS = [
  { unit: 's', scale: 1e9 },
  { unit: 'ms', scale: 1e6 },
  { unit: 'us', scale: 1e3 },
] as const;

/** A duration as a person writes it: '1.5 ms', '250 ns'. Three significant digits. */
export function formatNanos(duration: Nanos): string {
  if (duration === NEVER) return 'never';
  for (const { unit, scale } of UNITS) {
    // Rounded before the comparison: 999.9 us is 1 ms, not 1000 us.
    const rounded = Number((duration / scale).toPrecision(3));
    if (Math.abs(rounded) >= 1) return `${rounded} ${unit}`;
  }
  return `${Math.round(duration)} ns`;
}
