/** Which number in an outer header announces which inner header. For the builder and the printer. */
import { arpHeader } from './arp.ts';
import { EtherType } from './ethernet.ts';
import { GUE_PORT, gueHeader } from './gue.ts';
import type { HeaderType } from './header.ts';
import { icmpHeader } from './icmp.ts';
import { icmpv6Header } from './icmpv6.ts';
import { IpProtocol } from './ip-protocol.ts';
import { ipv4Header } from './ipv4.ts';
import { ipv6Header } from './ipv6.ts';
import { PEGASUS_PORT, pegasusHeader } from './pegasus-header.ts';
import { tcpHeader } from './tcp.ts';
import { udpHeader } from './udp.ts';
import { vlanHeader } from './vlan.ts';
import { VXLAN_PORT, vxlanHeader } from './vxlan.ts';

type Announcements = readonly (readonly [number, HeaderType])[];

const BY_ETHER_TYPE: Announcements = [
  [EtherType.Ipv4, ipv4Header],
  [EtherType.Ipv6, ipv6Header],
  [EtherType.Arp, arpHeader],
  [EtherType.Vlan, vlanHeader],
];

const BY_IP_PROTOCOL: Announcements = [
  [IpProtocol.Icmp, icmpHeader],
  [IpProtocol.Ipv4, ipv4Header],
  [IpProtocol.Tcp, tcpHeader],
  [IpProtocol.Udp, udpHeader],
  [IpProtocol.Ipv6, ipv6Header],
  [IpProtocol.Icmpv6, icmpv6Header],
];

const BY_UDP_PORT: Announcements = [
  [GUE_PORT, gueHeader],
  [VXLAN_PORT, vxlanHeader],
  [PEGASUS_PORT, pegasusHeader],
];

export const headerByEtherType: ReadonlyMap<number, HeaderType> = new Map(BY_ETHER_TYPE);
export const headerByIpProtocol: ReadonlyMap<number, HeaderType> = new Map(BY_IP_PROTOCOL);
export const headerByUdpPort: ReadonlyMap<number, HeaderType> = new Map(BY_UDP_PORT);

export const etherTypeByHeader: ReadonlyMap<HeaderType, number> = inverse(BY_ETHER_TYPE);
export const ipProtocolByHeader: ReadonlyMap<HeaderType, number> = inverse(BY_IP_PROTOCOL);
export const udpPortByHeader: ReadonlyMap<HeaderType, number> = inverse(BY_UDP_PORT);

function inverse(announcements: Announcements): Map<HeaderType, number> {
  return new Map(announcements.map(([number, type]) => [type, number]));
}
