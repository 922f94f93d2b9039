/**
 * The internet checksum: full (RFC 1071) and incremental (RFC 1624 eq. 3), with the pseudo headers of
 * IPv4 (RFC 9293 §3.1, RFC 768) and IPv6 (RFC 8200 §8.1).
 *
 * A *sum* here is a one's complement sum before the final complement. Sums of parts add up with `+`, as
 * long as every part but the last has an even length; `finishChecksum` folds and complements.
 */

/** Longest range of one sum, in bytes: the two halves add up in signed 32-bit integers. */
export const SUM_BYTES_MAX = 65_536;

/**
 * One's complement sum of the big-endian 16-bit words in [start, end), folded to 16 bits.
 *
 * An odd last byte counts as the upper half of a word (RFC 1071 §4.1). 0 only when every byte is 0.
 * Precondition: at most SUM_BYTES_MAX bytes.
 */
export function sumWords(view: DataView, start: number, end: number): number {
  let upper = 0;
  let lower = 0;
  let at = start;
  // 32-bit loads, added as halves: 128 bytes cost 25 ns, by 16-bit words 39 ns. Unrolling gains nothing.
  for (; at + 4 <= end; at += 4) {
    const pair = view.getInt32(at);
    upper = (upper + (pair >>> 16)) | 0;
    lower = (lower + (pair & 0xffff)) | 0;
  }
  if (at + 2 <= end) {
    upper = (upper + view.getUint16(at)) | 0;
    at += 2;
  }
  if (at < end) lower = (lower + (view.getUint8(at) << 8)) | 0;
  return foldSum(upper + lower);
}

/** Folds the carries of a sum below 2^32 back in: 16 bits, 0 only for 0. */
export function foldSum(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

/** The checksum field that belongs to a sum. */
export function finishChecksum(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/** The checksum field of UDP: a computed 0 is sent as all ones, as 0 means "none" (RFC 768). */
export function finishUdpChecksum(sum: number): number {
  const checksum = finishChecksum(sum);
  return checksum === 0 ? 0xffff : checksum;
}

/** Does a sum over a range that includes its checksum field come out right? */
export function isSumValid(sum: number): boolean {
  return foldSum(sum) === 0xffff;
}

/**
 * The addresses' share of the pseudo header of an encoded IPv4 header at `ipv4Base`.
 *
 * The rest, protocol number and length, the codecs of UDP, TCP and ICMPv6 add themselves.
 */
export function addressSumV4(view: DataView, ipv4Base: number): number {
  return sumWords(view, ipv4Base + 12, ipv4Base + 20);
}

/** The same for an encoded IPv6 header, whose addresses are bytes 8 to 39. */
export function addressSumV6(view: DataView, ipv6Base: number): number {
  return sumWords(view, ipv6Base + 8, ipv6Base + 40);
}

/** The checksum after a 16-bit word that it covers changed (RFC 1624 eq. 3). A wrong one stays as wrong. */
export function adjustChecksum16(checksum: number, before: number, after: number): number {
  return finishChecksum((~checksum & 0xffff) + (~before & 0xffff) + after);
}

/** The checksum after 32 bits that it covers changed. Precondition: they start at an even offset in it. */
export function adjustChecksum32(checksum: number, before: number, after: number): number {
  const removed = (~before >>> 16) + (~before & 0xffff);
  return finishChecksum((~checksum & 0xffff) + removed + (after >>> 16) + (after & 0xffff));
}

/** adjustChecksum16 for UDP: "none" stays none, and a computed 0 becomes all ones. */
export function adjustUdpChecksum16(checksum: number, before: number, after: number): number {
  if (checksum === 0) return 0;
  const adjusted = adjustChecksum16(checksum, before, after);
  return adjusted === 0 ? 0xffff : adjusted;
}

/** adjustChecksum32 for UDP: "none" stays none, and a computed 0 becomes all ones. */
export function adjustUdpChecksum32(checksum: number, before: number, after: number): number {
  if (checksum === 0) return 0;
  const adjusted = adjustChecksum32(checksum, before, after);
  return adjusted === 0 ? 0xffff : adjusted;
}
