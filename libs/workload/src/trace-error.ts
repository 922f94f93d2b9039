import { DetailedError } from '@ballast/base';

export type TraceErrorDetail =
  | {
      code: 'BAD_FIELD';
      /** From 1, as editors count. */
      line: number;
      /** Where the field begins in its line, from 1. */
      column: number;
      field: string;
      expected: string;
      /** The field's text, cut short if it is long. */
      actual: string;
    }
  | { code: 'FIELD_COUNT'; line: number; column: number; expected: string; actual: number }
  | { code: 'LINE_TOO_LONG'; line: number; bytesMax: number }
  | { code: 'VALUE_TOO_LARGE'; line: number; valueBytes: number; valueBytesMax: number }
  | { code: 'SCAN'; line: number; actual: string }
  | { code: 'BINARY_PROTOCOL'; line: number }
  | { code: 'UNKNOWN_FORMAT'; actual: string; forms: readonly string[] };

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
      case 'VALUE_TOO_LARGE':
        return (
          `line ${d.line}: the value to write has ${d.valueBytes} bytes; expected at most ${d.valueBytesMax}, ` +
          'because an operation is one packet'
        );
      case 'SCAN':
        return (
          `line ${d.line}: ${JSON.stringify(d.actual)} is a range scan, and the rack has none: keys are placed by ` +
          'hash, so neighbours in key order are on different servers; record a workload without scans'
        );
      case 'BINARY_PROTOCOL':
        return (
          `line ${d.line}: the log is of memcached's binary protocol, whose values it does not size; ` +
          'log clients that speak the text protocol'
        );
      case 'UNKNOWN_FORMAT':
        if (d.actual === '') return 'there is no line in it; expected a trace';
        return (
          `no trace format fits the beginning, ${JSON.stringify(d.actual)}; expected lines such as ` +
          d.forms.join(' or ')
        );
    }
  }
}

function place(d: { line: number; column: number }): string {
  return `line ${d.line}, column ${d.column}`;
}
