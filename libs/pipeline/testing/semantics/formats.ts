/**
 * Packets that the cases share: real protocols nested in the usual ways, and a made-up header to probe with.
 */
import {
  bits,
  ethernetHeader,
  EtherType,
  GUE_PORT,
  gueHeader,
  header,
  type HeaderType,
  icmpHeader,
  icmpv6Header,
  IpProtocol,
  ipv4Header,
  ipv6Header,
  packet,
  tcpHeader,
  udpHeader,
  vlanHeader,
  VXLAN_FLAG_VNI,
  VXLAN_PORT,
  vxlanHeader,
  writeField,
} from '@ballast/wire';
import {
  type HeaderRef,
  type HeaderRefs,
  type PacketFormat,
  packetFormat,
  program,
  type Program,
  type ProgramBuilder,
} from '../../src/index.ts';

/** Version 4, no options, no fragment ("don't fragment" may be set). */
const WHOLE = [4, 5, { value: 0, mask: 0b101 }, 0] as const;
const wholeIpv4 = (name: string): string[] =>
  ['version', 'ihl', 'flags', 'fragmentOffset', 'protocol'].map((field) => `${name}.${field}`);

/** Ethernet, perhaps one VLAN tag, IPv4 or IPv6, and a transport header. */
export const ipFormat = packetFormat(
  'ip_packet',
  {
    ethernet: ethernetHeader,
    vlan: vlanHeader,
    ipv4: ipv4Header,
    ipv6: ipv6Header,
    udp: udpHeader,
    tcp: tcpHeader,
    icmp: icmpHeader,
    icmpv6: icmpv6Header,
  },
  'ethernet',
  {
    ethernet: {
      on: ['ethernet.etherType'],
      cases: [
        { match: [EtherType.Vlan], next: 'vlan' },
        { match: [EtherType.Ipv4], next: 'ipv4' },
        { match: [EtherType.Ipv6], next: 'ipv6' },
      ],
    },
    vlan: {
      on: ['vlan.etherType'],
      cases: [
        { match: [EtherType.Ipv4], next: 'ipv4' },
        { match: [EtherType.Ipv6], next: 'ipv6' },
      ],
    },
    ipv4: {
      on: wholeIpv4('ipv4'),
      cases: [
        { match: [...WHOLE, IpProtocol.Udp], next: 'udp' },
        { match: [...WHOLE, IpProtocol.Tcp], next: 'tcp' },
        { match: [...WHOLE, IpProtocol.Icmp], next: 'icmp' },
      ],
    },
    ipv6: {
      on: ['ipv6.version', 'ipv6.nextHeader'],
      cases: [
        { match: [6, IpProtocol.Udp], next: 'udp' },
        { match: [6, IpProtocol.Tcp], next: 'tcp' },
        { match: [6, IpProtocol.Icmpv6], next: 'icmpv6' },
      ],
    },
  },
);

/** IPv4 in IPv4, in GUE and in VXLAN: the inner header is at another place each time. */
export const tunnelFormat = packetFormat(
  'tunnel_packet',
  {
    ethernet: ethernetHeader,
    ipv4: ipv4Header,
    udp: udpHeader,
    gue: gueHeader,
    vxlan: vxlanHeader,
    inner_ethernet: ethernetHeader,
    inner_ipv4: ipv4Header,
    inner_udp: udpHeader,
    inner_tcp: tcpHeader,
  },
  'ethernet',
  {
    ethernet: { on: ['ethernet.etherType'], cases: [{ match: [EtherType.Ipv4], next: 'ipv4' }] },
    ipv4: {
      on: wholeIpv4('ipv4'),
      cases: [
        { match: [...WHOLE, IpProtocol.Udp], next: 'udp' },
        { match: [...WHOLE, IpProtocol.Ipv4], next: 'inner_ipv4' },
      ],
    },
    udp: {
      on: ['udp.dstPort'],
      cases: [
        { match: [GUE_PORT], next: 'gue' },
        { match: [VXLAN_PORT], next: 'vxlan' },
      ],
    },
    gue: {
      on: ['gue.variant', 'gue.control', 'gue.headerLength', 'gue.protocol'],
      cases: [{ match: [0, 0, 0, IpProtocol.Ipv4], next: 'inner_ipv4' }],
    },
    vxlan: { on: ['vxlan.flags'], cases: [{ match: [VXLAN_FLAG_VNI], next: 'inner_ethernet' }] },
    inner_ethernet: {
      on: ['inner_ethernet.etherType'],
      cases: [{ match: [EtherType.Ipv4], next: 'inner_ipv4' }],
    },
    inner_ipv4: {
      on: wholeIpv4('inner_ipv4'),
      cases: [
        { match: [...WHOLE, IpProtocol.Udp], next: 'inner_udp' },
        { match: [...WHOLE, IpProtocol.Tcp], next: 'inner_tcp' },
      ],
    },
  },
);

