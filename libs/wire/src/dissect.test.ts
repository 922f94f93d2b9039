import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../test/hex.ts';
import { byteArrays, forAll, uint } from '../test/property.ts';
import { dissect, type Layer } from './dissect.ts';
import { packet, type PacketBuilder } from './packet-builder.ts';

function names(bytes: Uint8Array): string {
  const { layers, cutHeader } = dissect(bytes);
  return [
    ...layers.map(({ type }) => type.name),
    ...(cutHeader === undefined ? [] : [`|${cutHeader.name}`]),
  ].join(' ');
}

function last(builder: PacketBuilder): Layer {
  return dissect(builder.build()).layers.at(-1)!;
}

const NESTINGS: readonly { what: string; input: PacketBuilder; expected: string }[] = [
  { what: 'ARP', input: packet().eth().arp(), expected: 'ethernet arp' },
  {
    what: 'two tags',
    input: packet().eth().vlan().vlan().ipv4().tcp(),
    expected: 'ethernet vlan vlan ipv4 tcp',
  },
  {
    what: 'IPv6 in IPv4',
    input: packet().eth().ipv4().ipv6().icmpv6(),
    expected: 'ethernet ipv4 ipv6 icmpv6',
  },
  { what: 'IPv4 in IPv6', input: packet().eth().ipv6().ipv4().icmp(), expected: 'ethernet ipv6 ipv4 icmp' },
  {
    what: 'VXLAN in GUE',
    input: packet().eth().ipv4().udp().gue().udp().vxlan().eth(),
    expected: 'ethernet ipv4 udp gue udp vxlan ethernet',
  },
  {
    what: 'a Pegasus request',
    input: packet().eth().ipv4().udp({ dstPort: 4_100 }).pegasus(),
    expected: 'ethernet ipv4 udp pegasus',
  },
  {
    what: 'a Pegasus reply',
    input: packet().eth().ipv4().udp({ srcPort: 4_100, dstPort: 7 }).pegasus(),
    expected: 'ethernet ipv4 udp pegasus',
  },
  {
    what: 'a cut Pegasus message',
    input: packet().eth().ipv4().udp({ srcPort: 4_100 }).payload('PG'),
    expected: 'ethernet ipv4 udp |pegasus',
  },
  {
    what: 'the Pegasus port without its magic',
    input: packet().eth().ipv4().udp({ dstPort: 4_100 }).payload('PH1'),
    expected: 'ethernet ipv4 udp',
  },
  {
    what: 'the VXLAN port as a source',
    input: packet().eth().ipv4().udp({ srcPort: 4_789 }).payload('12345678'),
    expected: 'ethernet ipv4 udp',
  },
  { what: 'a first fragment', input: packet().eth().ipv4({ flags: 1 }).udp(), expected: 'ethernet ipv4 udp' },
  {
    what: 'a later fragment',
    input: packet().eth().ipv4({ fragmentOffset: 1 }).udp(),
    expected: 'ethernet ipv4',
  },
  {
    what: 'GUE control',
    input: packet().eth().ipv4().udp().gue({ control: 1 }).ipv4(),
    expected: 'ethernet ipv4 udp gue',
  },
  {
    what: 'GUE with unknown fields',
    input: packet().eth().ipv4().udp().gue({ flags: 1 }).ipv4(),
    expected: 'ethernet ipv4 udp gue',
  },
  { what: 'a malformed header', input: packet().eth().ipv4({ version: 5 }).udp(), expected: 'ethernet ipv4' },
];

for (const { what, input, expected } of NESTINGS) {
  test(`dissect: ${what} is taken apart into ${expected}`, () => {
    assert.equal(names(input.build()), expected);
  });
}

test('dissect: layers follow one another, and the payload follows the last', () => {
  const bytes = packet()
    .eth()
    .ipv4({ options: Uint8Array.of(1) })
    .tcp({ options: { mss: 1 } })
    .payload('abc')
    .padTo(90)
    .build();
  const { layers, payload } = dissect(bytes);
  assert.deepEqual(
    layers.map(({ base, headerBytes, end, missingBytes }) => [base, headerBytes, end, missingBytes]),
    [
      [0, 14, 90, 0],
      [14, 24, 65, 0],
      [38, 24, 65, 0],
    ],
  );
  assert.equal(toHex(payload), '616263');
});

test('dissect: a frame cut in its payload misses bytes in every layer that states a length', () => {
  const bytes = packet().eth().ipv4().udp().payload('0123456789').build();
  const { layers, payload } = dissect(bytes.subarray(0, bytes.length - 4));
  assert.deepEqual(
    layers.map(({ missingBytes }) => missingBytes),
    [0, 4, 4],
  );
  assert.equal(payload.length, 6);
});

test('dissect: a frame cut in its options misses them', () => {
  const bytes = packet()
    .eth()
    .ipv4({ options: new Uint8Array(8) })
    .build();
  const { layers } = dissect(bytes.subarray(0, 38));
  assert.deepEqual([layers.at(-1)?.headerBytes, layers.at(-1)?.missingBytes], [24, 4]);
});

