/**
 * Reader of Twitter's cache traces (Yang, Yue, Rashmi, "A large scale analysis of hundreds of in-memory
 * cache clusters at Twitter", OSDI 2020; format: README of github.com/twitter/cache-trace).
 *
 *   timestamp,anonymised key,key size,value size,client id,operation,TTL
 *   seconds                  bytes    bytes                            seconds, 0 for reads
 *
 * The published files are compressed with zstd; this reads the text. Left out: expiry (the rack keeps what
 * it is given; the TTL is passed on), and the conditions of memcached's conditional writes.
 */
import { TraceError } from './trace-error.ts';
import {
  type ParsedLine,
  type TraceOperation,
  type TraceOperationKind,
  TraceReader,
} from './trace-reader.ts';

/**
 * What becomes of memcached's operations. Writes that depend on the stored value are plain puts of the
 * traced size here: the trace does not say whether their condition held.
 */
export const TWITTER_KINDS = {
  get: 'get',
  gets: 'get',
  set: 'put',
  add: 'put',
  replace: 'put',
  cas: 'put',
  append: 'put',
  prepend: 'put',
  incr: 'put',
  decr: 'put',
  delete: 'delete',
} as const satisfies Record<string, TraceOperationKind>;

/** Memcached's name of an operation, as the trace has it. */
export type TwitterOperation = keyof typeof TWITTER_KINDS;

const OPERATIONS = Object.keys(TWITTER_KINDS) as TwitterOperation[];

const COMMA = 0x2c;
/** Fields after the key. They are counted from the right: an anonymised key may hold commas itself. */
const FIELDS_AFTER_KEY = 5;
const FORM = 'timestamp,key,key size,value size,client id,operation,TTL';

/** Reads Twitter's traces; see TraceReader. */
export class TwitterTraceReader extends TraceReader {
  /** Positions of the commas around the last five fields, right to left. */
  readonly #commas = new Uint32Array(FIELDS_AFTER_KEY);

  protected override parse(out: TraceOperation): ParsedLine {
    const { bytes, start, end } = this.lines;
    const first = bytes.indexOf(COMMA, start);
    let at = end;
    for (let i = 0; i < FIELDS_AFTER_KEY; i++) {
      at = at <= start ? -1 : bytes.lastIndexOf(COMMA, at - 1);
      if (at <= first || first < 0) this.#refuseFieldCount();
      this.#commas[i] = at;
    }
    const ttlComma = this.#commas[0]!;
    const operationComma = this.#commas[1]!;
    const clientComma = this.#commas[2]!;
    const valueComma = this.#commas[3]!;
    const keySizeComma = this.#commas[4]!;
    out.timestampSeconds = this.#integer('timestamp', start, first);
    out.keyText = this.text(first + 1, keySizeComma);
    this.keyLength(out.keyText, first + 2 - start);
    out.keyBytes = this.#integer('key size', keySizeComma + 1, valueComma);
    out.valueBytes = this.#integer('value size', valueComma + 1, clientComma);
    out.clientId = this.#integer('client id', clientComma + 1, operationComma);
    const source = this.#operation(operationComma + 1, ttlComma);
    out.source = source;
    out.kind = TWITTER_KINDS[source];
    out.ttlSeconds = this.#integer('TTL', ttlComma + 1, end);
    return 'operation';
  }

  #integer(field: string, from: number, to: number): number {
    const { bytes } = this.lines;
    let value = 0;
    let valid = to > from;
    for (let i = from; i < to && valid; i++) {
      const digit = bytes[i]! - 0x30;
      valid = digit >= 0 && digit <= 9;
      value = value * 10 + digit;
    }
    if (!valid || value > Number.MAX_SAFE_INTEGER)
      this.#refuseBytes(field, from, to, 'a decimal number of 0 or more');
    return value;
  }

  #operation(from: number, to: number): TwitterOperation {
    const { bytes } = this.lines;
    for (const name of OPERATIONS) {
      if (name.length !== to - from) continue;
      let i = 0;
      while (i < name.length && bytes[from + i] === name.charCodeAt(i)) i++;
      if (i === name.length) return name;
    }
    return this.#refuseBytes('operation', from, to, `one of ${OPERATIONS.join(', ')}`);
  }

  #refuseFieldCount(): never {
    const { bytes, start, end, line } = this.lines;
    let fields = 1;
    for (let i = start; i < end; i++) if (bytes[i] === COMMA) fields++;
    const expected = `${FIELDS_AFTER_KEY + 2}: ${FORM}`;
    throw new TraceError({ code: 'FIELD_COUNT', line, column: end - start + 1, expected, actual: fields });
  }

  #refuseBytes(field: string, from: number, to: number, expected: string): never {
    return this.refuse(field, this.text(from, to), from - this.lines.start + 1, expected);
  }
}
