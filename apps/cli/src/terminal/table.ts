/** Tables for people: what `--json` prints as flat objects, aligned. */

export type Cell = string | number | null;
export type TableRow = Readonly<Record<string, Cell>>;

const GAP = '  ';

/**
 * Rows under the names of their columns; no trailing line feed.
 *
 * A column of numbers, with or without a unit, is aligned to the right. Null is '-'; a column that a row
 * lacks is empty.
 *
 * @param columns which, and in which order; by default all, in the order in which they first appear
 */
export function formatTable(rows: readonly TableRow[], columns: readonly string[] = columnsOf(rows)): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => textOf(row[column])))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  const isRight = columns.map((column) => rows.every((row) => isNumeric(row[column])));
  return lines
    .map((line) =>
      line
        .map((text, i) => (isRight[i] === true ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

/** Every column that some row has. */
function columnsOf(rows: readonly TableRow[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

/** '44,800', '1.5 ms' and '73 %' are; '0x3f', '3a7c' and '2 of 3' are not. Nothing is as well. */
function isNumeric(cell: Cell | undefined): boolean {
  return cell === undefined || cell === null || /^-?\d[\d.,]*( ?(%|[a-zA-Z]{1,2}))?$/.test(String(cell));
}

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  return cell === null ? '-' : String(cell);
}
