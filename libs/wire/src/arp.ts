/** ARP for IPv4 over Ethernet alone (RFC 826): hardware type 1, protocol type 0x0800, lengths 6 and 4. */
import { Drop } from './drop.ts';
import { EtherType } from './ethernet.ts';
import { bits, header } from './header.ts';
import { getUint48, setUint48 } from './uint48.ts';

export const ARP_HARDWARE_ETHERNET = 1;

export const ArpOperation = {
  Request: 1,
  Reply: 2,
} as const;
export type ArpOperation = (typeof ArpOperation)[keyof typeof ArpOperation];

export const arpHeader = header('arp', {
  hardwareType: bits(16),
  protocolType: bits(16),
  hardwareLength: bits(8),
  protocolLength: bits(8),
  operation: bits(16),
  senderMac: bits(48),
  senderIp: bits(32),
  targetMac: bits(48),
  targetIp: bits(32),
});
const at = arpHeader.offset;

export class ArpRecord {
  operation: number = ArpOperation.Request;
  /** MAC addresses are numbers below 2^48, IPv4 addresses unsigned 32-bit numbers. */
  senderMac = 0;
  senderIp = 0;
  targetMac = 0;
  targetIp = 0;
}

export function decodeArp(view: DataView, base: number, length: number, out: ArpRecord): Drop {
  if (length < arpHeader.bytes) return Drop.Truncated;
  if (view.getUint32(base + at.hardwareType) !== KIND_WORD) return Drop.Unsupported;
  if (view.getUint16(base + at.hardwareLength) !== LENGTHS_WORD) return Drop.BadLength;
  out.operation = view.getUint16(base + at.operation);
  out.senderMac = getUint48(view, base + at.senderMac);
  out.senderIp = view.getUint32(base + at.senderIp);
  out.targetMac = getUint48(view, base + at.targetMac);
  out.targetIp = view.getUint32(base + at.targetIp);
  return Drop.None;
}

export function encodeArp(view: DataView, base: number, record: ArpRecord): void {
  view.setUint32(base + at.hardwareType, KIND_WORD);
  view.setUint16(base + at.hardwareLength, LENGTHS_WORD);
  view.setUint16(base + at.operation, record.operation);
  setUint48(view, base + at.senderMac, record.senderMac);
  view.setUint32(base + at.senderIp, record.senderIp);
  setUint48(view, base + at.targetMac, record.targetMac);
  view.setUint32(base + at.targetIp, record.targetIp);
}

/** Hardware type and protocol type. */
const KIND_WORD = ARP_HARDWARE_ETHERNET * 0x1_0000 + EtherType.Ipv4;
/** Hardware and protocol address length: 6 and 4. */
const LENGTHS_WORD = 0x0604;
