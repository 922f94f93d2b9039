/**
 * Frames as text for test failures and captures: one line in the manner of `tcpdump -e -n -v -S`.
 *
 * Differs from tcpdump in that nested frames stay on the line, that only wrong checksums are shown, and in
 * what it says of them: `(cksum 0x1234 bad, should be 0x5678)`.
 */
import { present } from '@ballast/base';
import { formatIpv4, formatIpv6, formatMac, ipv6FromHalves } from './address.ts';
import { arpHeader, ArpOperation } from './arp.ts';
import { dissect, type Dissection, type Layer, layerField } from './dissect.ts';
import { ethernetHeader, EtherType } from './ethernet.ts';
import { formatPegasus } from './format-pegasus.ts';
import { formatTcpOptions } from './format-tcp-options.ts';
import { gueHeader } from './gue.ts';
import { type HeaderType, readField } from './header.ts';
import { icmpHeader, IcmpType, IcmpUnreachable } from './icmp.ts';
import { icmpv6Header, Icmpv6Type } from './icmpv6.ts';
import { IpProtocol } from './ip-protocol.ts';
import { Ipv4Flag, ipv4Header } from './ipv4.ts';
import { ipv6Header } from './ipv6.ts';
import { pegasusHeader } from './pegasus-header.ts';
import { tcpHeader } from './tcp.ts';
import { udpHeader } from './udp.ts';
import { vlanHeader } from './vlan.ts';
import { VXLAN_FLAG_VNI, vxlanHeader } from './vxlan.ts';

/** One line that says what the frame is, from the Ethernet header to the innermost message. */
export function formatFrame(bytes: Uint8Array): string {
  const dissection = dissect(bytes);
  const { layers, cutHeader } = dissection;
  const texts = layers.map((layer, i) => formatLayer(bytes, layer, layers[i + 1]));
  texts.push(formatRest(dissection));
  const parts = [texts.join('').trimEnd()];
  if (cutHeader !== undefined) parts.push(`[|${cutHeader.name}]`);
  // The outermost length is the one that the frame falls short of; the inner ones only follow.
  const cut = layers.find(({ missingBytes }) => missingBytes > 0);
  if (cut !== undefined) parts.push(`[truncated: ${cut.missingBytes} bytes missing]`);
  return parts.filter((part) => part !== '').join(' ');
}

/** What a layer adds to the line. It ends so that the next layer, or the rest, can follow at once. */
function formatLayer(bytes: Uint8Array, layer: Layer, inner: Layer | undefined): string {
  if (layer.malformed !== undefined) return `${layer.type.name} (malformed: ${layer.malformed})`;
  const format = present(formatters.get(layer.type), 'every dissected header has its formatter');
  return format(bytes, layer, inner);
}

function formatRest({ layers, cutHeader, payload }: Dissection): string {
  const last = layers.at(-1);
  if (last === undefined || cutHeader !== undefined || last.malformed !== undefined) return '';
  return carriers.has(last.type) ? `payload, length ${payload.length}` : '';
}

/** Headers whose payload nobody else names when it is not followed. */
const carriers: ReadonlySet<HeaderType> = new Set<HeaderType>([
  ethernetHeader,
  vlanHeader,
  ipv4Header,
  ipv6Header,
  gueHeader,
]);

type Formatter = (bytes: Uint8Array, layer: Layer, inner: Layer | undefined) => string;

const formatters = new Map<HeaderType, Formatter>([
  [ethernetHeader, formatEthernet],
  [vlanHeader, formatVlan],
  [arpHeader, formatArp],
  [ipv4Header, formatIpv4Header],
  [ipv6Header, formatIpv6Header],
  [icmpHeader, formatIcmp],
  [icmpv6Header, formatIcmpv6],
  [udpHeader, formatUdp],
  [tcpHeader, formatTcp],
  [gueHeader, formatGue],
  [vxlanHeader, formatVxlan],
  [pegasusHeader, (bytes, layer) => formatPegasus(bytes, layer.base, layer.end)],
]);