type IpHeaders = HeaderRefs<(typeof ipFormat)['headers']>;
type TunnelHeaders = HeaderRefs<(typeof tunnelFormat)['headers']>;

/** A program over `ipFormat`: its function declares, and gives the body of the ingress part. */
export function ipProgram(define: (p: ProgramBuilder, headers: IpHeaders) => () => void): () => Program {
  return programOver(ipFormat, define);
}
export function tunnelProgram(
  define: (p: ProgramBuilder, headers: TunnelHeaders) => () => void,
): () => Program {
  return programOver(tunnelFormat, define);
}

export function programOver<const H extends Record<string, HeaderType>>(
  format: PacketFormat<H>,
  define: (p: ProgramBuilder, headers: HeaderRefs<H>) => () => void,
): () => Program {
  return () =>
    program('semantics', (p) => {
      const body = define(p, p.parse(format));
      p.ingress(body);
    });
}

/** Fields by name and width, filled up to whole bytes. */
export type Widths = Readonly<Record<string, number>>;

export type ProbeFields<W extends Widths> = HeaderRef<HeaderType<keyof W & string>>;

/** A made-up header right behind Ethernet, in every packet that is long enough for it. */
export class Probe<W extends Widths> {
  readonly type: HeaderType<keyof W & string>;
  readonly #format: PacketFormat<{ ethernet: typeof ethernetHeader; probe: HeaderType<keyof W & string> }>;

  constructor(widths: W) {
    const total = Object.values(widths).reduce((sum, width) => sum + width, 0);
    const missing = (8 - (total % 8)) % 8;
    const specs = Object.fromEntries(Object.entries(widths).map(([name, width]) => [name, bits(width)]));
    const filled = missing === 0 ? specs : { ...specs, filler: bits(missing) };
    this.type = header('probe', filled);
    this.#format = packetFormat('probe_packet', { ethernet: ethernetHeader, probe: this.type }, 'ethernet', {
      ethernet: { otherwise: 'probe' },
    });
  }

  program(define: (p: ProgramBuilder, fields: ProbeFields<W>) => () => void): () => Program {
    return programOver(this.#format, (p, { probe }) => {
      const body = define(p, probe);
      return () => {
        p.when(probe.isValid().not(), () => p.drop('no_probe'));
        body();
      };
    });
  }

  /** A frame with these values; fields that are not given are 0. */
  frame(values: Partial<Readonly<Record<keyof W & string, bigint | number>>>, payload = ''): Uint8Array {
    const bytes = new Uint8Array(this.type.bytes);
    for (const [name, value] of Object.entries<bigint | number | undefined>(values)) {
      const field = this.type.fields[name as keyof W & string];
      writeField(bytes, 0, field, BigInt(value ?? 0));
    }
    const rest = Uint8Array.from([...bytes, ...new TextEncoder().encode(payload)]);
    return packet().eth().payload(rest).build();
  }
}
