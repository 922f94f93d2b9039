import { DetailedError } from '@ballast/base';

export type TraceErrorDetail =
  | {
      code: 'BAD_FIELD';
      /** From 1, as editors count. */
      line: number;
      /** First byte of the field in its line, from 1. */
      column: number;
      field: string;
      expected: string;
      /** The field's text, cut short if it is long. */
      actual: string;
    }
  | { code: 'FIELD_COUNT'; line: number; column: number; expected: string; actual: number }
  | { code: 'LINE_TOO_LONG'; line: number; bytesMax: number };

/** A trace that cannot be read. The reader that threw it reads no further. */
export class TraceError extends DetailedError<TraceErrorDetail> {
  protected override explain(d: TraceErrorDetail): string {
    switch (d.code) {
      case 'BAD_FIELD':
        return `${place(d)}: ${d.field} is ${JSON.stringify(d.actual)}; expected ${d.expected}`;
      case 'FIELD_COUNT':
        return `${place(d)}: the line has ${d.actual} fields; expected ${d.expected}`;
      case 'LINE_TOO_LONG':
        return `line ${d.line} is longer than ${d.bytesMax} bytes; is the trace decompressed text?`;
    }
  }
}

function place(d: { line: number; column: number }): string {
  return `line ${d.line}, column ${d.column}`;
}
