/**
 * Reads a write log back (layout: write-log.ts), and tells a torn tail from damage.
 *
 * A process that is killed leaves a file that ends inside a record. A machine that loses its power may also
 * leave a file of the right size whose last sectors were never written: they read as zeros. Both are torn
 * tails: nobody was told that these records were kept. Everything else that does not check out is damage.
 */
import { crc32c, getUint48 } from '@ballast/wire';
import type { ItemStore } from './item-store.ts';
import { MISS } from './item-store.ts';
import type { KeyHasher } from './key-hash.ts';
import { LOG_FORMAT, LOG_MAGIC, logHeader, LogKind, recordHead } from './write-log.ts';

/** What a disk writes whole. Unwritten space begins at a multiple of it. */
const SECTOR_BYTES = 512;
const at = recordHead.offset;

/** One record: ranges of the bytes that are replayed. Reused for the next one. */
export class LogRecord {
  readonly bytes: Uint8Array;
  kind: LogKind = LogKind.Put;
  /** Where the record starts, and where the next one does. */
  start = 0;
  end = 0;
  keyStart = 0;
  keyBytes = 0;
  valueStart = 0;
  /** Null for a tombstone and for a removal. */
  valueBytes: number | null = 0;
  incarnation = 0;
  counter = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

export interface LogDamage {
  /** Where the first record starts that is not valid. */
  readonly at: number;
  /** Torn: the log ends inside this record, which was never acknowledged. */
  readonly kind: 'torn' | 'damaged';
  readonly reason: string;
}

export interface LogReplay {
  readonly records: number;
  /** How far the log is good: where the next record goes once a torn tail is cut off. */
  readonly validBytes: number;
  readonly damage: LogDamage | null;
}

/**
 * Replays a log; stops at the first record that is torn or damaged.
 *
 * @param bytes a whole log with its header; none at all is a new log
 */
export function replayLog(bytes: Uint8Array, take: (record: LogRecord) => void): LogReplay {
  if (bytes.length === 0) return { records: 0, validBytes: 0, damage: null };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerReason = headerFault(bytes, view);
  if (headerReason !== null) return { records: 0, validBytes: 0, damage: judge(bytes, 0, headerReason) };
  const record = new LogRecord(bytes);
  let records = 0;
  let start: number = logHeader.bytes;
  while (start < bytes.length) {
    const reason = readRecord(view, start, record);
    if (reason !== null) return { records, validBytes: start, damage: judge(bytes, start, reason) };
    take(record);
    records++;
    start = record.end;
  }
  return { records, validBytes: start, damage: null };
}

/** Does to a store what the record says. Records in their order give the store that wrote them. */
export function applyRecord(record: LogRecord, store: ItemStore, hasher: KeyHasher): void {
  const { bytes, keyStart, keyBytes, valueStart, valueBytes, incarnation, counter } = record;
  hasher.hash(bytes, keyStart, keyStart + keyBytes);
  const { hi, lo } = hasher;
  if (record.kind !== LogKind.Remove) {
    store.put(hi, lo, bytes, keyStart, keyBytes, bytes, valueStart, valueBytes, incarnation, counter);
    return;
  }
  const item = store.find(hi, lo, bytes, keyStart, keyBytes);
  if (item !== MISS) store.remove(item);
}

/** Marks a record that the end of the log cuts off. */
const CUT_OFF = 'the log ends inside it';

/** Reads the record at `start`; or says what is wrong with it. */
function readRecord(view: DataView, start: number, out: LogRecord): string | null {
  const { bytes } = out;
  const bodyAt = start + recordHead.bytes;
  if (bodyAt > bytes.length) return CUT_OFF;
  if (crc32c(bytes, start + at.bodyCheck, bodyAt) !== view.getUint32(start + at.headCheck)) {
    return 'its head does not match its checksum';
  }
  const kind = view.getUint8(start + at.kind);
  if (kind !== LogKind.Put && kind !== LogKind.Tombstone && kind !== LogKind.Remove) {
    return `its kind, ${kind}, is unknown`;
  }
  const keyBytes = view.getUint16(start + at.keyBytes);
  const valueBytes = view.getUint32(start + at.valueBytes);
  const valueStart = bodyAt + keyBytes;
  const end = valueStart + valueBytes;
  if (end > bytes.length) return CUT_OFF;
  if (crc32c(bytes, bodyAt, end) !== view.getUint32(start + at.bodyCheck)) {
    return 'its key and value do not match their checksum';
  }
  out.kind = kind;
  out.start = start;
  out.end = end;
  out.keyStart = bodyAt;
  out.keyBytes = keyBytes;
  out.valueStart = valueStart;
  out.valueBytes = kind === LogKind.Put ? valueBytes : null;
  out.incarnation = view.getUint16(start + at.incarnation);
  out.counter = getUint48(view, start + at.counter);
  return null;
}

/** What is wrong with the header of the log, if anything is. */
function headerFault(bytes: Uint8Array, view: DataView): string | null {
  const { offset } = logHeader;
  if (bytes.length < logHeader.bytes) {
    const expected = new DataView(new ArrayBuffer(logHeader.bytes));
    expected.setBigUint64(offset.magic, LOG_MAGIC);
    expected.setUint32(offset.format, LOG_FORMAT);
    const known = Math.min(bytes.length, offset.check);
    for (let i = 0; i < known; i++) if (bytes[i] !== expected.getUint8(i)) return 'it is no log of Ballast';
    return CUT_OFF;
  }
  if (view.getBigUint64(offset.magic) !== LOG_MAGIC) return 'it is no log of Ballast';
  if (crc32c(bytes, 0, offset.check) !== view.getUint32(offset.check)) {
    return 'its header does not match its checksum';
  }
  const format = view.getUint32(offset.format);
  return format === LOG_FORMAT ? null : `it has format ${format}, and this program reads ${LOG_FORMAT}`;
}

function judge(bytes: Uint8Array, start: number, reason: string): LogDamage {
  if (reason === CUT_OFF) return { at: start, kind: 'torn', reason };
  if (isUnwrittenFrom(bytes, start))
    return { at: start, kind: 'torn', reason: 'its last sectors were never written' };
  return { at: start, kind: 'damaged', reason };
}

/** Is a file all zeros from a sector on that begins in or behind `start`: was its end never written? */
export function isUnwrittenFrom(bytes: Uint8Array, start: number): boolean {
  const sector = Math.ceil(start / SECTOR_BYTES) * SECTOR_BYTES;
  if (sector >= bytes.length) return false;
  let end = bytes.length;
  while (end > sector && bytes[end - 1] === 0) end--;
  return end === sector;
}
