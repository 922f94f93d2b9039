import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Prng } from '@ballast/base';
import type { OperationSource } from '@ballast/rack';
import {
  type LoadShares,
  type Operation,
  TraceError,
  TraceOperation,
  TwitterTraceReader,
} from '@ballast/workload';
import { UsageError } from '../terminal/failure.ts';

const CHUNK_BYTES = 1 << 18;

/**
 * The operations of a trace in its order, read piece by piece while they are asked for. A trace that is at
 * its
 * end begins again.
 *
 * Read synchronously: an operation is drawn inside the kernel, which cannot wait, and a regular file answers
 * in
 * microseconds.
 */
export class TraceSource implements OperationSource {
  readonly #path: string;
  readonly #valueBytesMax: number;
  readonly #descriptor: number;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  readonly #traced = new TraceOperation();
  #reader: TwitterTraceReader;
  #position = 0;
  #isAtEnd = false;
  #readThrough = 0;
  /** Of a whole reading. */
  #oversized = 0;
  /** Operations by key index: the popularity of the trace. */
  #counts = new Float64Array(1024);
  #keys = 0;
  #operations = 0;

  /** @param options `valueBytesMax`: writes of larger values are passed over. Throws UsageError. */
  constructor(path: string, options: { readonly valueBytesMax: number }) {
    this.#path = path;
    this.#valueBytesMax = options.valueBytesMax;
    this.#descriptor = openSync(path, 'r');
    const stat = fstatSync(this.#descriptor);
    if (!stat.isFile()) {
      closeSync(this.#descriptor);
      throw new UsageError(
        `${path} is not a regular file; a trace is read more than once, so unpack it into a file`,
      );
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
    const drawn = this.#counts.subarray(0, this.#keys);
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

  #advance(traced: TraceOperation): void {
    try {
      while (!this.#reader.next(traced)) {
        if (this.#isAtEnd) this.#beginAgain();
        else this.#readChunk();
      }
    } catch (error) {
      if (!(error instanceof TraceError)) throw error;
      throw new UsageError(`${this.#path}: ${error.message}`, { cause: error });
    }
  }

  #readChunk(): void {
    const bytes = readSync(this.#descriptor, this.#chunk, 0, CHUNK_BYTES, this.#position);
    this.#position += bytes;
    this.#isAtEnd = bytes === 0;
    if (this.#isAtEnd) this.#reader.finish();
    else this.#reader.feed(this.#chunk.subarray(0, bytes));
  }

  #beginAgain(): void {
    if (this.#reader.counts.operations === 0) {
      const max = this.#valueBytesMax;
      throw new UsageError(
        `${this.#path} holds no operation that the rack can carry (values of at most ${max} bytes)`,
      );
    }
    this.#readThrough++;
    this.#oversized = this.#reader.counts.oversized;
    this.#position = 0;
    this.#isAtEnd = false;
    this.#reader = this.#newReader();
  }

  #newReader(): TwitterTraceReader {
    return new TwitterTraceReader({ valueBytesMax: this.#valueBytesMax });
  }

  #count(key: number): void {
    if (key >= this.#counts.length) {
      const larger = new Float64Array(this.#counts.length * 2);
      larger.set(this.#counts);
      this.#counts = larger;
    }
    this.#keys = Math.max(this.#keys, key + 1);
    this.#counts[key]!++;
    this.#operations++;
  }
}