for (const { what, input, malformed } of [
  { what: 'an IPv4 version', input: packet().eth().ipv4({ version: 5 }), malformed: 'version 5' },
  { what: 'an IPv6 version', input: packet().eth().ipv6({ version: 4 }), malformed: 'version 4' },
  { what: 'an IHL', input: packet().eth().ipv4({ ihl: 4 }), malformed: 'header length 16' },
  { what: 'a total length', input: packet().eth().ipv4({ totalLength: 19 }), malformed: 'length 19' },
  {
    what: 'a data offset',
    input: packet().eth().ipv4().tcp({ dataOffset: 2 }),
    malformed: 'header length 8',
  },
  { what: 'a UDP length', input: packet().eth().ipv4().udp({ length: 7 }), malformed: 'length 7' },
  { what: 'a GUE variant', input: packet().eth().ipv4().udp().gue({ variant: 1 }), malformed: 'variant 1' },
]) {
  test(`dissect: ${what} that cannot be is named`, () => {
    assert.equal(last(input).malformed, malformed);
  });
}

const wrong = { checksum: 0x1234 };

for (const { what, input, isBad } of [
  { what: 'a wrong IPv4 checksum', input: packet().eth().ipv4(wrong), isBad: true },
  { what: 'a wrong TCP checksum', input: packet().eth().ipv4().tcp(wrong), isBad: true },
  { what: 'a wrong UDP checksum over IPv6', input: packet().eth().ipv6().udp(wrong), isBad: true },
  {
    what: 'a missing UDP checksum over IPv6',
    input: packet().eth().ipv6().udp({ checksum: 0 }),
    isBad: true,
  },
  {
    what: 'a missing UDP checksum over IPv4',
    input: packet().eth().ipv4().udp({ checksum: 0 }),
    isBad: false,
  },
  { what: 'a missing TCP checksum', input: packet().eth().ipv4().tcp({ checksum: 0 }), isBad: true },
  { what: 'a wrong ICMP checksum', input: packet().eth().ipv4().icmp(wrong), isBad: true },
  { what: 'a wrong ICMPv6 checksum', input: packet().eth().ipv6().icmpv6(wrong), isBad: true },
  {
    what: 'a checksum in a first fragment',
    input: packet().eth().ipv4({ flags: 1 }).udp(wrong),
    isBad: false,
  },
  { what: 'a checksum without addresses', input: packet().eth().ipv4().udp().gue().udp(wrong), isBad: false },
]) {
  test(`dissect: ${what} is ${isBad ? 'bad' : 'not judged'}`, () => {
    assert.equal(last(input).badChecksum !== undefined, isBad);
  });
}

test('dissect: a wrong checksum comes with the right one', () => {
  const right = last(packet().eth().ipv4({ ttl: 7 }).udp({ dstPort: 53, checksum: 1 }).payload('hello'));
  assert.deepEqual(right.badChecksum, { actual: 1, expected: 0x0b8a }); // As in the test of the builder.
});

test('dissect: the checksum of a truncated datagram is not judged', () => {
  const bytes = packet().eth().ipv4().udp({ checksum: 1 }).payload('hello').build();
  assert.equal(dissect(bytes.subarray(0, -1)).layers.at(-1)?.badChecksum, undefined);
});

test('dissect: both forms of a zero checksum are right, as receivers see it', () => {
  // ICMP whose words sum to all ones has the checksum 0; all ones is its other form.
  const bytes = packet().eth().ipv4().icmp({ type: 0xff, code: 0xff, checksum: 0xffff }).build();
  assert.equal(dissect(bytes).layers.at(-1)?.badChecksum, undefined);
});

test('dissect: no bytes make it throw, and its layers tile what it has read', () => {
  const seeds = [
    packet()
      .eth()
      .vlan()
      .ipv4()
      .tcp({ options: { mss: 1 } })
      .build(),
    packet().eth().ipv6().udp().gue().ipv4().udp().vxlan().eth().ipv4().icmp().build(),
    packet().eth().ipv4().udp().pegasus({ key: 'k' }).payload('v').build(),
  ];
  const drawn = fc.tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(uint(7), uint(8)), { maxLength: 4 }),
    uint(7),
  );
  const check = (bytes: Uint8Array): void => {
    const { layers, cutHeader, payload } = dissect(bytes);
    let at = 0;
    for (const { base, headerBytes, end } of layers) {
      assert.equal(base, at);
      at += headerBytes;
      assert.ok(at <= end && end <= bytes.length);
    }
    assert.equal(payload.byteOffset - bytes.byteOffset, at);
    if (cutHeader !== undefined) assert.ok(payload.length < cutHeader.bytes);
  };
  forAll(
    drawn,
    ([seed, changes, length]) => {
      const bytes = seed.slice(0, length);
      for (const [at, value] of changes) bytes[at] = value;
      check(bytes);
    },
    2_000,
  );
  forAll(byteArrays(0, 80), check);
  check(fromHex(''));
});
