/**
 * The write log of a storage server: every change of its items, in order, as bytes that its runner keeps.
 * What is kept when, and what a runner does about a damaged log: docs/durability.md.
 *
 * A log is a header of 16 bytes and records behind one another, big-endian:
 *
 *      0        4        8  9  10   12       16   18         24
 *     +--------+--------+--+--+----+--------+----+----------+-----+-------+
 *     | head   | body   |k | 0|key | value  |inc.| counter  | key | value |
 *     | check  | check  |  |  |size| size   |    |          |     |       |
 *     +--------+--------+--+--+----+--------+----+----------+-----+-------+
 *
 * The head check is the CRC-32C of bytes 4 ... 23, the body check that of key and value. The head has a check
 * of its own so that its sizes can be believed: only then does a record that the end of the file cuts off
 * differ from one whose size was damaged.
 */
import { assert } from '@ballast/base';
import { bits, crc32c, header, setUint48, UINT48_MAX } from '@ballast/wire';

/** Raised with every change of the layout. A log of another format is refused. */
export const LOG_FORMAT = 1;
/** "BALLAST\n": a transfer that changes line ends would show here. */
export const LOG_MAGIC = 0x42414c4c_4153540an;

export const logHeader = header('logHeader', {
  magic: bits(64),
  format: bits(32),
  /** CRC-32C of what stands before it. */
  check: bits(32),
});

export const recordHead = header('logRecord', {
  headCheck: bits(32),
  bodyCheck: bits(32),
  kind: bits(8),
  reserved: bits(8),
  keyBytes: bits(16),
  valueBytes: bits(32),
  incarnation: bits(16),
  counter: bits(48),
});

export const LogKind = {
  Put: 1,
  /** A write of "deleted", which has a version as any other write. */
  Tombstone: 2,
  /** The key is forgotten altogether; without version. */
  Remove: 3,
} as const;
export type LogKind = (typeof LogKind)[keyof typeof LogKind];

export const LOG_KEY_BYTES_MAX = 0xffff;
/** What a record takes beside its key and value. */
export const RECORD_HEAD_BYTES = recordHead.bytes;

const BUFFER_BYTES = 64 * 1024;
const at = recordHead.offset;

/**
 * Collects records until the runner takes them. Allocates nothing once its buffer has the size of the
 * largest batch.
 */
export class WriteLog {
  #bytes = new Uint8Array(BUFFER_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  #taken: number;

  /**
   * @param position how long the log is already: `validBytes` of its replay. A log of 0 bytes begins with
   * its header.
   */
  constructor(position = 0) {
    this.#taken = position;
    if (position === 0) this.#appendHeader();
  }

  /** Bytes appended over the life of this log: the position behind the newest record. */
  get position(): number {
    return this.#taken + this.#used;
  }

  /** Notes that a key has a value now; null for a tombstone. */
  put(
    key: Uint8Array,
    keyStart: number,
    keyBytes: number,
    value: Uint8Array,
    valueStart: number,
    valueBytes: number | null,
    incarnation: number,
    counter: number,
  ): void {
    const kind = valueBytes === null ? LogKind.Tombstone : LogKind.Put;
    const bytes = valueBytes ?? 0;
    const bodyAt = this.#appendHead(kind, keyBytes, bytes, incarnation, counter);
    const target = this.#bytes;
    for (let i = 0; i < keyBytes; i++) target[bodyAt + i] = key[keyStart + i]!;
    const valueAt = bodyAt + keyBytes;
    for (let i = 0; i < bytes; i++) target[valueAt + i] = value[valueStart + i]!;
    this.#seal(bodyAt, valueAt + bytes);
  }

  /** Notes that the server forgets the key altogether: a copy of a server that is not its home. */
  remove(key: Uint8Array, keyStart: number, keyBytes: number): void {
    const bodyAt = this.#appendHead(LogKind.Remove, keyBytes, 0, 0, 0);
    for (let i = 0; i < keyBytes; i++) this.#bytes[bodyAt + i] = key[keyStart + i]!;
    this.#seal(bodyAt, bodyAt + keyBytes);
  }

  /**
   * Hands over what was appended since the last call, if anything: a view that is valid during the call.
   * What the sink throws comes through, and the bytes are kept for the next call.
   */
  take(sink: (bytes: Uint8Array) => void): void {
    if (this.#used === 0) return;
    sink(this.#bytes.subarray(0, this.#used));
    this.#taken += this.#used;
    this.#used = 0;
  }

  #appendHeader(): void {
    const { offset, bytes } = logHeader;
    this.#view.setBigUint64(offset.magic, LOG_MAGIC);
    this.#view.setUint32(offset.format, LOG_FORMAT);
    this.#view.setUint32(offset.check, crc32c(this.#bytes, 0, offset.check));
    this.#used = bytes;
  }

  /** Writes all of a head but its checks. Gives where key and value go. */
  #appendHead(
    kind: LogKind,
    keyBytes: number,
    valueBytes: number,
    incarnation: number,
    counter: number,
  ): number {
    assert(keyBytes <= LOG_KEY_BYTES_MAX, `a key of ${keyBytes} bytes has at most ${LOG_KEY_BYTES_MAX}`);
    assert(counter <= UINT48_MAX, `counter ${counter} has 48 bits`);
    const start = this.#used;
    const bodyAt = start + recordHead.bytes;
    if (bodyAt + keyBytes + valueBytes > this.#bytes.length) this.#grow(bodyAt + keyBytes + valueBytes);
    const view = this.#view;
    view.setUint8(start + at.kind, kind);
    view.setUint8(start + at.reserved, 0);
    view.setUint16(start + at.keyBytes, keyBytes);
    view.setUint32(start + at.valueBytes, valueBytes);
    view.setUint16(start + at.incarnation, incarnation);
    setUint48(view, start + at.counter, counter);
    return bodyAt;
  }

  /** Completes the record whose key and value stand at [bodyAt, end). */
  #seal(bodyAt: number, end: number): void {
    const start = bodyAt - recordHead.bytes;
    this.#view.setUint32(start + at.bodyCheck, crc32c(this.#bytes, bodyAt, end));
    this.#view.setUint32(start + at.headCheck, crc32c(this.#bytes, start + at.bodyCheck, bodyAt));
    this.#used = end;
  }

  #grow(bytesMin: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, bytesMin));
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
