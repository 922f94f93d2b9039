/** IPv6 (RFC 8200), the fixed header. Extension headers are not walked: they count as an unknown payload. */
import type { Ipv6Address } from './address.ts';
import { Drop } from './drop.ts';
import { bits, header } from './header.ts';

export const IPV6_HOP_LIMIT_DEFAULT = 64;

/** The 128-bit addresses are two fields each, as a field holds 64 bits at most. */
export const ipv6Header = header('ipv6', {
  version: bits(4),
  trafficClass: bits(8),
  flowLabel: bits(20),
  /** Of what follows this header, in bytes. */
  payloadLength: bits(16),
  nextHeader: bits(8),
  hopLimit: bits(8),
  srcHi: bits(64),
  srcLo: bits(64),
  dstHi: bits(64),
  dstLo: bits(64),
});
const at = ipv6Header.offset;

export class Ipv6Record {
  trafficClass = 0;
  flowLabel = 0;
  nextHeader = 0;
  hopLimit = IPV6_HOP_LIMIT_DEFAULT;
  payloadBytes = 0;
  /** Four words each, most significant first; the arrays are reused. */
  readonly src: Ipv6Address = new Uint32Array(4);
  readonly dst: Ipv6Address = new Uint32Array(4);
}

/** Decodes into `out`. `length` may exceed the packet. The payload starts 40 bytes after `base`. */
export function decodeIpv6(view: DataView, base: number, length: number, out: Ipv6Record): Drop {
  if (length < ipv6Header.bytes) return Drop.Truncated;
  const first = view.getUint32(base + at.version); // version 4, traffic class 8, flow label 20.
  if (first >>> 28 !== 6) return Drop.BadVersion;
  const payloadBytes = view.getUint16(base + at.payloadLength);
  if (ipv6Header.bytes + payloadBytes > length) return Drop.Truncated;
  out.trafficClass = (first >>> 20) & 0xff;
  out.flowLabel = first & 0xf_ffff;
  out.payloadBytes = payloadBytes;
  out.nextHeader = view.getUint8(base + at.nextHeader);
  out.hopLimit = view.getUint8(base + at.hopLimit);
  for (let i = 0; i < 4; i++) {
    out.src[i] = view.getUint32(base + at.srcHi + 4 * i);
    out.dst[i] = view.getUint32(base + at.dstHi + 4 * i);
  }
  return Drop.None;
}

export function encodeIpv6(view: DataView, base: number, record: Ipv6Record): void {
  view.setUint32(base + at.version, (6 << 28) | (record.trafficClass << 20) | record.flowLabel);
  view.setUint16(base + at.payloadLength, record.payloadBytes);
  view.setUint8(base + at.nextHeader, record.nextHeader);
  view.setUint8(base + at.hopLimit, record.hopLimit);
  for (let i = 0; i < 4; i++) {
    view.setUint32(base + at.srcHi + 4 * i, record.src[i]!);
    view.setUint32(base + at.dstHi + 4 * i, record.dst[i]!);
  }
}
