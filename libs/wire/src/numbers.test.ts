import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ArpOperation,
  EtherType,
  GUE_PORT,
  IcmpType,
  IcmpUnreachable,
  Icmpv6Type,
  IpProtocol,
  Ipv4Flag,
  TcpFlag,
  TcpOptionKind,
  VXLAN_FLAG_VNI,
  VXLAN_PORT,
} from './index.ts';

// A wrong number would be wrong on both sides of every round trip: hence a second statement of each.

test('numbers: EtherTypes, IP protocols and ports are those of IANA', () => {
  assert.deepEqual(EtherType, { Ipv4: 0x0800, Arp: 0x0806, Vlan: 0x8100, Ipv6: 0x86dd });
  assert.deepEqual(IpProtocol, { Icmp: 1, Ipv4: 4, Tcp: 6, Udp: 17, Ipv6: 41, Icmpv6: 58, NoNextHeader: 59 });
  assert.deepEqual([VXLAN_PORT, GUE_PORT], [4_789, 6_080]);
  assert.deepEqual(ArpOperation, { Request: 1, Reply: 2 });
});

test('numbers: ICMP types and codes are those of RFC 792, RFC 1191 and RFC 4443', () => {
  assert.deepEqual(IcmpType, {
    EchoReply: 0,
    DestinationUnreachable: 3,
    Redirect: 5,
    EchoRequest: 8,
    TimeExceeded: 11,
    ParameterProblem: 12,
  });
  assert.deepEqual(IcmpUnreachable, { Network: 0, Host: 1, Protocol: 2, Port: 3, FragmentationNeeded: 4 });
  assert.deepEqual(Icmpv6Type, {
    DestinationUnreachable: 1,
    PacketTooBig: 2,
    TimeExceeded: 3,
    ParameterProblem: 4,
    EchoRequest: 128,
    EchoReply: 129,
    RouterSolicitation: 133,
    RouterAdvertisement: 134,
    NeighborSolicitation: 135,
    NeighborAdvertisement: 136,
  });
});

test('numbers: flags and option kinds are those of RFC 791, 9293, 3168, 7323 and 2018', () => {
  assert.deepEqual(Ipv4Flag, { MoreFragments: 0b001, DontFragment: 0b010 });
  const flags = { Fin: 0x01, Syn: 0x02, Rst: 0x04, Psh: 0x08, Ack: 0x10, Urg: 0x20, Ece: 0x40, Cwr: 0x80 };
  assert.deepEqual(TcpFlag, flags);
  const { EndOfList, NoOperation, MaximumSegmentSize, WindowScale, SackPermitted, Sack, Timestamps } =
    TcpOptionKind;
  const kinds = [EndOfList, NoOperation, MaximumSegmentSize, WindowScale, SackPermitted, Sack, Timestamps];
  assert.deepEqual(kinds, [0, 1, 2, 3, 4, 5, 8]);
  assert.equal(VXLAN_FLAG_VNI, 0x08); // RFC 7348 §5.
});
