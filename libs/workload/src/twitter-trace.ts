/**
 * Reader of Twitter's cache traces (Yang, Yue, Rashmi, "A large scale analysis of hundreds of in-memory
 * cache clusters at Twitter", OSDI 2020; format: README of github.com/twitter/cache-trace).
 *
 *   timestamp,anonymised key,key size,value size,client id,operation,TTL
 *   seconds                  bytes    bytes                            seconds, 0 for reads
 *
 * The published files are compressed with zstd; this reads the text. Left out: expiry (the rack keeps what
 * it is given; the TTL is passed on), and the conditions of memcached's conditional writes.
 *
 * A reader of another format is another class beside this one with the same three methods.
 */
import { LineSplitter } from './line-splitter.ts';
import { TraceError } from './trace-error.ts';
import { requireParameter } from './workload-error.ts';

/** What a traced operation is to the rack. */
export type TraceOperationKind = 'get' | 'put' | 'delete';

/**
 * What becomes of memcached's operations. Writes that depend on the stored value are plain puts of the
 * traced size here: the trace does not say whether their condition held.
 */
const KIND_OF = {
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
export type TwitterOperation = keyof typeof KIND_OF;

const OPERATIONS = Object.keys(KIND_OF) as TwitterOperation[];

/** One operation of a trace. A record to be filled again and again: valid until the next one is read. */
export class TraceOperation {
  kind: TraceOperationKind = 'get';
  /** Memcached's operation behind the kind. */
  source: TwitterOperation = 'get';
  /** Index of the key in the order of first appearance, from 0. */
  key = 0;
  /** The anonymised key. Its length need not be `keyBytes`, which is that of the original. */
  keyText = '';
  keyBytes = 0;
  /** Size of the value as traced: for a get, of what the cache held. */
  valueBytes = 0;
  clientId = 0;
  /** Since the start of the trace, in whole seconds: thousands of operations share one. */
  timestampSeconds = 0;
  ttlSeconds = 0;
}

export interface TwitterTraceOptions {
  /** Writes of larger values are skipped and counted: the rack carries an operation in one packet. */
  readonly valueBytesMax?: number;
}

/** What a reader has seen so far. */
export interface TwitterTraceCounts {
  /** Handed out. */
  operations: number;
  /** Of those, by memcached's name. */
  readonly bySource: Record<TwitterOperation, number>;
  /** Skipped: writes of a value above `valueBytesMax`. */
  oversized: number;
  /** Skipped: lines without a character. */
  blankLines: number;
}

const COMMA = 0x2c;
/** Fields after the key. They are counted from the right: an anonymised key may hold commas itself. */
const FIELDS_AFTER_KEY = 5;
const FORM = 'timestamp,key,key size,value size,client id,operation,TTL';
const ACTUAL_CHARACTERS_MAX = 40;

/**
 * Turns the text of a trace, in chunks of any size, into operations. Does no I/O.
 *
 *   reader.feed(chunk); while (reader.next(operation)) …
 *   reader.finish();    while (reader.next(operation)) …
 *
 * A line that is not of the form throws TraceError with its line, column and what was expected.
 */
export class TwitterTraceReader {
  readonly counts: TwitterTraceCounts;
  readonly #lines = new LineSplitter();
  readonly #valueBytesMax: number;
  readonly #keys = new Map<string, number>();
  readonly #decoder = new TextDecoder();
  /** Positions of the commas around the last five fields, right to left. */
  readonly #commas = new Uint32Array(FIELDS_AFTER_KEY);

  constructor(options: TwitterTraceOptions = {}) {
    this.#valueBytesMax = options.valueBytesMax ?? Infinity;
    const holds = this.#valueBytesMax >= 0;
    requireParameter(holds, 'valueBytesMax', this.#valueBytesMax, 'a number of bytes, 0 or more');
    const bySource = Object.fromEntries(OPERATIONS.map((operation) => [operation, 0]));
    this.counts = {
      operations: 0,
      bySource: bySource as Record<TwitterOperation, number>,
      oversized: 0,
      blankLines: 0,
    };
  }

  /** Number of different keys among the operations handed out. */
  get keys(): number {
    return this.#keys.size;
  }

  /** Takes the next chunk, which must stay unchanged until `next` answers false. Precondition: it has. */
  feed(chunk: Uint8Array): void {
    this.#lines.feed(chunk);
  }

  /** No chunk follows. */
  finish(): void {
    this.#lines.finish();
  }

  /** Reads the next operation into `out`. False when it needs another chunk, or at the end of the trace. */
  next(out: TraceOperation): boolean {
    while (this.#lines.next()) {
      if (this.#lines.start === this.#lines.end) {
        this.counts.blankLines++;
        continue;
      }
      this.#parse(out);
      if (out.kind === 'put' && out.valueBytes > this.#valueBytesMax) {
        this.counts.oversized++;
        continue;
      }
      out.key = this.#indexOf(out.keyText);
      this.counts.operations++;
      this.counts.bySource[out.source]++;
      return true;
    }
    return false;
  }

  #parse(out: TraceOperation): void {
    const { bytes, start, end } = this.#lines;
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
    if (keySizeComma === first + 1) this.#refuse('key', first + 1, first + 1, 'at least one character');
    out.keyText = this.#decoder.decode(bytes.subarray(first + 1, keySizeComma));
    out.keyBytes = this.#integer('key size', keySizeComma + 1, valueComma);
    out.valueBytes = this.#integer('value size', valueComma + 1, clientComma);
    out.clientId = this.#integer('client id', clientComma + 1, operationComma);
    out.source = this.#operation(operationComma + 1, ttlComma);
    out.kind = KIND_OF[out.source];
    out.ttlSeconds = this.#integer('TTL', ttlComma + 1, end);
  }

  #integer(field: string, from: number, to: number): number {
    const { bytes } = this.#lines;
    let value = 0;
    let valid = to > from;
    for (let i = from; i < to && valid; i++) {
      const digit = bytes[i]! - 0x30;
      valid = digit >= 0 && digit <= 9;
      value = value * 10 + digit;
    }
    if (!valid || value > Number.MAX_SAFE_INTEGER)
      this.#refuse(field, from, to, 'a decimal number of 0 or more');
    return value;
  }

  #operation(from: number, to: number): TwitterOperation {
    const { bytes } = this.#lines;
    for (const name of OPERATIONS) {
      if (name.length !== to - from) continue;
      let i = 0;
      while (i < name.length && bytes[from + i] === name.charCodeAt(i)) i++;
      if (i === name.length) return name;
    }
    return this.#refuse('operation', from, to, `one of ${OPERATIONS.join(', ')}`);
  }

  #indexOf(keyText: string): number {
    const known = this.#keys.get(keyText);
    if (known !== undefined) return known;
    const index = this.#keys.size;
    this.#keys.set(keyText, index);
    return index;
  }

  #refuseFieldCount(): never {
    const { bytes, start, end, line } = this.#lines;
    let fields = 1;
    for (let i = start; i < end; i++) if (bytes[i] === COMMA) fields++;
    const expected = `${FIELDS_AFTER_KEY + 2}: ${FORM}`;
    throw new TraceError({ code: 'FIELD_COUNT', line, column: end - start + 1, expected, actual: fields });
  }

  #refuse(field: string, from: number, to: number, expected: string): never {
    const { bytes, start, line } = this.#lines;
    const text = this.#decoder.decode(bytes.subarray(from, to));
    const actual = text.length > ACTUAL_CHARACTERS_MAX ? `${text.slice(0, ACTUAL_CHARACTERS_MAX)}…` : text;
    throw new TraceError({ code: 'BAD_FIELD', line, column: from - start + 1, field, expected, actual });
  }
}