function formatEthernet(bytes: Uint8Array, { base, end }: Layer): string {
  const src = formatMac(layerField(bytes, base, ethernetHeader, 'src'));
  const dst = formatMac(layerField(bytes, base, ethernetHeader, 'dst'));
  const etherType = formatEtherType(layerField(bytes, base, ethernetHeader, 'etherType'));
  return `${src} > ${dst}, ethertype ${etherType}, length ${end - base}: `;
}

function formatVlan(bytes: Uint8Array, { base }: Layer): string {
  const vid = layerField(bytes, base, vlanHeader, 'vid');
  const pcp = layerField(bytes, base, vlanHeader, 'pcp');
  const dei = layerField(bytes, base, vlanHeader, 'dei') === 1 ? ', DEI' : '';
  const etherType = formatEtherType(layerField(bytes, base, vlanHeader, 'etherType'));
  return `vlan ${vid}, p ${pcp}${dei}, ethertype ${etherType}, `;
}

const ETHER_TYPE_NAMES = new Map<number, string>([
  [EtherType.Ipv4, 'IPv4'],
  [EtherType.Arp, 'ARP'],
  [EtherType.Vlan, '802.1Q'],
  [EtherType.Ipv6, 'IPv6'],
]);

function formatEtherType(etherType: number): string {
  return `${ETHER_TYPE_NAMES.get(etherType) ?? 'unknown'} (${hex16(etherType)})`;
}

function formatArp(bytes: Uint8Array, { base, headerBytes }: Layer): string {
  const operation = layerField(bytes, base, arpHeader, 'operation');
  const senderIp = formatIpv4(layerField(bytes, base, arpHeader, 'senderIp'));
  const targetIp = formatIpv4(layerField(bytes, base, arpHeader, 'targetIp'));
  const senderMac = formatMac(layerField(bytes, base, arpHeader, 'senderMac'));
  const length = `length ${headerBytes}`;
  if (operation === ArpOperation.Request) return `Request who-has ${targetIp} tell ${senderIp}, ${length}`;
  if (operation === ArpOperation.Reply) return `Reply ${senderIp} is-at ${senderMac}, ${length}`;
  return `ARP operation ${operation}, ${length}`;
}

function formatIpv4Header(bytes: Uint8Array, layer: Layer, inner: Layer | undefined): string {
  const { base, headerBytes } = layer;
  const tos = bytes[base + 1]!.toString(16);
  const ttl = layerField(bytes, base, ipv4Header, 'ttl');
  const id = layerField(bytes, base, ipv4Header, 'identification');
  const offset = 8 * layerField(bytes, base, ipv4Header, 'fragmentOffset');
  const flags = ipv4Flags(layerField(bytes, base, ipv4Header, 'flags'));
  const protocol = formatProtocol(layerField(bytes, base, ipv4Header, 'protocol'));
  const length = layerField(bytes, base, ipv4Header, 'totalLength');
  const options = headerBytes > ipv4Header.bytes ? `, options ${headerBytes - ipv4Header.bytes} bytes` : '';
  const src = formatIpv4(layerField(bytes, base, ipv4Header, 'src'));
  const dst = formatIpv4(layerField(bytes, base, ipv4Header, 'dst'));
  const about = `tos 0x${tos}, ttl ${ttl}, id ${id}, offset ${offset}, flags [${flags}], proto ${protocol}`;
  return `IP (${about}, length ${length}${options})${verdict(layer)} ${endpoints(bytes, src, dst, inner)}`;
}

function ipv4Flags(flags: number): string {
  const names = [];
  if ((flags & Ipv4Flag.MoreFragments) !== 0) names.push('+');
  if ((flags & Ipv4Flag.DontFragment) !== 0) names.push('DF');
  return names.length === 0 ? 'none' : names.join('');
}

