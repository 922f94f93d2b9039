import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Prng } from '@ballast/base';
import type { OperationSource } from '@ballast/rack';
import {
  detectTraceFormat,
  DETECTION_BYTES,
  type LoadShares,
  type Operation,
  TraceError,
  type TraceFormat,
  TraceKeys,
  TraceOperation,
  type TraceReader,
  traceReader,
} from '@ballast/workload';
import { UsageError } from '../terminal/failure.ts';

const CHUNK_BYTES = 1 << 18;
/** Operations at the beginning of a trace that are read ahead for their keys: some tenths of a second. */
const AHEAD_OPERATIONS_MAX = 200_000;

export interface TraceSourceOptions {
  /** Larger values fit no packet. */
  readonly valueBytesMax: number;
  /** Null: whichever its first lines have. */
  readonly format: TraceFormat | null;
  /** Pass writes of too large values over, rather than refuse the trace. */
  readonly skipsOversized: boolean;
}

/**
 * The operations of a trace in its order, read piece by piece while they are asked for. At its end it begins
 * again.
 *
 * Read synchronously: an operation is drawn inside the kernel, which cannot wait, and a regular file answers
 * in microseconds.
 */
export class TraceSource implements OperationSource {
  readonly format: TraceFormat;
  /** Grows while the trace is read for the first time. */
  readonly keyNames = new TraceKeys();
  readonly #path: string;
  readonly #options: TraceSourceOptions;
  readonly #descriptor: number;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  readonly #traced = new TraceOperation();
  #reader: TraceReader;
  #position = 0;
  #isAtEnd = false;
  #readThrough = 0;
  /** Of a whole reading. */
  #oversized = 0;
  #skipped: Readonly<Record<string, number>> = {};
  /** Operations by key index: the popularity of the trace. */
  #counts = new Float64Array(1024);
  #operations = 0;

  /** @throws UsageError when it cannot be read or has no format that there is */
  constructor(path: string, options: TraceSourceOptions) {
    this.#path = path;
    this.#options = options;
    this.#descriptor = openSync(path, 'r');
    try {
      if (!fstatSync(this.#descriptor).isFile()) {
        throw new UsageError(
          `${path} is not a regular file; a trace is read more than once, so unpack it into a file`,
        );
      }
      this.format = options.format ?? this.#detectFormat();
    } catch (error) {
      this.close();
      throw error;
    }
    this.#reader = this.#newReader();
  }

  /** Operations drawn. */
  get operations(): number {
    return this.#operations;
  }

  /** How often the end of the trace was reached. */
  get readThrough(): number {
    return this.#readThrough;
  }

  /** Writes that do not fit a packet and were passed over, in the part of the trace that was read. */
  get oversized(): number {
    return Math.max(this.#oversized, this.#reader.counts.oversized);
  }

  /** Operations that the rack has no equal for, by their name in the trace, in the part that was read. */
  get skipped(): Readonly<Record<string, number>> {
    return this.#readThrough === 0 ? this.#reader.counts.skipped : this.#skipped;
  }

  /**
   * Reads the beginning ahead, and then begins anew: what of it is bad is refused before a rack runs, and its
   * keys can be in the store from the start.
   *
   * @param keysMax it is enough to know so many
   * @returns how many keys are known; their indexes are 0 to one less
   */
  learnKeys(keysMax: number): number {
    const { keyNames } = this;
    for (let i = 0; i < AHEAD_OPERATIONS_MAX && keyNames.size < keysMax && this.#readThrough === 0; i++) {
      this.#advance(this.#traced);
    }
    this.#readThrough = 0;
    this.#rewind();
    return Math.min(keysMax, keyNames.size);
  }

  next(_prng: Prng, out: Operation): void {
    const traced = this.#traced;
    this.#advance(traced);
    out.kind = traced.kind;
    out.key = traced.key;
    out.valueBytes = traced.kind === 'put' ? traced.valueBytes : 0;
    this.#count(traced.key);
  }

  settle(): void {
    // A trace has no inserts: its keys have a popularity of their own.
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /**
   * What share of the operations each server got by the homes of their keys.
   *
   * @param homeOf home of a key index
   * @param replicatedKeys the most frequent keys that are in no server's share
   */
  shares(servers: number, homeOf: (key: number) => number, replicatedKeys: number): LoadShares {
    const drawn = this.#counts.subarray(0, this.keyNames.size);
    const byCount = Uint32Array.from(drawn.keys()).sort((a, b) => drawn[b]! - drawn[a]!);
    const shares = new Float64Array(servers);
    let replicated = 0;
    byCount.forEach((key, rank) => {
      const share = drawn[key]! / this.#operations;
      if (rank < replicatedKeys) replicated += share;
      else shares[homeOf(key)]! += share;
    });
    return { shares, replicatedShare: replicated };
  }

  #detectFormat(): TraceFormat {
    const start = this.#chunk.subarray(0, DETECTION_BYTES);
    const bytes = readSync(this.#descriptor, start, 0, start.length, 0);
    try {
      return detectTraceFormat(start.subarray(0, bytes));
    } catch (error) {
      throw this.#placed(error);
    }
  }

  #advance(traced: TraceOperation): void {
    try {
      while (!this.#reader.next(traced)) {
        if (this.#isAtEnd) this.#beginAgain();
        else this.#readChunk();
      }
    } catch (error) {
      throw this.#placed(error);
    }
  }

  /** A refusal of the trace says which file it is of. */
  #placed(error: unknown): unknown {
    if (!(error instanceof TraceError)) return error;
    return new UsageError(`${this.#path}: ${error.message}${cureOf(error)}`, { cause: error });
  }

  #readChunk(): void {
    const bytes = readSync(this.#descriptor, this.#chunk, 0, CHUNK_BYTES, this.#position);
    this.#position += bytes;
    this.#isAtEnd = bytes === 0;
    if (this.#isAtEnd) this.#reader.finish();
    else this.#reader.feed(this.#chunk.subarray(0, bytes));
  }

  #beginAgain(): void {
    const { operations, oversized, skipped } = this.#reader.counts;
    if (operations === 0) {
      const max = this.#options.valueBytesMax;
      throw new UsageError(
        `${this.#path} holds no operation that the rack can carry (values of at most ${max} bytes)`,
      );
    }
    this.#readThrough++;
    this.#oversized = oversized;
    this.#skipped = skipped;
    this.#rewind();
  }

  #rewind(): void {
    this.#position = 0;
    this.#isAtEnd = false;
    this.#reader = this.#newReader();
  }

  #newReader(): TraceReader {
    const { valueBytesMax, skipsOversized } = this.#options;
    const oversized = skipsOversized ? 'skip' : 'refuse';
    return traceReader(this.format, { valueBytesMax, oversized, keys: this.keyNames });
  }

  #count(key: number): void {
    if (key >= this.#counts.length) {
      const larger = new Float64Array(Math.max(this.#counts.length * 2, key + 1));
      larger.set(this.#counts);
      this.#counts = larger;
    }
    this.#counts[key]!++;
    this.#operations++;
  }
}

/** Which flag helps; '' when none does. */
function cureOf({ detail }: TraceError): string {
  if (detail.code === 'VALUE_TOO_LARGE') return '; --skip-oversized passes such writes over';
  return detail.code === 'UNKNOWN_FORMAT' ? '; --workload-format says which it is' : '';
}
