/** Rows as comma-separated values (RFC 4180; lines end in a line feed alone, as Unix tools expect). */
import type { Row } from '../experiment.ts';

/** A header line, then one line a row. Columns stand in the order in which rows have them; null is empty. */
export function csvOf(rows: readonly Row[]): string {
  const columns = columnsOf(rows);
  if (columns.length === 0) return '';
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? null))];
  return lines.map((cells) => `${cells.map(cellText).join(',')}\n`).join('');
}

/** Every column that some row has, in the order of first appearance. */
export function columnsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

function cellText(cell: string | number | null): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
