/** What the checksum of any header covers, for the builder and the printer; codecs know their own. */
import { addressSumV4, addressSumV6, finishChecksum, finishUdpChecksum, sumWords } from './checksum.ts';
import type { HeaderType } from './header.ts';
import { icmpv6Header } from './icmpv6.ts';
import { IpProtocol } from './ip-protocol.ts';
import { ipv4Header } from './ipv4.ts';
import { ipv6Header } from './ipv6.ts';
import { tcpHeader } from './tcp.ts';
import { udpHeader } from './udp.ts';

/** A header and its payload within a buffer. */
export interface Message {
  readonly type: HeaderType;
  readonly base: number;
  /** Options included. */
  readonly headerBytes: number;
  readonly end: number;
}

/** Where the checksum field stands in the buffer; undefined for a header without one. */
export function checksumOffset({ type, base }: Pick<Message, 'type' | 'base'>): number | undefined {
  const field = type.fields['checksum'];
  return field === undefined ? undefined : base + field.bitOffset / 8;
}

/**
 * One's complement sum over all that the checksum of a message covers, its own field left out.
 *
 * Undefined when a pseudo header is due and `outer`, the message right around it, is not IP: UDP straight in
 * GUE has no addresses of its own. Precondition: a header with a checksum.
 */
export function coveredSum(
  view: DataView,
  message: Message,
  offset: number,
  outer: Pick<Message, 'type' | 'base'> | undefined,
): number | undefined {
  const { type, base, headerBytes } = message;
  const end = type === ipv4Header ? base + headerBytes : message.end;
  const sum = sumWords(view, base, offset) + sumWords(view, offset + 2, end);
  const protocol = pseudoHeaderProtocols.get(type);
  if (protocol === undefined) return sum;
  if (outer?.type === ipv4Header) return sum + addressSumV4(view, outer.base) + protocol + (end - base);
  if (outer?.type === ipv6Header) return sum + addressSumV6(view, outer.base) + protocol + (end - base);
  return undefined;
}

/** The checksum field that belongs to a covered sum. */
export function checksumOf(type: HeaderType, sum: number): number {
  return type === udpHeader ? finishUdpChecksum(sum) : finishChecksum(sum);
}

/** Protocols whose checksum covers a pseudo header. */
const pseudoHeaderProtocols: ReadonlyMap<HeaderType, number> = new Map<HeaderType, number>([
  [udpHeader, IpProtocol.Udp],
  [tcpHeader, IpProtocol.Tcp],
  [icmpv6Header, IpProtocol.Icmpv6],
]);
