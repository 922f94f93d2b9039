/** VXLAN (RFC 7348 §5): an Ethernet frame of a virtual network in a UDP datagram. */
import { Drop } from './drop.ts';
import { bits, header } from './header.ts';

/** Registered UDP destination port. */
export const VXLAN_PORT = 4789;
/** The only defined bit of `flags`: the network identifier is valid. */
export const VXLAN_FLAG_VNI = 0x08;

export const vxlanHeader = header('vxlan', {
  flags: bits(8),
  reserved: bits(24),
  /** VXLAN network identifier. */
  vni: bits(24),
  reserved2: bits(8),
});
const at = vxlanHeader.offset;

export class VxlanRecord {
  /** 24 bits. */
  vni = 0;
}

/** Decodes into `out`. Reserved bits are ignored (RFC 7348 §5); no network identifier: Drop.Unsupported. */
export function decodeVxlan(view: DataView, base: number, length: number, out: VxlanRecord): Drop {
  if (length < vxlanHeader.bytes) return Drop.Truncated;
  if ((view.getUint8(base + at.flags) & VXLAN_FLAG_VNI) === 0) return Drop.Unsupported;
  out.vni = view.getUint32(base + at.vni) >>> 8;
  return Drop.None;
}

export function encodeVxlan(view: DataView, base: number, record: VxlanRecord): void {
  view.setUint32(base + at.flags, VXLAN_FLAG_VNI << 24);
  view.setUint32(base + at.vni, record.vni << 8);
}
