import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteArrays, forAll } from '../test/property.ts';
import { formatFrame } from './format-frame.ts';
import { packet, type PacketBuilder } from './packet-builder.ts';
import { PegasusFlag, PegasusOp, PegasusStatus } from './pegasus-header.ts';
import { TcpFlag } from './tcp.ts';

const MACS = '02:00:00:00:00:01 > 02:00:00:00:00:02';
const IP = 'tos 0x0, ttl 64, id 0, offset 0, flags [none]';

/** As tcpdump 4.99 prints them with -e -n -v -S, but for line breaks, right checksums and the word IP. */
const AS_TCPDUMP: readonly { what: string; input: PacketBuilder; line: string }[] = [
  {
    what: 'UDP over IPv4',
    input: packet()
      .eth()
      .ipv4({ ttl: 7, flags: 2, dscp: 1, identification: 5 })
      .udp({ dstPort: 5_300 })
      .payload('hello'),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 47: IP (tos 0x4, ttl 7, id 5, offset 0, flags [DF], ` +
      'proto UDP (17), length 33) 10.0.0.1.40000 > 10.0.0.2.5300: UDP, length 5',
  },
  {
    what: 'a tagged TCP SYN with options',
    input: packet()
      .eth()
      .vlan({ vid: 7, pcp: 3, dei: 1 })
      .ipv4()
      .tcp({
        flags: TcpFlag.Syn,
        seq: 9,
        options: { mss: 1_460, windowScale: 7, isSackPermitted: true, timestamps: { value: 1, echo: 2 } },
      }),
    line:
      `${MACS}, ethertype 802.1Q (0x8100), length 82: vlan 7, p 3, DEI, ethertype IPv4 (0x0800), ` +
      `IP (${IP}, ` +
      'proto TCP (6), length 64) 10.0.0.1.40000 > 10.0.0.2.40001: Flags [S], seq 9, win 65535, ' +
      'options [mss 1460,nop,wscale 7,nop,nop,sackOK,nop,nop,TS val 1 ecr 2], length 0',
  },
  {
    what: 'TCP data whose sequence numbers wrap',
    input: packet()
      .eth()
      .ipv4()
      .tcp({ flags: TcpFlag.Psh | TcpFlag.Ack, seq: 0xffff_fffa, ack: 7, options: { sackBlocks: [[1, 2]] } })
      .payload('0123456789'),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 76: IP (${IP}, proto TCP (6), length 62) ` +
      '10.0.0.1.40000 > 10.0.0.2.40001: Flags [P.], seq 4294967290:4, ack 7, win 65535, ' +
      'options [nop,nop,sack 1 {1:2}], length 10',
  },
  {
    what: 'an ARP request',
    input: packet().eth().arp(),
    line: `${MACS}, ethertype ARP (0x0806), length 42: Request who-has 10.0.0.2 tell 10.0.0.1, length 28`,
  },
  {
    what: 'an ARP reply',
    input: packet().eth().arp({ operation: 2 }),
    line: `${MACS}, ethertype ARP (0x0806), length 42: Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28`,
  },
  {
    what: 'an ICMP echo',
    input: packet().eth().ipv4().icmp({ rest: 0x0001_0002 }).payload('ping'),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 46: IP (${IP}, proto ICMP (1), length 32) ` +
      '10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 2, length 12',
  },
  {
    what: 'IP in IP',
    input: packet().eth().ipv4({ dst: '192.0.2.1' }).ipv4({ src: '10.9.9.9' }).udp().payload('x'),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 63: IP (${IP}, proto IPIP (4), length 49) ` +
      `10.0.0.1 > 192.0.2.1: IP (${IP}, proto UDP (17), length 29) ` +
      '10.9.9.9.40000 > 10.0.0.2.40001: UDP, length 1',
  },
];

/** Lines that are ours. */
const OWN: readonly { what: string; input: PacketBuilder; line: string }[] = [
  {
    what: 'UDP over IPv6 with class and flow label',
    input: packet()
      .eth()
      .ipv6({ src: 'fe80::1', trafficClass: 0xb8, flowLabel: 0xabcde })
      .udp()
      .payload('abc'),
    line:
      `${MACS}, ethertype IPv6 (0x86dd), length 65: IP6 (class 0xb8, flowlabel 0xabcde, hlim 64, ` +
      'next-header UDP (17), payload length 11) fe80::1.40000 > 2001:db8::2.40001: UDP, length 3',
  },
  {
    what: 'an ICMPv6 message',
    input: packet().eth().ipv6().icmpv6({ type: 1, code: 4 }),
    line:
      `${MACS}, ethertype IPv6 (0x86dd), length 62: ` +
      'IP6 (hlim 64, next-header ICMPv6 (58), payload length 8) ' +
      '2001:db8::1 > 2001:db8::2: ICMP6 destination unreachable, code 4, length 8',
  },
  {
    what: 'an ICMP error',
    input: packet().eth().ipv4().icmp({ type: 3, code: 3 }),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 42: IP (${IP}, proto ICMP (1), length 28) ` +
      '10.0.0.1 > 10.0.0.2: ICMP destination unreachable, code 3 (port), length 8',
  },
  {
    what: 'VXLAN',
    input: packet().eth().ipv4().udp().vxlan({ vni: 99 }).eth().arp(),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 92: IP (${IP}, proto UDP (17), length 78) ` +
      '10.0.0.1.40000 > 10.0.0.2.4789: UDP, length 50: VXLAN, flags [I] (0x08), vni 99: ' +
      `${MACS}, ethertype ARP (0x0806), length 42: Request who-has 10.0.0.2 tell 10.0.0.1, length 28`,
  },
  {
    what: 'GUE',
    input: packet().eth().ipv4().udp().gue().ipv4().payload('x'),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 67: IP (${IP}, proto UDP (17), length 53) ` +
      '10.0.0.1.40000 > 10.0.0.2.6080: UDP, length 25: GUE, proto IPIP (4): ' +
      `IP (${IP}, proto unknown (253), length 21) 10.0.0.1 > 10.0.0.2: payload, length 1`,
  },
  {
    what: 'GUE control with private data and flags',
    input: packet()
      .eth()
      .ipv4()
      .udp()
      .gue({ control: 1, protocol: 9, headerLength: 2, flags: 3 })
      .payload('12345678'),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 54: IP (${IP}, proto UDP (17), length 40) ` +
      '10.0.0.1.40000 > 10.0.0.2.6080: UDP, length 12: GUE, control type 9, flags 0x0003, ' +
      'extensions 8 bytes: payload, length 0',
  },
  {
    what: 'wrong checksums',
    input: packet().eth().ipv4({ checksum: 0x1234 }).udp({ checksum: 0x5678 }).payload('value'),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 47: IP (${IP}, proto UDP (17), length 33) ` +
      '(cksum 0x1234 bad, should be 0x66ca) 10.0.0.1.40000 > 10.0.0.2.40001: ' +
      'UDP (cksum 0x5678 bad, should be 0x6b78), length 5',
  },
  {
    what: 'a wrong TCP checksum, and every flag',
    input: packet().eth().ipv4().tcp({ checksum: 1, flags: 0xff, urgent: 3 }),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 54: IP (${IP}, proto TCP (6), length 40) ` +
      '10.0.0.1.40000 > 10.0.0.2.40001: Flags [FSRP.UEW] (cksum 0x0001 bad, should be 0x625e), ' +
      'seq 0, ack 0, win 65535, urg 3, length 0',
  },
  {
    what: 'a fragment',
    input: packet().eth().ipv4({ flags: 1, fragmentOffset: 100 }).udp().payload('value'),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 47: IP (tos 0x0, ttl 64, id 0, offset 800, flags [+], ` +
      'proto UDP (17), length 33) 10.0.0.1 > 10.0.0.2: payload, length 13',
  },
  {
    what: 'options and padding',
    input: packet()
      .eth()
      .ipv4({ options: Uint8Array.of(1, 1, 1) })
      .udp()
      .padTo(60),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 60: IP (${IP}, proto UDP (17), length 32, options 4 bytes) ` +
      '10.0.0.1.40000 > 10.0.0.2.40001: UDP, length 0',
  },
  {
    what: 'a malformed header',
    input: packet().eth().ipv4({ ihl: 3 }),
    line: `${MACS}, ethertype IPv4 (0x0800), length 34: ipv4 (malformed: header length 12)`,
  },
  {
    what: 'an unknown EtherType',
    input: packet().eth({ etherType: 0x88cc }).payload('zzzz'),
    line: `${MACS}, ethertype unknown (0x88cc), length 18: payload, length 4`,
  },
  {
    what: 'a Pegasus write',
    input: packet()
      .eth()
      .ipv4()
      .udp()
      .pegasus({
        op: PegasusOp.Put,
        key: 'user1',
        clientId: 7,
        requestId: 12,
        version: (1n << 48n) | 42n,
        generation: 5,
        flags: PegasusFlag.OtherKey | PegasusFlag.ToHome,
      })
      .payload('value'),
    line:
      `${MACS}, ethertype IPv4 (0x0800), length 102: IP (${IP}, proto UDP (17), length 88) ` +
      '10.0.0.1.40000 > 10.0.0.2.4100: UDP, length 60: pegasus Put "user1", client 7, request 12, ' +
      'flags [OtherKey ToHome], generation 5, version 1.42, value 5 bytes',
  },
];

for (const { what, input, line } of [...AS_TCPDUMP, ...OWN]) {
  test(`format frame: ${what}`, () => {
    assert.equal(formatFrame(input.build()), line);
  });
}

/** What comes after 'pegasus ' for a message to which some fields are given. */
function pegasusText(values: Parameters<PacketBuilder['pegasus']>[0]): string {
  const line = formatFrame(packet().eth().ipv4().udp().pegasus(values).build());
  return line.slice(line.indexOf('pegasus ') + 'pegasus '.length);
}

test('format frame: a Pegasus reply names its status, server and load', () => {
  const values = {
    op: PegasusOp.GetReply,
    status: PegasusStatus.NotFound,
    server: 3,
    load: 9,
    serverIncarnation: 2,
  };
  const expected =
    'GetReply "", client 0, request 0, status NotFound, server 3, load 9, server incarnation 2';
  assert.equal(pegasusText(values), expected);
});

test('format frame: a key that is no text is hexadecimal, a long one is cut', () => {
  assert.match(pegasusText({ key: Uint8Array.of(0, 255) }), /^Get 0x00ff, /);
  assert.match(pegasusText({ key: 'k'.repeat(40) }), /^Get "k{32}"… \(40 bytes\), /);
  assert.match(pegasusText({ key: 'a" ~' }), /^Get "a\\" ~", /);
  assert.match(pegasusText({ key: '\x7f' }), /^Get 0x7f, /);
});

test('format frame: Pegasus numbers without a name, and a key longer than the message', () => {
  const text = pegasusText({ op: 99, status: 98, flags: 0xc1, keyHash: 0xabn, keyLength: 4 });
  assert.equal(
    text,
    'op 99 "", client 0, request 0, flags [OtherKey 0xc0], status status 98, ' +
      'key hash 0x00000000000000ab, key cut: 4 bytes missing',
  );
});

const cutFrom = packet().eth().ipv4().udp().payload('hello').build();

test('format frame: marks of truncation', () => {
  assert.equal(formatFrame(cutFrom.subarray(0, 0)), '[|ethernet]');
  assert.equal(formatFrame(cutFrom.subarray(0, 10)), '[|ethernet]');
  assert.match(formatFrame(cutFrom.subarray(0, 20)), /length 20: \[\|ipv4\]$/);
  assert.match(
    formatFrame(cutFrom.subarray(0, 38)),
    /10\.0\.0\.2: \[\|udp\] \[truncated: 9 bytes missing\]$/,
  );
  assert.match(formatFrame(cutFrom.subarray(0, 44)), /UDP, length 5 \[truncated: 3 bytes missing\]$/);
});

test('format frame: no bytes make it throw', () => {
  forAll(byteArrays(0, 100), (bytes) => {
    assert.equal(formatFrame(bytes).includes('\n'), false);
  });
});
