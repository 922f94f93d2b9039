/**
 * Takes a frame apart into its headers, for printers, comparisons and tests; the cores use the codecs.
 *
 * Follows VLAN tags, IP in IP, GUE and VXLAN as deep as they go. Never refuses: what is cut off or
 * contradicts itself ends the walk, and the last layer says so.
 */
import { arpHeader } from './arp.ts';
import { isSumValid } from './checksum.ts';
import { ethernetHeader } from './ethernet.ts';
import { gueHeader } from './gue.ts';
import { type HeaderType, readField } from './header.ts';
import { Ipv4Flag, ipv4Header } from './ipv4.ts';
import { ipv6Header } from './ipv6.ts';
import { checksumOf, checksumOffset, coveredSum, type Message } from './message-checksum.ts';
import { headerByEtherType, headerByIpProtocol, headerByUdpPort } from './nesting.ts';
import { PEGASUS_MAGIC, PEGASUS_PORT, pegasusHeader } from './pegasus-header.ts';
import { tcpHeader } from './tcp.ts';
import { udpHeader } from './udp.ts';
import { vlanHeader } from './vlan.ts';
import { vxlanHeader } from './vxlan.ts';

/** A header of a frame; offsets count from the frame's start. `end` is as stated, up to the frame's end. */
export interface Layer extends Message {
  /** Bytes that the header states and the frame does not have. */
  readonly missingBytes: number;
  /** Set when the checksum field is wrong. */
  readonly badChecksum: { readonly actual: number; readonly expected: number } | undefined;
  /** What contradicts itself: 'version 5', 'header length 8'. Nothing inside such a layer is followed. */
  readonly malformed: string | undefined;
}

export interface Dissection {
  /** From the outside in, each starting where the header of the one before ends. */
  readonly layers: readonly Layer[];
  /** The header that should come next, when the frame ends inside it. */
  readonly cutHeader: HeaderType | undefined;
  /** What follows the last header, in the bounds of its layer. */
  readonly payload: Uint8Array;
}

export function dissect(bytes: Uint8Array): Dissection {
  const layers: Layer[] = [];
  let type: HeaderType | undefined = ethernetHeader;
  let base = 0;
  let end = bytes.length;
  while (type !== undefined) {
    if (base + type.bytes > end) return { layers, cutHeader: type, payload: bytes.subarray(base, end) };
    const layer = dissectLayer(bytes, type, base, end, layers.at(-1));
    layers.push(layer);
    base += layer.headerBytes;
    end = layer.end;
    type = layer.malformed === undefined ? nextHeader(bytes, layer) : undefined;
  }
  return { layers, cutHeader: undefined, payload: bytes.subarray(base, end) };
}

/** One field of a layer as a number. Precondition: a field of at most 53 bits, whole in the frame. */
export function layerField<N extends string>(
  bytes: Uint8Array,
  base: number,
  type: HeaderType<N>,
  name: N,
): number {
  return Number(readField(bytes, base, type.fields[name]));
}

function dissectLayer(
  bytes: Uint8Array,
  type: HeaderType,
  base: number,
  limit: number,
  outer: Layer | undefined,
): Layer {
  const room = limit - base;
  const stated = { header: statedHeader(bytes, type, base), total: statedLength(bytes, type, base) ?? room };
  const malformed = contradiction(bytes, type, base, stated);
  if (malformed !== undefined) {
    const headerBytes = type.bytes;
    return { type, base, headerBytes, end: limit, missingBytes: 0, badChecksum: undefined, malformed };
  }
  // The frame may end inside the options, or inside the payload.
  const headerBytes = Math.min(stated.header, room);
  const end = base + Math.max(headerBytes, Math.min(stated.total, room));
  const missingBytes = Math.max(0, stated.total - room, stated.header - room);
  const message = { type, base, headerBytes, end };
  const badChecksum = missingBytes === 0 ? judgeChecksum(bytes, message, outer) : undefined;
  return { ...message, missingBytes, badChecksum, malformed };
}

/** Bytes of the header with its options. */
function statedHeader(bytes: Uint8Array, type: HeaderType, base: number): number {
  switch (type) {
    case ipv4Header:
      return 4 * layerField(bytes, base, ipv4Header, 'ihl');
    case tcpHeader:
      return 4 * layerField(bytes, base, tcpHeader, 'dataOffset');
    case gueHeader:
      return gueHeader.bytes + 4 * layerField(bytes, base, gueHeader, 'headerLength');
    default:
      return type.bytes;
  }
}

