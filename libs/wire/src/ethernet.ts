/** Ethernet II framing (IEEE 802.3 clause 3, type interpretation), without the frame check sequence. */
import { Drop } from './drop.ts';
import { bits, header } from './header.ts';
import { getUint48, setUint48 } from './uint48.ts';

export const EtherType = {
  Ipv4: 0x0800,
  Arp: 0x0806,
  Vlan: 0x8100,
  Ipv6: 0x86dd,
} as const;
export type EtherType = (typeof EtherType)[keyof typeof EtherType];

export const ethernetHeader = header('ethernet', {
  dst: bits(48),
  src: bits(48),
  etherType: bits(16),
});
const at = ethernetHeader.offset;

export class EthernetRecord {
  /** A number below 2^48, like `src`. */
  dst = 0;
  src = 0;
  etherType = 0;
}

/** Decodes into `out`. The payload, padding included, is the rest of the frame. */
export function decodeEthernet(view: DataView, base: number, length: number, out: EthernetRecord): Drop {
  if (length < ethernetHeader.bytes) return Drop.Truncated;
  out.dst = getUint48(view, base + at.dst);
  out.src = getUint48(view, base + at.src);
  out.etherType = view.getUint16(base + at.etherType);
  return Drop.None;
}

export function encodeEthernet(view: DataView, base: number, record: EthernetRecord): void {
  setUint48(view, base + at.dst, record.dst);
  setUint48(view, base + at.src, record.src);
  view.setUint16(base + at.etherType, record.etherType);
}
