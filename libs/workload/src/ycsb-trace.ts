/**
 * Reader of what YCSB prints for its binding "basic" (class site.ycsb.BasicDB, release 0.17): one line for
 * each call of the database interface.
 *
 *   READ usertable user6284781860667377211 [ <all fields>]
 *   READ usertable user6284781860667377211 [ field0 field1 ]
 *   UPDATE usertable user8517097267634966620 [ field3=5Cy/:+(… ]
 *   INSERT usertable user1000385178204227360 [ field0=… field1=… ]
 *   DELETE usertable user1000385178204227360
 *
 * The size of a value is the number of characters of its fields' values together, without their names: YCSB
 * prints each byte as one character. A read-modify-write is the READ and the UPDATE that YCSB makes of it.
 * SCAN is refused. Left out: several tables in one trace, and values of line feeds, which YCSB never makes.
 */
import { TraceError } from './trace-error.ts';
import {
  type ParsedLine,
  shortened,
  type TraceOperation,
  type TraceOperationKind,
  TraceReader,
} from './trace-reader.ts';

const KIND_OF = {
  READ: 'get',
  UPDATE: 'put',
  INSERT: 'put',
  DELETE: 'delete',
} as const satisfies Record<string, TraceOperationKind>;

type YcsbCall = keyof typeof KIND_OF;

/** What one run prints around the calls: properties, measurements, and on stderr what it is doing. */
const OTHER_LINE =
  /^(\*{3}|"|\[[A-Z]|\/|java |Command line:|YCSB Client |Loading workload|Starting test|DBWrapper:|\d{4}-\d\d-\d\d )/;
const CALLS = [...Object.keys(KIND_OF), 'SCAN'].join(', ');
/** A call with its table, its key and what follows. */
const CALL = /^[A-Z]+ (\S+) (\S+)(?: (.*))?$/;

export class YcsbTraceReader extends TraceReader {
  #table: string | null = null;
  #fieldPrefix = 'field';
  #fieldName = / field\d*=/g;

  protected override parse(out: TraceOperation): ParsedLine {
    const line = this.text(this.lines.start, this.lines.end);
    const call = line.slice(0, Math.max(0, line.indexOf(' ')));
    if (call === 'SCAN') this.#refuseScan(line);
    if (!isCall(call)) {
      if (OTHER_LINE.test(line)) return this.otherLine();
      return this.refuse('operation', call === '' ? line : call, 1, `one of ${CALLS}`);
    }
    const [, table, key, fields = ''] = CALL.exec(line) ?? [];
    if (table === undefined || key === undefined) {
      return this.refuse('call', line, 1, `${call} <table> <key>${call === 'DELETE' ? '' : ' [ … ]'}`);
    }
    const tableColumn = call.length + 2;
    const keyColumn = tableColumn + table.length + 1;
    this.#requireTable(table, tableColumn);
    out.keyText = key;
    out.keyBytes = this.keyLength(key, keyColumn);
    out.source = call;
    out.kind = KIND_OF[call];
    out.valueBytes = this.#valueBytes(call, fields, keyColumn + key.length + 1);
    return 'operation';
  }

  #requireTable(table: string, column: number): void {
    this.#table ??= table;
    if (table === this.#table) return;
    this.refuse('table', table, column, `${this.#table}, as before: split the trace by table`);
  }

  #valueBytes(call: YcsbCall, fields: string, column: number): number {
    if (call === 'DELETE') {
      return fields === '' ? 0 : this.refuse('rest of the line', fields, column, 'nothing after the key');
    }
    if (!fields.startsWith('[ ') || !fields.endsWith(']')) {
      this.refuse('fields', fields, column, '[ … ]');
    }
    if (call === 'READ') return 0;
    return this.#lengthOfValues(fields.slice(2, -1), column + 2);
  }

  /**
   * Values hold any printable character, '=' and blanks too. So a field begins only where the first one's
   * name comes again with another number: ' field7='.
   */
  #lengthOfValues(fields: string, column: number): number {
    const first = /^([^=\s]*?)\d*=/.exec(fields);
    if (first === null || !fields.endsWith(' ')) {
      return this.refuse('fields', fields, column, 'name=value for each, with a blank after each');
    }
    const names = ` ${fields}`.match(this.#fieldNames(first[1] ?? '')) ?? [];
    const namesLength = names.reduce((sum, name) => sum + name.length, 0);
    return fields.length - namesLength;
  }

  /** Mostly the same one for a whole trace. */
  #fieldNames(prefix: string): RegExp {
    if (prefix !== this.#fieldPrefix) {
      const quoted = prefix.replaceAll(/[^\w]/g, String.raw`\$&`);
      this.#fieldName = new RegExp(` ${quoted}\\d*=`, 'g');
      this.#fieldPrefix = prefix;
    }
    return this.#fieldName;
  }

  #refuseScan(text: string): never {
    throw new TraceError({ code: 'SCAN', line: this.lines.line, actual: shortened(text) });
  }
}

function isCall(text: string): text is YcsbCall {
  return Object.hasOwn(KIND_OF, text);
}
