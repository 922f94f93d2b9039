/** What the readers of all formats share: lines in, operations out, what was passed over counted. */
import { LineSplitter } from './line-splitter.ts';
import { TraceError } from './trace-error.ts';
import { TRACE_KEY_BYTES_MAX, TraceKeys } from './trace-keys.ts';
import { requireParameter } from './workload-error.ts';

/** What a traced operation is to the rack. */
export type TraceOperationKind = 'get' | 'put' | 'delete';

/** One operation of a trace. A record to be filled again and again: valid until the next one is read. */
export class TraceOperation {
  kind: TraceOperationKind = 'get';
  /** The format's own name of the operation: 'gets', 'UPDATE'. */
  source = 'get';
  /** Index of the key in the order of first appearance, from 0. */
  key = 0;
  keyText = '';
  /** Length of the key; in Twitter's traces of the original one, which need not be that of `keyText`. */
  keyBytes = 0;
  /** Size of the value as traced. Of a get: what the cache held if the format says so, else 0. */
  valueBytes = 0;
  /** Twitter's client, memcached's connection; else 0. */
  clientId = 0;
  /** Twitter's alone, in whole seconds since the start of the trace: thousands of operations share one. */
  timestampSeconds = 0;
  /** 0 where the format does not say, and for reads. */
  ttlSeconds = 0;
}

export interface TraceReaderOptions {
  /** The rack carries an operation in one packet. */
  readonly valueBytesMax?: number;
  /** What becomes of writes of larger values: the trace is refused (the default), or they are counted. */
  readonly oversized?: 'refuse' | 'skip';
  /** Keys known already, when a trace is read again. */
  readonly keys?: TraceKeys;
}

/** What a reader has seen so far. */
export interface TraceCounts {
  /** Handed out. */
  operations: number;
  /** Of those, by the format's own name. */
  readonly bySource: Record<string, number>;
  /** Skipped: writes of a value above `valueBytesMax`. */
  oversized: number;
  /** Skipped: operations that the rack has no equal for, by the format's own name. */
  readonly skipped: Record<string, number>;
  /** Skipped: lines without a character. */
  blankLines: number;
  /** Skipped: lines that are no operations, such as answers and headings. */
  otherLines: number;
}

/** What a line came to: an operation, one with more to come from the same line, or none. */
export type ParsedLine = 'operation' | 'more' | 'none';

const ACTUAL_CHARACTERS_MAX = 40;

/**
 * Turns the text of a trace, in chunks of any size, into operations. Does no I/O.
 *
 *   reader.feed(chunk); while (reader.next(operation)) …
 *   reader.finish();    while (reader.next(operation)) …
 *
 * A line that is not of the form throws TraceError with its line, column and what was expected.
 */
export abstract class TraceReader {
  readonly counts: TraceCounts;
  /** The keys of the operations handed out. */
  readonly keyNames: TraceKeys;
  protected readonly lines = new LineSplitter();
  readonly #valueBytesMax: number;
  readonly #skipsOversized: boolean;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  readonly #keyBytes = new Uint8Array(TRACE_KEY_BYTES_MAX);
  #lineGoesOn = false;

  constructor(options: TraceReaderOptions = {}) {
    const { valueBytesMax = Infinity, oversized = 'refuse', keys = new TraceKeys() } = options;
    requireParameter(valueBytesMax >= 0, 'valueBytesMax', valueBytesMax, 'a number of bytes, 0 or more');
    this.#valueBytesMax = valueBytesMax;
    this.#skipsOversized = oversized === 'skip';
    this.keyNames = keys;
    this.counts = { operations: 0, bySource: {}, oversized: 0, skipped: {}, blankLines: 0, otherLines: 0 };
  }

  /** Number of different keys among the operations handed out. */
  get keys(): number {
    return this.keyNames.size;
  }

  /** Takes the next chunk, which must stay unchanged until `next` answers false. Precondition: it has. */
  feed(chunk: Uint8Array): void {
    this.lines.feed(chunk);
  }

  /** No chunk follows. */
  finish(): void {
    this.lines.finish();
  }

  /** Reads the next operation into `out`. False when it needs another chunk, or at the end of the trace. */
  next(out: TraceOperation): boolean {
    while (this.#lineGoesOn || this.lines.next()) {
      if (this.lines.start === this.lines.end) {
        this.counts.blankLines++;
        continue;
      }
      const parsed = this.parse(out, this.#lineGoesOn);
      this.#lineGoesOn = parsed === 'more';
      if (parsed === 'none' || this.#isOversized(out)) continue;
      out.key = this.keyNames.add(out.keyText);
      this.counts.operations++;
      countUp(this.counts.bySource, out.source);
      return true;
    }
    return false;
  }

  /** Reads the present line into `out`, every field of it. `goesOn`: the line answered 'more' before. */
  protected abstract parse(out: TraceOperation, goesOn: boolean): ParsedLine;

  /** Text of a part of the present line. */
  protected text(from: number, to: number): string {
    return this.#decoder.decode(this.lines.bytes.subarray(from, to));
  }

  /** Counts an operation that the rack has no equal for. */
  protected skip(source: string): ParsedLine {
    countUp(this.counts.skipped, source);
    return 'none';
  }

  protected otherLine(): ParsedLine {
    this.counts.otherLines++;
    return 'none';
  }

  /** The length of a key, which is refused when it is empty or longer than the rack takes. */
  protected keyLength(text: string, column: number): number {
    if (text === '') this.refuse('key', text, column, 'at least one character');
    const { read, written } = this.#encoder.encodeInto(text, this.#keyBytes);
    if (read === text.length) return written;
    const { length } = this.#encoder.encode(text);
    return this.refuse('key', text, column, `at most ${TRACE_KEY_BYTES_MAX} bytes, not ${length}`);
  }

  /** Reads a decimal number of 0 or more. */
  protected number(field: string, text: string, column: number): number {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    return Number.isSafeInteger(value)
      ? value
      : this.refuse(field, text, column, 'a decimal number of 0 or more');
  }

  /** @param column of the field's first character, from 1 */
  protected refuse(field: string, text: string, column: number, expected: string): never {
    const { line } = this.lines;
    throw new TraceError({ code: 'BAD_FIELD', line, column, field, expected, actual: shortened(text) });
  }

  #isOversized({ kind, valueBytes }: TraceOperation): boolean {
    if (kind !== 'put' || valueBytes <= this.#valueBytesMax) return false;
    if (!this.#skipsOversized) {
      const { line } = this.lines;
      throw new TraceError({ code: 'VALUE_TOO_LARGE', line, valueBytes, valueBytesMax: this.#valueBytesMax });
    }
    this.counts.oversized++;
    return true;
  }
}

/** A text cut to what a message has room for. */
export function shortened(text: string): string {
  return text.length > ACTUAL_CHARACTERS_MAX ? `${text.slice(0, ACTUAL_CHARACTERS_MAX)}…` : text;
}

function countUp(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
