/** ICMPv6 (RFC 4443) and the type numbers of neighbor discovery (RFC 4861), whose options are not decoded. */
import { finishChecksum, isSumValid, sumWords } from './checksum.ts';
import { Drop } from './drop.ts';
import { bits, header } from './header.ts';
import type { IcmpRecord } from './icmp.ts';
import { IpProtocol } from './ip-protocol.ts';

export const Icmpv6Type = {
  DestinationUnreachable: 1,
  PacketTooBig: 2,
  TimeExceeded: 3,
  ParameterProblem: 4,
  EchoRequest: 128,
  EchoReply: 129,
  RouterSolicitation: 133,
  RouterAdvertisement: 134,
  NeighborSolicitation: 135,
  NeighborAdvertisement: 136,
} as const;
export type Icmpv6Type = (typeof Icmpv6Type)[keyof typeof Icmpv6Type];

export const icmpv6Header = header('icmpv6', {
  type: bits(8),
  code: bits(8),
  checksum: bits(16),
  /** Echo: identifier in the upper half, sequence number in the lower. */
  rest: bits(32),
});
const at = icmpv6Header.offset;

/** Decodes the message that fills `length` bytes and verifies its checksum; `addressSum` is addressSumV6. */
export function decodeIcmpv6(
  view: DataView,
  base: number,
  length: number,
  addressSum: number,
  out: IcmpRecord,
): Drop {
  if (length < icmpv6Header.bytes) return Drop.Truncated;
  if (!isSumValid(messageSum(view, base, length, addressSum))) return Drop.BadChecksum;
  out.type = view.getUint8(base + at.type);
  out.code = view.getUint8(base + at.code);
  out.rest = view.getUint32(base + at.rest);
  out.payloadBytes = length - icmpv6Header.bytes;
  return Drop.None;
}

/** Writes the header and the checksum over it and `record.payloadBytes` already in place. */
export function encodeIcmpv6(view: DataView, base: number, addressSum: number, record: IcmpRecord): void {
  view.setUint8(base + at.type, record.type);
  view.setUint8(base + at.code, record.code);
  view.setUint16(base + at.checksum, 0);
  view.setUint32(base + at.rest, record.rest);
  const sum = messageSum(view, base, icmpv6Header.bytes + record.payloadBytes, addressSum);
  view.setUint16(base + at.checksum, finishChecksum(sum));
}

/** Unlike ICMP for IPv4, the checksum covers a pseudo header (RFC 4443 §2.3). */
function messageSum(view: DataView, base: number, length: number, addressSum: number): number {
  return addressSum + IpProtocol.Icmpv6 + length + sumWords(view, base, base + length);
}
