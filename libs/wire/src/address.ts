/**
 * MAC, IPv4 and IPv6 addresses between text and numbers.
 *
 * A MAC address is a number below 2^48, an IPv4 address an unsigned 32-bit number, an IPv6 address four
 * unsigned 32-bit words, most significant first. Text of IPv6 is read as RFC 4291 §2.2 allows and written
 * as RFC 5952 demands. Zone identifiers ("%eth0") are refused.
 */
import { DetailedError } from '@ballast/base';

/** Four unsigned 32-bit words, most significant first. */
export type Ipv6Address = Uint32Array;

export type AddressKind = 'MAC' | 'IPV4' | 'IPV6';

export interface AddressErrorDetail {
  code: 'ADDRESS_SYNTAX';
  kind: AddressKind;
  text: string;
}

const EXAMPLES = { MAC: '02:00:00:00:00:01', IPV4: '192.0.2.1', IPV6: '2001:db8::1' } as const;
const NAMES = { MAC: 'a MAC address', IPV4: 'an IPv4 address', IPV6: 'an IPv6 address' } as const;

/** Text that is not an address. */
export class AddressError extends DetailedError<AddressErrorDetail> {
  protected override explain({ kind, text }: AddressErrorDetail): string {
    return `'${text}' is not ${NAMES[kind]}; write it like ${EXAMPLES[kind]}`;
  }
}

/** '02:00:00:00:00:01', also with '-' as separator, as a number below 2^48. Throws AddressError. */
export function parseMac(text: string): number {
  if (!/^[0-9a-f]{2}([:-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}$/i.test(text)) refuse('MAC', text);
  return Number.parseInt(text.replaceAll(/[:-]/g, ''), 16);
}

export function formatMac(mac: number): string {
  return mac
    .toString(16)
    .padStart(12, '0')
    .replaceAll(/..(?!$)/g, '$&:');
}

/**
 * '192.0.2.1' as an unsigned 32-bit number. Throws AddressError.
 *
 * Four decimal parts without leading zeros: '010' is octal to some readers and decimal to others.
 */
export function parseIpv4(text: string): number {
  const address = ipv4OrUndefined(text);
  return address ?? refuse('IPV4', text);
}

export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

/** '2001:db8::1' or '::ffff:192.0.2.1' as four words. Throws AddressError. */
export function parseIpv6(text: string): Ipv6Address {
  const halves = text.split('::');
  const groups = halves.map((half, i) => parseGroups(half, i === halves.length - 1));
  const [head, tail] = groups;
  if (head === undefined || groups.length > 2) return refuse('IPV6', text);
  if (head === 'bad' || tail === 'bad') return refuse('IPV6', text);
  if (tail === undefined) return head.length === 8 ? pack(head) : refuse('IPV6', text);
  // '::' stands for at least one group (RFC 4291 §2.2 rule 2).
  const missing = 8 - head.length - tail.length;
  if (missing < 1) return refuse('IPV6', text);
  return pack([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as '::'. */
export function formatIpv6(address: Ipv6Address): string {
  const groups = unpack(address);
  if (isIpv4Mapped(groups)) return `::ffff:${formatIpv4(address[3]!)}`; // §5: mixed notation.
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':'); // §4.2.2: '::' must not shorten a single group.
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** The upper 64 bits, as the header fields `srcHi` and `dstHi` hold them. */
export function ipv6High(address: Ipv6Address): bigint {
  return (BigInt(address[0]!) << 32n) | BigInt(address[1]!);
}

/** The lower 64 bits, as the header fields `srcLo` and `dstLo` hold them. */
export function ipv6Low(address: Ipv6Address): bigint {
  return (BigInt(address[2]!) << 32n) | BigInt(address[3]!);
}

/** The address of two 64-bit halves. */
export function ipv6FromHalves(high: bigint, low: bigint): Ipv6Address {
  return Uint32Array.of(
    Number(high >> 32n),
    Number(high & 0xffff_ffffn),
    Number(low >> 32n),
    Number(low & 0xffff_ffffn),
  );
}

function refuse(kind: AddressKind, text: string): never {
  throw new AddressError({ code: 'ADDRESS_SYNTAX', kind, text });
}

function ipv4OrUndefined(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    address = address * 256 + Number(part);
  }
  return address;
}

/** The groups of one side of '::'. The last part may be an IPv4 address (RFC 4291 §2.2 rule 3). */
function parseGroups(half: string, isLast: boolean): number[] | 'bad' {
  if (half === '') return [];
  const parts = half.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const ipv4 = isLast && i === parts.length - 1 ? ipv4OrUndefined(part) : undefined;
    if (ipv4 === undefined) return 'bad';
    groups.push(ipv4 >>> 16, ipv4 & 0xffff);
  }
  return groups;
}

function pack(groups: readonly number[]): Ipv6Address {
  return Uint32Array.from({ length: 4 }, (_, i) => groups[2 * i]! * 0x1_0000 + groups[2 * i + 1]!);
}

function unpack(address: Ipv6Address): number[] {
  return [...address].flatMap((word) => [word >>> 16, word & 0xffff]);
}

function isIpv4Mapped(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}
