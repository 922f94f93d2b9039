/** TCP's fixed header (RFC 9293 §3.1). */
import { finishChecksum, isSumValid, sumWords } from './checksum.ts';
import { Drop } from './drop.ts';
import { bits, header } from './header.ts';
import { IpProtocol } from './ip-protocol.ts';
import { decodeTcpOptions, encodeTcpOptions, TcpOptions, tcpOptionsBytes } from './tcp-options.ts';

/** Bits of the 8-bit flags field (RFC 9293 §3.1; CWR and ECE of RFC 3168). */
export const TcpFlag = {
  Fin: 0x01,
  Syn: 0x02,
  Rst: 0x04,
  Psh: 0x08,
  Ack: 0x10,
  Urg: 0x20,
  Ece: 0x40,
  Cwr: 0x80,
} as const;

export const tcpHeader = header('tcp', {
  srcPort: bits(16),
  dstPort: bits(16),
  seq: bits(32),
  ack: bits(32),
  /** Header length in 32-bit words, options included. */
  dataOffset: bits(4),
  reserved: bits(4),
  flags: bits(8),
  window: bits(16),
  checksum: bits(16),
  urgent: bits(16),
});
const at = tcpHeader.offset;

export class TcpRecord {
  srcPort = 0;
  dstPort = 0;
  /** Unsigned 32 bits, like `ack`. */
  seq = 0;
  ack = 0;
  /** TcpFlag bits. */
  flags = 0;
  /** As on the wire: not scaled. */
  window = 0;
  urgent = 0;
  /** Where the payload starts, from the start of the header. */
  headerBytes: number = tcpHeader.bytes;
  payloadBytes = 0;
  readonly options = new TcpOptions();
}

/** Decodes the segment that fills `length` bytes of IP payload; `addressSum` is addressSumV4 or V6. */
export function decodeTcp(
  view: DataView,
  base: number,
  length: number,
  addressSum: number,
  out: TcpRecord,
): Drop {
  if (length < tcpHeader.bytes) return Drop.Truncated;
  const headerBytes = (view.getUint8(base + at.dataOffset) >>> 4) * 4;
  if (headerBytes < tcpHeader.bytes || headerBytes > length) return Drop.BadLength;
  if (!isSumValid(segmentSum(view, base, length, addressSum))) return Drop.BadChecksum;
  out.srcPort = view.getUint16(base + at.srcPort);
  out.dstPort = view.getUint16(base + at.dstPort);
  out.seq = view.getUint32(base + at.seq);
  out.ack = view.getUint32(base + at.ack);
  out.flags = view.getUint8(base + at.flags);
  out.window = view.getUint16(base + at.window);
  out.urgent = view.getUint16(base + at.urgent);
  out.headerBytes = headerBytes;
  out.payloadBytes = length - headerBytes;
  return decodeTcpOptions(view, base + tcpHeader.bytes, base + headerBytes, out.options);
}

/**
 * Writes the header and its options in front of `record.payloadBytes` already in place, and the checksum.
 *
 * Precondition: the payload starts where the options end, at `base + tcpSegmentHeaderBytes(record)`.
 */
export function encodeTcp(view: DataView, base: number, addressSum: number, record: TcpRecord): void {
  const headerBytes = tcpHeader.bytes + encodeTcpOptions(view, base + tcpHeader.bytes, record.options);
  const length = headerBytes + record.payloadBytes;
  view.setUint16(base + at.srcPort, record.srcPort);
  view.setUint16(base + at.dstPort, record.dstPort);
  view.setUint32(base + at.seq, record.seq);
  view.setUint32(base + at.ack, record.ack);
  view.setUint8(base + at.dataOffset, headerBytes << 2); // Words in the upper four bits: bytes / 4 x 16.
  view.setUint8(base + at.flags, record.flags);
  view.setUint16(base + at.window, record.window);
  view.setUint16(base + at.checksum, 0);
  view.setUint16(base + at.urgent, record.urgent);
  view.setUint16(base + at.checksum, finishChecksum(segmentSum(view, base, length, addressSum)));
}

/** Bytes of header and options that encodeTcp writes. */
export function tcpSegmentHeaderBytes(record: TcpRecord): number {
  return tcpHeader.bytes + tcpOptionsBytes(record.options);
}

function segmentSum(view: DataView, base: number, length: number, addressSum: number): number {
  return addressSum + IpProtocol.Tcp + length + sumWords(view, base, base + length);
}
