/** The 802.1Q tag (IEEE 802.1Q-2018 §9.6): what follows the EtherType 0x8100 of the Ethernet header. */
import { Drop } from './drop.ts';
import { bits, header } from './header.ts';

/** Largest VLAN that a frame can name; 0xfff is reserved, 0 means a priority tag without a VLAN. */
export const VLAN_ID_MAX = 0xffe;

export const vlanHeader = header('vlan', {
  /** Priority code point. */
  pcp: bits(3),
  /** Drop eligible indicator. */
  dei: bits(1),
  vid: bits(12),
  /** Of the payload: what the Ethernet header would have said without the tag. */
  etherType: bits(16),
});
const at = vlanHeader.offset;

export class VlanRecord {
  pcp = 0;
  dei = 0;
  vid = 0;
  etherType = 0;
}

/** Decodes the tag at `base`, right after the Ethernet header. */
export function decodeVlan(view: DataView, base: number, length: number, out: VlanRecord): Drop {
  if (length < vlanHeader.bytes) return Drop.Truncated;
  const control = view.getUint16(base + at.pcp); // pcp 3, dei 1, vid 12.
  out.pcp = control >>> 13;
  out.dei = (control >>> 12) & 1;
  out.vid = control & 0xfff;
  out.etherType = view.getUint16(base + at.etherType);
  return Drop.None;
}

export function encodeVlan(view: DataView, base: number, record: VlanRecord): void {
  view.setUint16(base + at.pcp, (record.pcp << 13) | (record.dei << 12) | record.vid);
  view.setUint16(base + at.etherType, record.etherType);
}
