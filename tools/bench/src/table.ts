import type { Measurement } from './measure.ts';

const HEADINGS = ['benchmark', 'median', 'min', 'max', 'runs', 'unit', 'peer'];

/** The measurements as aligned columns, numbers to the right. */
export function formatTable(measurements: readonly Measurement[]): string {
  const rows = measurements.map(({ name, median, min, max, runs, unit, peer }) => [
    name,
    formatNumber(median),
    formatNumber(min),
    formatNumber(max),
    String(runs),
    unit,
    peer ?? '',
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]!.length)),
  );
  const isNumber = (column: number): boolean => column >= 1 && column <= 4;
  return [HEADINGS, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Four significant digits, thousands apart: '2,345,000', '38.21'. */
export function formatNumber(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}
