/** IPv4 (RFC 791, DSCP of RFC 2474, ECN of RFC 3168). Options are skipped, fragments not reassembled. */
import { finishChecksum, isSumValid, sumWords } from './checksum.ts';
import { Drop } from './drop.ts';
import { bits, header } from './header.ts';

/** Bits of the 3-bit flags field. */
export const Ipv4Flag = {
  MoreFragments: 0b001,
  DontFragment: 0b010,
} as const;

/** IHL of a header without options, in 32-bit words. */
export const IPV4_IHL_MIN = 5;
export const IPV4_TTL_DEFAULT = 64;

export const ipv4Header = header('ipv4', {
  version: bits(4),
  /** Header length in 32-bit words, options included. */
  ihl: bits(4),
  dscp: bits(6),
  ecn: bits(2),
  /** Header and payload, in bytes. */
  totalLength: bits(16),
  identification: bits(16),
  flags: bits(3),
  /** In units of 8 bytes. */
  fragmentOffset: bits(13),
  ttl: bits(8),
  protocol: bits(8),
  checksum: bits(16),
  src: bits(32),
  dst: bits(32),
});
const at = ipv4Header.offset;
/** Flags and fragment offset share 16 bits. */
const FLAGS_SHIFT = 13;
/** More fragments, or an offset: either makes a datagram a fragment. Over the 16 bits from `flags` on. */
export const IPV4_FRAGMENT_MASK = (Ipv4Flag.MoreFragments << FLAGS_SHIFT) | 0x1fff;

export class Ipv4Record {
  dscp = 0;
  ecn = 0;
  identification = 0;
  dontFragment = true;
  ttl = IPV4_TTL_DEFAULT;
  protocol = 0;
  src = 0;
  dst = 0;
  /** Where the payload starts, from the start of the header. Options make it larger than 20. */
  headerBytes: number = ipv4Header.bytes;
  payloadBytes = 0;
}

/**
 * Decodes into `out` and verifies the header checksum.
 *
 * `length` may exceed the datagram: Ethernet pads. A fragment is Drop.Fragment with `out` filled, as its
 * payload is no whole message. Options are skipped, not judged.
 */
export function decodeIpv4(view: DataView, base: number, length: number, out: Ipv4Record): Drop {
  if (length < ipv4Header.bytes) return Drop.Truncated;
  const versionAndIhl = view.getUint8(base + at.version);
  if (versionAndIhl >>> 4 !== 4) return Drop.BadVersion;
  const headerBytes = (versionAndIhl & 0xf) * 4;
  const totalLength = view.getUint16(base + at.totalLength);
  if (headerBytes < ipv4Header.bytes || totalLength < headerBytes) return Drop.BadLength;
  if (totalLength > length) return Drop.Truncated;
  if (!isSumValid(sumWords(view, base, base + headerBytes))) return Drop.BadChecksum;

  const trafficClass = view.getUint8(base + at.dscp);
  const fragment = view.getUint16(base + at.flags);
  out.dscp = trafficClass >>> 2;
  out.ecn = trafficClass & 0b11;
  out.identification = view.getUint16(base + at.identification);
  out.dontFragment = ((fragment >>> FLAGS_SHIFT) & Ipv4Flag.DontFragment) !== 0;
  out.ttl = view.getUint8(base + at.ttl);
  out.protocol = view.getUint8(base + at.protocol);
  out.src = view.getUint32(base + at.src);
  out.dst = view.getUint32(base + at.dst);
  out.headerBytes = headerBytes;
  out.payloadBytes = totalLength - headerBytes;
  return (fragment & IPV4_FRAGMENT_MASK) === 0 ? Drop.None : Drop.Fragment;
}

/** Writes a header of 20 bytes, checksum included: no options, and `record.headerBytes` is not read. */
export function encodeIpv4(view: DataView, base: number, record: Ipv4Record): void {
  view.setUint8(base + at.version, (4 << 4) | IPV4_IHL_MIN);
  view.setUint8(base + at.dscp, (record.dscp << 2) | record.ecn);
  view.setUint16(base + at.totalLength, ipv4Header.bytes + record.payloadBytes);
  view.setUint16(base + at.identification, record.identification);
  view.setUint16(base + at.flags, record.dontFragment ? Ipv4Flag.DontFragment << FLAGS_SHIFT : 0);
  view.setUint8(base + at.ttl, record.ttl);
  view.setUint8(base + at.protocol, record.protocol);
  view.setUint16(base + at.checksum, 0);
  view.setUint32(base + at.src, record.src);
  view.setUint32(base + at.dst, record.dst);
  view.setUint16(base + at.checksum, finishChecksum(sumWords(view, base, base + ipv4Header.bytes)));
}
