import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure } from '@ballast/base';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { byteArrays, forAll } from '../test/property.ts';
import { decodeArp, ArpRecord } from './arp.ts';
import { addressSumV4, addressSumV6 } from './checksum.ts';
import { dissect } from './dissect.ts';
import { Drop } from './drop.ts';
import { decodeEthernet, EthernetRecord } from './ethernet.ts';
import { decodeGue, GueRecord } from './gue.ts';
import { decodeIcmp, IcmpRecord } from './icmp.ts';
import { decodeIcmpv6 } from './icmpv6.ts';
import { decodeIpv4, Ipv4Record } from './ipv4.ts';
import { decodeIpv6, Ipv6Record } from './ipv6.ts';
import { packet, type PacketBuilder } from './packet-builder.ts';
import { PegasusOp } from './pegasus-header.ts';
import { decodePegasus, PegasusRecord } from './pegasus-message.ts';
import { decodeTcp, TcpRecord } from './tcp.ts';
import { decodeUdp, UdpRecord } from './udp.ts';
import { decodeVlan, VlanRecord } from './vlan.ts';
import { decodeVxlan, VxlanRecord } from './vxlan.ts';

/** Bytes as the packages of hexadecimal that the expectation is written in. */
function assertBytes(builder: PacketBuilder, expected: string): void {
  assert.equal(toHex(builder.build()), expected.replaceAll(/\s/g, ''));
}

test('packet builder: a UDP packet, filled in', () => {
  assertBytes(
    packet().eth().ipv4({ ttl: 7 }).udp({ dstPort: 53 }).payload('hello'),
    `020000000002 020000000001 0800
     4500 0021 0000 0000 0711 9fca 0a000001 0a000002
     9c40 0035 000d 0b8a 68656c6c6f`,
  );
});

test('packet builder: an ARP request', () => {
  assertBytes(
    packet().eth({ dst: 'ff:ff:ff:ff:ff:ff' }).arp({ targetIp: '10.0.0.9' }),
    `ffffffffffff 020000000001 0806
     0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000009`,
  );
});

test('packet builder: a given value stays as it is, wrong ones too', () => {
  const bytes = packet()
    .eth({ etherType: 0x1234, src: 5 })
    .ipv4({
      version: 6,
      ihl: 15,
      totalLength: 1,
      protocol: 99,
      checksum: 0xbad1,
      src: '1.2.3.4',
      dst: 0x05060708n,
    })
    .udp({ length: 3, checksum: 0 })
    .build();
  assert.equal(toHex(bytes.subarray(6, 14)), '0000000000051234');
  assert.equal(toHex(bytes.subarray(14, 34)), '6f000001000000004063bad10102030405060708');
  assert.equal(toHex(bytes.subarray(34)), '9c409c4100030000');
});

test('packet builder: a value too wide for its field is a bug of the test', () => {
  assert.throws(() => packet().ipv4({ ttl: 256 }).build(), AssertionFailure);
  assert.throws(() => packet().ipv4({ ttl: -1 }).build(), AssertionFailure);
  assert.throws(() => packet().payload('ü').build(), AssertionFailure);
});

test('packet builder: an outer checksum covers a wrong inner one', () => {
  const bytes = packet().eth().ipv4().udp().vxlan().eth().ipv4().udp({ checksum: 0xbad1 }).build();
  const { layers } = dissect(bytes);
  const bad = layers.filter(({ badChecksum }) => badChecksum !== undefined);
  assert.deepEqual(
    bad.map(({ base, badChecksum }) => [base, badChecksum?.actual]),
    [[84, 0xbad1]],
  );
});

test('packet builder: a UDP checksum that comes out as 0 is sent as all ones', () => {
  const zeros = { srcPort: 0xffff - 17 - 8 - 8, dstPort: 0 };
  const bytes = packet().eth().ipv4({ src: 0, dst: 0 }).udp(zeros).build();
  assert.equal(toHex(bytes.subarray(-2)), 'ffff');
});

test('packet builder: raw options fill whole words', () => {
  const lengths = [0, 1, 4, 5, 8, 40].map(
    (count) =>
      packet()
        .ipv4({ options: new Uint8Array(count) })
        .build().length,
  );
  assert.deepEqual(lengths, [20, 24, 24, 28, 28, 60]);
  assert.equal(
    packet()
      .tcp({ options: new Uint8Array(9) })
      .build().length,
    32,
  );
});

test('packet builder: padding lies behind the packet, counted by no length', () => {
  const bytes = packet().eth().ipv4().udp().payload('x').padTo(60).build();
  assert.equal(bytes.length, 60);
  assert.deepEqual(bytes.subarray(0, 43), packet().eth().ipv4().udp().payload('x').build());
  assert.ok(bytes.subarray(43).every((byte) => byte === 0));
  assert.equal(packet().eth().padTo(60).payload(new Uint8Array(100)).build().length, 114);
});

