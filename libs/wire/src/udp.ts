/** UDP (RFC 768) over IPv4 and IPv6 (RFC 8200 §8.1). */
import { finishUdpChecksum, isSumValid, sumWords } from './checksum.ts';
import { Drop } from './drop.ts';
import { bits, header } from './header.ts';
import { IpProtocol } from './ip-protocol.ts';

export const udpHeader = header('udp', {
  srcPort: bits(16),
  dstPort: bits(16),
  /** Header and payload, in bytes. */
  length: bits(16),
  /** 0 means that the sender computed none, which IPv4 allows; a computed 0 is sent as 0xffff. */
  checksum: bits(16),
});
const at = udpHeader.offset;

export class UdpRecord {
  srcPort = 0;
  dstPort = 0;
  /** What follows the eight bytes of the header. */
  payloadBytes = 0;
  /** False when the sender computed no checksum. IPv6 receivers refuse that (RFC 8200 §8.1). */
  isSummed = true;
}

/**
 * Decodes the datagram in `length` bytes of IP payload and verifies its checksum, if it has one.
 *
 * `addressSum` is addressSumV4 or addressSumV6 of the IP header. Bytes after the datagram's own length are
 * not its payload and are ignored (the surplus area, RFC 9868).
 */
export function decodeUdp(
  view: DataView,
  base: number,
  length: number,
  addressSum: number,
  out: UdpRecord,
): Drop {
  if (length < udpHeader.bytes) return Drop.Truncated;
  const datagramBytes = view.getUint16(base + at.length);
  if (datagramBytes > length) return Drop.Truncated;
  if (datagramBytes < udpHeader.bytes) return Drop.BadLength;
  const isSummed = view.getUint16(base + at.checksum) !== 0;
  if (isSummed && !isSumValid(datagramSum(view, base, datagramBytes, addressSum))) return Drop.BadChecksum;
  out.srcPort = view.getUint16(base + at.srcPort);
  out.dstPort = view.getUint16(base + at.dstPort);
  out.payloadBytes = datagramBytes - udpHeader.bytes;
  out.isSummed = isSummed;
  return Drop.None;
}

/** Writes the header, and the checksum over it and `record.payloadBytes` already in place, if `isSummed`. */
export function encodeUdp(view: DataView, base: number, addressSum: number, record: UdpRecord): void {
  const datagramBytes = udpHeader.bytes + record.payloadBytes;
  view.setUint16(base + at.srcPort, record.srcPort);
  view.setUint16(base + at.dstPort, record.dstPort);
  view.setUint16(base + at.length, datagramBytes);
  view.setUint16(base + at.checksum, 0);
  if (!record.isSummed) return;
  const sum = datagramSum(view, base, datagramBytes, addressSum);
  view.setUint16(base + at.checksum, finishUdpChecksum(sum));
}

function datagramSum(view: DataView, base: number, datagramBytes: number, addressSum: number): number {
  return addressSum + IpProtocol.Udp + datagramBytes + sumWords(view, base, base + datagramBytes);
}
