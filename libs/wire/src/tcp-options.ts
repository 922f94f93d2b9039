/**
 * TCP options: MSS (RFC 9293 §3.7.1), window scale and timestamps (RFC 7323), SACK (RFC 2018). Unknown ones
 * are skipped by their length (RFC 9293 §3.2, MUST-6); a length that cannot be makes the segment bad.
 */
import { assert } from '@ballast/base';
import { Drop } from './drop.ts';

/** What a data offset of 15 leaves after the fixed header. */
export const TCP_OPTIONS_BYTES_MAX = 40;
/** Blocks that fit one segment; three beside timestamps (RFC 2018 §3). */
export const SACK_BLOCKS_MAX = 4;
/** Larger shifts are read as this one (RFC 7323 §2.3). */
export const TCP_WINDOW_SCALE_MAX = 14;

export const TcpOptionKind = {
  EndOfList: 0,
  NoOperation: 1,
  MaximumSegmentSize: 2,
  WindowScale: 3,
  SackPermitted: 4,
  Sack: 5,
  Timestamps: 8,
} as const;

/** Length octet of the options of fixed length. */
const MSS_BYTES = 4;
const WINDOW_SCALE_BYTES = 3;
const SACK_PERMITTED_BYTES = 2;
const TIMESTAMPS_BYTES = 10;
const SACK_BLOCK_BYTES = 8;

export class TcpOptions {
  /** 0: absent. */
  mss = 0;
  /** -1: absent. */
  windowScale = -1;
  isSackPermitted = false;
  hasTimestamps = false;
  timestampValue = 0;
  timestampEcho = 0;
  sackBlockCount = 0;
  /** Left and right edge of each block in turn; the first 2 x sackBlockCount count. */
  readonly sackEdges = new Uint32Array(2 * SACK_BLOCKS_MAX);

  /** Forgets every option. */
  clear(): void {
    this.mss = 0;
    this.windowScale = -1;
    this.isSackPermitted = false;
    this.hasTimestamps = false;
    this.timestampValue = 0;
    this.timestampEcho = 0;
    this.sackBlockCount = 0;
  }
}

/** Decodes the options in [start, end) into `out`, cleared first. Of a repeated option the last counts. */
export function decodeTcpOptions(view: DataView, start: number, end: number, out: TcpOptions): Drop {
  out.clear();
  for (let at = start; at < end;) {
    const kind = view.getUint8(at);
    if (kind === TcpOptionKind.EndOfList) return Drop.None;
    if (kind === TcpOptionKind.NoOperation) {
      at++;
      continue;
    }
    if (at + 1 >= end) return Drop.BadOption;
    const length = view.getUint8(at + 1);
    if (length < 2 || at + length > end) return Drop.BadOption;
    if (!decodeOption(view, at, kind, length, out)) return Drop.BadOption;
    at += length;
  }
  return Drop.None;
}

/** Bytes that encodeTcpOptions writes: a multiple of 4. */
export function tcpOptionsBytes(options: TcpOptions): number {
  let length = 0;
  if (options.mss !== 0) length += MSS_BYTES;
  if (options.windowScale >= 0) length += 4;
  if (options.isSackPermitted) length += 4;
  if (options.hasTimestamps) length += 12;
  if (options.sackBlockCount > 0) length += 4 + SACK_BLOCK_BYTES * options.sackBlockCount;
  return length;
}

/**
 * Writes the options from `base` on, each padded in front to whole words, as RFC 7323 appendix A lays out
 * timestamps. Returns the bytes written. Precondition: they fit TCP_OPTIONS_BYTES_MAX.
 */
export function encodeTcpOptions(view: DataView, base: number, options: TcpOptions): number {
  const length = tcpOptionsBytes(options);
  assert(length <= TCP_OPTIONS_BYTES_MAX, 'TCP options fit 40 bytes');
  let at = base;
  if (options.mss !== 0) {
    view.setUint32(at, (TcpOptionKind.MaximumSegmentSize << 24) | (MSS_BYTES << 16) | options.mss);
    at += 4;
  }
  if (options.windowScale >= 0) {
    view.setUint16(at, (TcpOptionKind.NoOperation << 8) | TcpOptionKind.WindowScale);
    view.setUint16(at + 2, (WINDOW_SCALE_BYTES << 8) | options.windowScale);
    at += 4;
  }
  if (options.isSackPermitted) {
    at = startWord(view, at, TcpOptionKind.SackPermitted, SACK_PERMITTED_BYTES);
  }
  if (options.hasTimestamps) {
    at = startWord(view, at, TcpOptionKind.Timestamps, TIMESTAMPS_BYTES);
    view.setUint32(at, options.timestampValue);
    view.setUint32(at + 4, options.timestampEcho);
    at += 8;
  }
  if (options.sackBlockCount > 0) {
    at = startWord(view, at, TcpOptionKind.Sack, 2 + SACK_BLOCK_BYTES * options.sackBlockCount);
    for (let i = 0; i < 2 * options.sackBlockCount; i++, at += 4) view.setUint32(at, options.sackEdges[i]!);
  }
  return length;
}

/** False when the length is not one that the kind can have. */
function decodeOption(view: DataView, at: number, kind: number, length: number, out: TcpOptions): boolean {
  switch (kind) {
    case TcpOptionKind.MaximumSegmentSize:
      if (length !== MSS_BYTES) return false;
      out.mss = view.getUint16(at + 2);
      return true;
    case TcpOptionKind.WindowScale:
      if (length !== WINDOW_SCALE_BYTES) return false;
      out.windowScale = Math.min(view.getUint8(at + 2), TCP_WINDOW_SCALE_MAX);
      return true;
    case TcpOptionKind.SackPermitted:
      if (length !== SACK_PERMITTED_BYTES) return false;
      out.isSackPermitted = true;
      return true;
    case TcpOptionKind.Timestamps:
      if (length !== TIMESTAMPS_BYTES) return false;
      out.hasTimestamps = true;
      out.timestampValue = view.getUint32(at + 2);
      out.timestampEcho = view.getUint32(at + 6);
      return true;
    case TcpOptionKind.Sack:
      return decodeSack(view, at, length, out);
    default:
      return true;
  }
}

function decodeSack(view: DataView, at: number, length: number, out: TcpOptions): boolean {
  const count = (length - 2) / SACK_BLOCK_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > SACK_BLOCKS_MAX) return false;
  out.sackBlockCount = count;
  for (let i = 0; i < 2 * count; i++) out.sackEdges[i] = view.getUint32(at + 2 + 4 * i);
  return true;
}

/** Two no-operations, kind and length: one word, so that what follows is aligned. Returns where that is. */
function startWord(view: DataView, at: number, kind: number, length: number): number {
  view.setUint16(at, (TcpOptionKind.NoOperation << 8) | TcpOptionKind.NoOperation);
  view.setUint16(at + 2, (kind << 8) | length);
  return at + 4;
}