function formatIpv6Header(bytes: Uint8Array, { base }: Layer, inner: Layer | undefined): string {
  const trafficClass = layerField(bytes, base, ipv6Header, 'trafficClass');
  const flowLabel = layerField(bytes, base, ipv6Header, 'flowLabel');
  const hopLimit = layerField(bytes, base, ipv6Header, 'hopLimit');
  const protocol = formatProtocol(layerField(bytes, base, ipv6Header, 'nextHeader'));
  const length = layerField(bytes, base, ipv6Header, 'payloadLength');
  const { srcHi, srcLo, dstHi, dstLo } = ipv6Header.fields;
  const src = formatIpv6(ipv6FromHalves(readField(bytes, base, srcHi), readField(bytes, base, srcLo)));
  const dst = formatIpv6(ipv6FromHalves(readField(bytes, base, dstHi), readField(bytes, base, dstLo)));
  const optional =
    (trafficClass === 0 ? '' : `class 0x${trafficClass.toString(16).padStart(2, '0')}, `) +
    (flowLabel === 0 ? '' : `flowlabel 0x${flowLabel.toString(16).padStart(5, '0')}, `);
  const about = `${optional}hlim ${hopLimit}, next-header ${protocol}, payload length ${length}`;
  return `IP6 (${about}) ${endpoints(bytes, src, dst, inner)}`;
}

const PROTOCOL_NAMES = new Map<number, string>([
  [IpProtocol.Icmp, 'ICMP'],
  [IpProtocol.Ipv4, 'IPIP'],
  [IpProtocol.Tcp, 'TCP'],
  [IpProtocol.Udp, 'UDP'],
  [IpProtocol.Ipv6, 'IPv6'],
  [IpProtocol.Icmpv6, 'ICMPv6'],
]);

function formatProtocol(protocol: number): string {
  return `${PROTOCOL_NAMES.get(protocol) ?? 'unknown'} (${protocol})`;
}

/** 'a > b: ', with ports as tcpdump appends them when a transport header follows. */
function endpoints(bytes: Uint8Array, src: string, dst: string, inner: Layer | undefined): string {
  if (inner?.type !== udpHeader && inner?.type !== tcpHeader) return `${src} > ${dst}: `;
  // Both headers begin with the ports.
  const srcPort = layerField(bytes, inner.base, udpHeader, 'srcPort');
  const dstPort = layerField(bytes, inner.base, udpHeader, 'dstPort');
  return `${src}.${srcPort} > ${dst}.${dstPort}: `;
}

function formatUdp(bytes: Uint8Array, layer: Layer, inner: Layer | undefined): string {
  const length = layerField(bytes, layer.base, udpHeader, 'length') - udpHeader.bytes;
  return `UDP${verdict(layer)}, length ${length}${inner === undefined ? '' : ': '}`;
}

const TCP_FLAG_LETTERS = 'FSRP.UEW'; // From the lowest bit on.

function formatTcp(bytes: Uint8Array, layer: Layer): string {
  const { base, headerBytes, end } = layer;
  const flags = layerField(bytes, base, tcpHeader, 'flags');
  const letters =
    Array.from(TCP_FLAG_LETTERS)
      .filter((_, bit) => ((flags >>> bit) & 1) === 1)
      .join('') || 'none';
  const seq = layerField(bytes, base, tcpHeader, 'seq');
  const ack = layerField(bytes, base, tcpHeader, 'ack');
  const window = layerField(bytes, base, tcpHeader, 'window');
  const urgent = layerField(bytes, base, tcpHeader, 'urgent');
  const length = end - base - headerBytes;
  const range = length === 0 ? `${seq}` : `${seq}:${(seq + length) >>> 0}`;
  const options = formatTcpOptions(bytes.subarray(base + tcpHeader.bytes, base + headerBytes));
  return (
    `Flags [${letters}]${verdict(layer)}, seq ${range}` +
    (letters.includes('.') ? `, ack ${ack}` : '') +
    `, win ${window}` +
    (letters.includes('U') ? `, urg ${urgent}` : '') +
    (options === '' ? '' : `, options [${options}]`) +
    `, length ${length}`
  );
}

const ICMP_NAMES = new Map<number, string>([
  [IcmpType.EchoReply, 'echo reply'],
  [IcmpType.DestinationUnreachable, 'destination unreachable'],
  [IcmpType.Redirect, 'redirect'],
  [IcmpType.EchoRequest, 'echo request'],
  [IcmpType.TimeExceeded, 'time exceeded'],
  [IcmpType.ParameterProblem, 'parameter problem'],
]);

