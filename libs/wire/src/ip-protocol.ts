/**
 * Values of IPv4's protocol and IPv6's next header field (IANA, Assigned Internet Protocol Numbers).
 *
 * 4 and 41 are IP in IP (RFC 2003, RFC 4213): the payload is an IP header, with no header in between.
 */
export const IpProtocol = {
  Icmp: 1,
  Ipv4: 4,
  Tcp: 6,
  Udp: 17,
  Ipv6: 41,
  Icmpv6: 58,
  NoNextHeader: 59,
} as const;
export type IpProtocol = (typeof IpProtocol)[keyof typeof IpProtocol];
