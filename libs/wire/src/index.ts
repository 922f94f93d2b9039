export {
  AddressError,
  type AddressErrorDetail,
  type AddressKind,
  formatIpv4,
  formatIpv6,
  formatMac,
  type Ipv6Address,
  ipv6FromHalves,
  ipv6High,
  ipv6Low,
  parseIpv4,
  parseIpv6,
  parseMac,
} from './address.ts';
export { ARP_HARDWARE_ETHERNET, arpHeader, ArpOperation, ArpRecord, decodeArp, encodeArp } from './arp.ts';
export {
  addressSumV4,
  addressSumV6,
  adjustChecksum16,
  adjustChecksum32,
  adjustUdpChecksum16,
  adjustUdpChecksum32,
  finishChecksum,
  finishUdpChecksum,
  foldSum,
  isSumValid,
  SUM_BYTES_MAX,
  sumWords,
} from './checksum.ts';
export { crc32c } from './crc32c.ts';
export { type Dissection, dissect, type Layer } from './dissect.ts';
export { Drop, DROP_NAMES } from './drop.ts';
export { decodeEthernet, encodeEthernet, ethernetHeader, EthernetRecord, EtherType } from './ethernet.ts';
export { diffFrames, type FieldDifference, formatDifferences, formatFrameVerbose } from './format-fields.ts';
export { formatFrame } from './format-frame.ts';
export { decodeGue, encodeGue, GUE_PORT, gueHeader, GueRecord } from './gue.ts';
export {
  crc16,
  CRC16_INITIAL,
  crc16Byte,
  crc32,
  CRC32_INITIAL,
  crc32Byte,
  crc32Finish,
  type HalfSipKey,
  halfSipHash32,
  halfSipHash64,
  Hash64,
} from './hash.ts';
export {
  bits,
  FIELD_BITS_MAX,
  type FieldLayout,
  type FieldSpec,
  type FieldSpecs,
  header,
  type HeaderType,
  readField,
  writeField,
} from './header.ts';
export { hexdump } from './hexdump.ts';
export { decodeIcmp, encodeIcmp, icmpHeader, IcmpRecord, IcmpType, IcmpUnreachable } from './icmp.ts';
export { decodeIcmpv6, encodeIcmpv6, icmpv6Header, Icmpv6Type } from './icmpv6.ts';
export { IpProtocol } from './ip-protocol.ts';
export {
  decodeIpv4,
  encodeIpv4,
  IPV4_FRAGMENT_MASK,
  IPV4_IHL_MIN,
  IPV4_TTL_DEFAULT,
  Ipv4Flag,
  ipv4Header,
  Ipv4Record,
} from './ipv4.ts';
export { decodeIpv6, encodeIpv6, IPV6_HOP_LIMIT_DEFAULT, ipv6Header, Ipv6Record } from './ipv6.ts';
export { packet, PacketBuilder, type TcpOptionValues } from './packet-builder.ts';
export {
  PCAP_SNAP_BYTES_MAX,
  PcapError,
  type PcapErrorDetail,
  type PcapHeader,
  PcapLinkType,
  type PcapRecord,
  type PcapResolution,
  PcapWriter,
  type PcapWriterOptions,
  readPcap,
  readPcapHeader,
} from './pcap.ts';
export * from './pegasus-header.ts';
export { decodePegasus, encodePegasus, isPegasusOp, PegasusRecord } from './pegasus-message.ts';
export { decodeTcp, encodeTcp, TcpFlag, tcpHeader, TcpRecord, tcpSegmentHeaderBytes } from './tcp.ts';
export {
  decodeTcpOptions,
  encodeTcpOptions,
  SACK_BLOCKS_MAX,
  TCP_OPTIONS_BYTES_MAX,
  TCP_WINDOW_SCALE_MAX,
  TcpOptionKind,
  TcpOptions,
  tcpOptionsBytes,
} from './tcp-options.ts';
export { decodeUdp, encodeUdp, udpHeader, UdpRecord } from './udp.ts';
export {
  readUdpFrame,
  UDP_PAYLOAD_BYTES_MAX,
  UDP_PAYLOAD_OFFSET,
  UdpDatagram,
  type UdpPath,
  writeUdpFrame,
} from './udp-frame.ts';
export { getUint48, setUint48, UINT48_MAX } from './uint48.ts';
export { decodeVlan, encodeVlan, VLAN_ID_MAX, vlanHeader, VlanRecord } from './vlan.ts';
export { decodeVxlan, encodeVxlan, VXLAN_FLAG_VNI, VXLAN_PORT, vxlanHeader, VxlanRecord } from './vxlan.ts';