const UNREACHABLE_NAMES = new Map<number, string>([
  [IcmpUnreachable.Network, 'network'],
  [IcmpUnreachable.Host, 'host'],
  [IcmpUnreachable.Protocol, 'protocol'],
  [IcmpUnreachable.Port, 'port'],
  [IcmpUnreachable.FragmentationNeeded, 'fragmentation needed'],
]);

function formatIcmp(bytes: Uint8Array, layer: Layer): string {
  const type = layerField(bytes, layer.base, icmpHeader, 'type');
  const code = layerField(bytes, layer.base, icmpHeader, 'code');
  const name = ICMP_NAMES.get(type) ?? `type ${type}`;
  const isEcho = type === IcmpType.EchoRequest || type === IcmpType.EchoReply;
  const reason = type === IcmpType.DestinationUnreachable ? UNREACHABLE_NAMES.get(code) : undefined;
  const codeText = reason === undefined ? `, code ${code}` : `, code ${code} (${reason})`;
  const detail = (code === 0 && reason === undefined ? '' : codeText) + (isEcho ? echo(bytes, layer) : '');
  return `ICMP ${name}${verdict(layer)}${detail}, length ${layer.end - layer.base}`;
}

const ICMPV6_NAMES = new Map<number, string>([
  [Icmpv6Type.DestinationUnreachable, 'destination unreachable'],
  [Icmpv6Type.PacketTooBig, 'packet too big'],
  [Icmpv6Type.TimeExceeded, 'time exceeded'],
  [Icmpv6Type.ParameterProblem, 'parameter problem'],
  [Icmpv6Type.EchoRequest, 'echo request'],
  [Icmpv6Type.EchoReply, 'echo reply'],
  [Icmpv6Type.RouterSolicitation, 'router solicitation'],
  [Icmpv6Type.RouterAdvertisement, 'router advertisement'],
  [Icmpv6Type.NeighborSolicitation, 'neighbor solicitation'],
  [Icmpv6Type.NeighborAdvertisement, 'neighbor advertisement'],
]);

function formatIcmpv6(bytes: Uint8Array, layer: Layer): string {
  const type = layerField(bytes, layer.base, icmpv6Header, 'type');
  const code = layerField(bytes, layer.base, icmpv6Header, 'code');
  const name = ICMPV6_NAMES.get(type) ?? `type ${type}`;
  const isEcho = type === Icmpv6Type.EchoRequest || type === Icmpv6Type.EchoReply;
  const detail = `${code === 0 ? '' : `, code ${code}`}${isEcho ? echo(bytes, layer) : ''}`;
  return `ICMP6 ${name}${verdict(layer)}${detail}, length ${layer.end - layer.base}`;
}

function echo(bytes: Uint8Array, { base }: Layer): string {
  const rest = layerField(bytes, base, icmpHeader, 'rest');
  return `, id ${rest >>> 16}, seq ${rest & 0xffff}`;
}

function formatGue(bytes: Uint8Array, { base, headerBytes }: Layer): string {
  const protocol = layerField(bytes, base, gueHeader, 'protocol');
  const isControl = layerField(bytes, base, gueHeader, 'control') === 1;
  const flags = layerField(bytes, base, gueHeader, 'flags');
  return (
    `GUE, ${isControl ? `control type ${protocol}` : `proto ${formatProtocol(protocol)}`}` +
    (flags === 0 ? '' : `, flags ${hex16(flags)}`) +
    (headerBytes === gueHeader.bytes ? ': ' : `, extensions ${headerBytes - gueHeader.bytes} bytes: `)
  );
}

function formatVxlan(bytes: Uint8Array, { base }: Layer): string {
  const flags = layerField(bytes, base, vxlanHeader, 'flags');
  const letter = (flags & VXLAN_FLAG_VNI) === 0 ? '.' : 'I';
  const vni = layerField(bytes, base, vxlanHeader, 'vni');
  return `VXLAN, flags [${letter}] (0x${flags.toString(16).padStart(2, '0')}), vni ${vni}: `;
}

function verdict({ badChecksum }: Layer): string {
  if (badChecksum === undefined) return '';
  return ` (cksum ${hex16(badChecksum.actual)} bad, should be ${hex16(badChecksum.expected)})`;
}

function hex16(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}