/** Bytes of header and payload, when the header states them. */
function statedLength(bytes: Uint8Array, type: HeaderType, base: number): number | undefined {
  switch (type) {
    case arpHeader:
      return arpHeader.bytes;
    case ipv4Header:
      return layerField(bytes, base, ipv4Header, 'totalLength');
    case ipv6Header:
      return ipv6Header.bytes + layerField(bytes, base, ipv6Header, 'payloadLength');
    case udpHeader:
      return layerField(bytes, base, udpHeader, 'length');
    default:
      return undefined;
  }
}

/** What the header says of itself that cannot be. */
function contradiction(
  bytes: Uint8Array,
  type: HeaderType,
  base: number,
  stated: { header: number; total: number },
): string | undefined {
  const first = bytes[base]!;
  if (type === ipv4Header && first >>> 4 !== 4) return `version ${first >>> 4}`;
  if (type === ipv6Header && first >>> 4 !== 6) return `version ${first >>> 4}`;
  if (type === gueHeader && first >>> 6 !== 0) return `variant ${first >>> 6}`;
  if (stated.header < type.bytes) return `header length ${stated.header}`;
  const statesTotal = type === ipv4Header || type === udpHeader;
  return statesTotal && stated.total < stated.header ? `length ${stated.total}` : undefined;
}

function nextHeader(bytes: Uint8Array, layer: Layer): HeaderType | undefined {
  const { type, base } = layer;
  switch (type) {
    case ethernetHeader:
      return headerByEtherType.get(layerField(bytes, base, ethernetHeader, 'etherType'));
    case vlanHeader:
      return headerByEtherType.get(layerField(bytes, base, vlanHeader, 'etherType'));
    case ipv4Header: {
      const isLaterFragment = layerField(bytes, base, ipv4Header, 'fragmentOffset') !== 0;
      if (isLaterFragment) return undefined;
      return headerByIpProtocol.get(layerField(bytes, base, ipv4Header, 'protocol'));
    }
    case ipv6Header:
      return headerByIpProtocol.get(layerField(bytes, base, ipv6Header, 'nextHeader'));
    case gueHeader: {
      const isControl = layerField(bytes, base, gueHeader, 'control') === 1;
      const isPlain = !isControl && layerField(bytes, base, gueHeader, 'flags') === 0;
      return isPlain ? headerByIpProtocol.get(layerField(bytes, base, gueHeader, 'protocol')) : undefined;
    }
    case vxlanHeader:
      return ethernetHeader;
    case udpHeader:
      return ofUdpPorts(bytes, layer);
    default:
      return undefined;
  }
}

/** By the destination port; a Pegasus message also by its source port, as replies come from it. */
function ofUdpPorts(bytes: Uint8Array, { base, headerBytes, end }: Layer): HeaderType | undefined {
  const inner = headerByUdpPort.get(layerField(bytes, base, udpHeader, 'dstPort'));
  const isReply = layerField(bytes, base, udpHeader, 'srcPort') === PEGASUS_PORT;
  if (inner !== pegasusHeader && !(inner === undefined && isReply)) return inner;
  const at = base + headerBytes;
  const isMagic = at + 2 <= end && ((bytes[at]! << 8) | bytes[at + 1]!) === PEGASUS_MAGIC;
  return isMagic ? pegasusHeader : undefined;
}

/** Both values of a wrong checksum; undefined when it is right, absent, or not for this frame to tell. */
function judgeChecksum(bytes: Uint8Array, message: Message, outer: Layer | undefined): Layer['badChecksum'] {
  const offset = checksumOffset(message);
  if (offset === undefined) return undefined;
  const { type } = message;
  const isInIpv4 = outer?.type === ipv4Header;
  if (isInIpv4 && isFragment(bytes, outer.base)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sum = coveredSum(view, message, offset, outer);
  const actual = view.getUint16(offset);
  // 0 over IPv4 means that there is none; over IPv6 there must be one (RFC 8200 §8.1).
  const isAbsent = type === udpHeader && actual === 0 && isInIpv4;
  if (sum === undefined || isAbsent || isSumValid(sum + actual)) return undefined;
  return { actual, expected: checksumOf(type, sum) };
}

function isFragment(bytes: Uint8Array, ipv4Base: number): boolean {
  const isFollowed = (layerField(bytes, ipv4Base, ipv4Header, 'flags') & Ipv4Flag.MoreFragments) !== 0;
  return isFollowed || layerField(bytes, ipv4Base, ipv4Header, 'fragmentOffset') !== 0;
}
