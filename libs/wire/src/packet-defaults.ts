/** What a header of a test packet says when the test does not: sound values that fit its surroundings. */
import { type Ipv6Address, ipv6High, ipv6Low, parseIpv6 } from './address.ts';
import { ARP_HARDWARE_ETHERNET, arpHeader, ArpOperation } from './arp.ts';
import { ethernetHeader, EtherType } from './ethernet.ts';
import { gueHeader } from './gue.ts';
import type { HeaderType } from './header.ts';
import { icmpHeader, IcmpType } from './icmp.ts';
import { icmpv6Header, Icmpv6Type } from './icmpv6.ts';
import { IPV4_TTL_DEFAULT, ipv4Header } from './ipv4.ts';
import { IPV6_HOP_LIMIT_DEFAULT, ipv6Header } from './ipv6.ts';
import { etherTypeByHeader, ipProtocolByHeader, udpPortByHeader } from './nesting.ts';
import { PEGASUS_FORMAT, PEGASUS_MAGIC, pegasusHeader, PegasusOp } from './pegasus-header.ts';
import { TcpFlag, tcpHeader } from './tcp.ts';
import { udpHeader } from './udp.ts';
import { vlanHeader } from './vlan.ts';
import { VXLAN_FLAG_VNI, vxlanHeader } from './vxlan.ts';

/** What a default may depend on. */
export interface Surroundings {
  readonly inner: HeaderType | undefined;
  readonly headerBytes: number;
  /** Of header and everything inside. */
  readonly totalBytes: number;
  /** Of a Pegasus message. */
  readonly keyBytes: number;
}

type Defaults = (surroundings: Surroundings) => Readonly<Record<string, number | bigint>>;

/** Locally administered addresses, 10.0.0.0/8, and documentation prefixes: distinct, so that a swap shows. */
const DEFAULT_SRC = {
  mac: 0x02_00_00_00_00_01,
  ip: 0x0a000001,
  ipv6: parseIpv6('2001:db8::1'),
  port: 40_000,
};
const DEFAULT_DST = {
  mac: 0x02_00_00_00_00_02,
  ip: 0x0a000002,
  ipv6: parseIpv6('2001:db8::2'),
  port: 40_001,
};

/** Set apart for experiments (IEEE 802 local EtherType 1, RFC 3692): a payload of no known protocol. */
const EXPERIMENTAL_ETHER_TYPE = 0x88b5;
const EXPERIMENTAL_PROTOCOL = 253;

const TCP_WINDOW_DEFAULT = 65_535;

/** The fields that a header gets when a packet does not give them; those not named are 0. */
export const headerDefaults: ReadonlyMap<HeaderType, Defaults> = new Map<HeaderType, Defaults>([
  [
    ethernetHeader,
    ({ inner }) => ({ dst: DEFAULT_DST.mac, src: DEFAULT_SRC.mac, etherType: etherTypeOf(inner) }),
  ],
  [vlanHeader, ({ inner }) => ({ vid: 1, etherType: etherTypeOf(inner) })],
  [
    arpHeader,
    () => ({
      hardwareType: ARP_HARDWARE_ETHERNET,
      protocolType: EtherType.Ipv4,
      hardwareLength: 6,
      protocolLength: 4,
      operation: ArpOperation.Request,
      senderMac: DEFAULT_SRC.mac,
      senderIp: DEFAULT_SRC.ip,
      targetIp: DEFAULT_DST.ip,
    }),
  ],
  [
    ipv4Header,
    ({ inner, headerBytes, totalBytes }) => ({
      version: 4,
      ihl: headerBytes / 4,
      totalLength: totalBytes,
      ttl: IPV4_TTL_DEFAULT,
      protocol: protocolOf(inner),
      src: DEFAULT_SRC.ip,
      dst: DEFAULT_DST.ip,
    }),
  ],
  [
    ipv6Header,
    ({ inner, headerBytes, totalBytes }) => ({
      version: 6,
      payloadLength: totalBytes - headerBytes,
      nextHeader: protocolOf(inner),
      hopLimit: IPV6_HOP_LIMIT_DEFAULT,
      ...ipv6Fields('src', DEFAULT_SRC.ipv6),
      ...ipv6Fields('dst', DEFAULT_DST.ipv6),
    }),
  ],
  [icmpHeader, () => ({ type: IcmpType.EchoRequest })],
  [icmpv6Header, () => ({ type: Icmpv6Type.EchoRequest })],
  [
    udpHeader,
    ({ inner, totalBytes }) => ({ srcPort: DEFAULT_SRC.port, dstPort: portOf(inner), length: totalBytes }),
  ],
  [
    tcpHeader,
    ({ headerBytes }) => ({
      srcPort: DEFAULT_SRC.port,
      dstPort: DEFAULT_DST.port,
      dataOffset: headerBytes / 4,
      flags: TcpFlag.Ack,
      window: TCP_WINDOW_DEFAULT,
    }),
  ],
  [gueHeader, ({ inner }) => ({ protocol: protocolOf(inner) })],
  [vxlanHeader, () => ({ flags: VXLAN_FLAG_VNI, vni: 1 })],
  [
    pegasusHeader,
    ({ keyBytes }) => ({
      magic: PEGASUS_MAGIC,
      format: PEGASUS_FORMAT,
      op: PegasusOp.Get,
      keyLength: keyBytes,
    }),
  ],
]);

function etherTypeOf(inner: HeaderType | undefined): number {
  return (inner && etherTypeByHeader.get(inner)) ?? EXPERIMENTAL_ETHER_TYPE;
}

function protocolOf(inner: HeaderType | undefined): number {
  return (inner && ipProtocolByHeader.get(inner)) ?? EXPERIMENTAL_PROTOCOL;
}

function portOf(inner: HeaderType | undefined): number {
  return (inner && udpPortByHeader.get(inner)) ?? DEFAULT_DST.port;
}

/** An IPv6 address as the two fields that hold it: srcHi and srcLo, or dstHi and dstLo. */
export function ipv6Fields(side: 'src' | 'dst', address: Ipv6Address): Readonly<Record<string, bigint>> {
  return { [`${side}Hi`]: ipv6High(address), [`${side}Lo`]: ipv6Low(address) };
}
