/** ICMP for IPv4 (RFC 792). The four bytes after the checksum are one field: the type says what they mean. */
import { finishChecksum, isSumValid, sumWords } from './checksum.ts';
import { Drop } from './drop.ts';
import { bits, header } from './header.ts';

export const IcmpType = {
  EchoReply: 0,
  DestinationUnreachable: 3,
  Redirect: 5,
  EchoRequest: 8,
  TimeExceeded: 11,
  ParameterProblem: 12,
} as const;
export type IcmpType = (typeof IcmpType)[keyof typeof IcmpType];

/** Codes of DestinationUnreachable. */
export const IcmpUnreachable = {
  Network: 0,
  Host: 1,
  Protocol: 2,
  Port: 3,
  FragmentationNeeded: 4,
} as const;

export const icmpHeader = header('icmp', {
  type: bits(8),
  code: bits(8),
  checksum: bits(16),
  /** Echo: identifier in the upper half, sequence number in the lower. */
  rest: bits(32),
});
const at = icmpHeader.offset;

/** Of ICMP and of ICMPv6: their headers have one shape. */
export class IcmpRecord {
  type = 0;
  code = 0;
  /** Unsigned 32 bits. */
  rest = 0;
  /** What follows the eight bytes of the header. */
  payloadBytes = 0;
}

/** Decodes the message that fills `length` bytes and verifies its checksum. */
export function decodeIcmp(view: DataView, base: number, length: number, out: IcmpRecord): Drop {
  if (length < icmpHeader.bytes) return Drop.Truncated;
  if (!isSumValid(sumWords(view, base, base + length))) return Drop.BadChecksum;
  out.type = view.getUint8(base + at.type);
  out.code = view.getUint8(base + at.code);
  out.rest = view.getUint32(base + at.rest);
  out.payloadBytes = length - icmpHeader.bytes;
  return Drop.None;
}

/** Writes the header and the checksum over it and `record.payloadBytes` already in place. */
export function encodeIcmp(view: DataView, base: number, record: IcmpRecord): void {
  view.setUint8(base + at.type, record.type);
  view.setUint8(base + at.code, record.code);
  view.setUint16(base + at.checksum, 0);
  view.setUint32(base + at.rest, record.rest);
  const end = base + icmpHeader.bytes + record.payloadBytes;
  view.setUint16(base + at.checksum, finishChecksum(sumWords(view, base, end)));
}