test('packet builder: building twice gives equal and separate packets', () => {
  const builder = packet().eth().ipv4().udp();
  const first = builder.build();
  const copy = first.slice();
  builder.payload('more').build();
  assert.deepEqual(first, copy);
  assert.deepEqual(builder.payload('').build(), copy);
});

test('packet builder: every codec takes what is built in, with any payload', () => {
  forAll(byteArrays(0, 40), (payload) => {
    const view = viewOf(
      packet()
        .eth()
        .vlan({ vid: 9 })
        .ipv4({ options: Uint8Array.of(1, 1, 1) })
        .udp()
        .gue()
        .ipv6({ src: '2001:db8::9' })
        .tcp({ options: { mss: 1_400, sackBlocks: [[1, 2]] } })
        .payload(payload)
        .build(),
    );
    const [eth, vlan, ipv4, udp] = [
      new EthernetRecord(),
      new VlanRecord(),
      new Ipv4Record(),
      new UdpRecord(),
    ];
    const [gue, ipv6, tcp] = [new GueRecord(), new Ipv6Record(), new TcpRecord()];
    assert.equal(decodeEthernet(view, 0, view.byteLength, eth), Drop.None);
    assert.equal(decodeVlan(view, 14, 4, vlan), Drop.None);
    assert.equal(decodeIpv4(view, 18, view.byteLength - 18, ipv4), Drop.None);
    assert.equal(ipv4.headerBytes, 24);
    assert.equal(decodeUdp(view, 42, ipv4.payloadBytes, addressSumV4(view, 18), udp), Drop.None);
    assert.equal(decodeGue(view, 50, udp.payloadBytes, gue), Drop.None);
    assert.equal(decodeIpv6(view, 54, udp.payloadBytes - 4, ipv6), Drop.None);
    assert.equal(decodeTcp(view, 94, ipv6.payloadBytes, addressSumV6(view, 54), tcp), Drop.None);
    assert.deepEqual([eth.etherType, vlan.vid, vlan.etherType], [0x8100, 9, 0x0800]);
    assert.deepEqual([ipv4.protocol, udp.dstPort, gue.protocol, ipv6.nextHeader], [17, 6_080, 41, 6]);
    assert.deepEqual(
      [tcp.options.mss, tcp.options.sackBlockCount, tcp.payloadBytes],
      [1_400, 1, payload.length],
    );
  });
});

test('packet builder: VXLAN carries a frame, and IPv4 carries IPv4', () => {
  const view = viewOf(
    packet().eth().ipv4().ipv4({ src: '10.9.9.9' }).udp().vxlan({ vni: 77 }).eth().arp().build(),
  );
  const [outer, inner, udp] = [new Ipv4Record(), new Ipv4Record(), new UdpRecord()];
  const [vxlan, eth, arp] = [new VxlanRecord(), new EthernetRecord(), new ArpRecord()];
  assert.equal(decodeIpv4(view, 14, view.byteLength - 14, outer), Drop.None);
  assert.equal(decodeIpv4(view, 34, outer.payloadBytes, inner), Drop.None);
  assert.equal(decodeUdp(view, 54, inner.payloadBytes, addressSumV4(view, 34), udp), Drop.None);
  assert.equal(decodeVxlan(view, 62, udp.payloadBytes, vxlan), Drop.None);
  assert.equal(decodeEthernet(view, 70, udp.payloadBytes - 8, eth), Drop.None);
  assert.equal(decodeArp(view, 84, udp.payloadBytes - 22, arp), Drop.None);
  assert.deepEqual([outer.protocol, inner.src, udp.dstPort, vxlan.vni], [4, 0x0a090909, 4_789, 77]);
});

test('packet builder: ICMP of both versions', () => {
  const out = new IcmpRecord();
  const v4 = viewOf(packet().eth().ipv4().icmp({ rest: 0x0001_0002 }).payload('ping').build());
  assert.equal(decodeIcmp(v4, 34, 12, out), Drop.None);
  assert.deepEqual([out.type, out.rest, out.payloadBytes], [8, 0x0001_0002, 4]);
  const v6 = viewOf(packet().eth().ipv6().icmpv6({ code: 3 }).payload('ping').build());
  assert.equal(decodeIcmpv6(v6, 54, 12, addressSumV6(v6, 14), out), Drop.None);
  assert.deepEqual([out.type, out.code], [128, 3]);
});

test('packet builder: a Pegasus message with its key and value', () => {
  const bytes = packet()
    .eth()
    .ipv4()
    .udp()
    .pegasus({ op: PegasusOp.Put, key: 'user1', version: (3n << 48n) | 42n })
    .payload('value')
    .build();
  const out = new PegasusRecord();
  assert.equal(decodePegasus(viewOf(bytes), 42, bytes.length - 42, out), Drop.None);
  assert.deepEqual([out.op, out.keyLength, out.versionIncarnation, out.versionCounter], [2, 5, 3, 42]);
  assert.equal(toHex(bytes.subarray(-10)), toHex(fromHex('7573657231 76616c7565')));
});
