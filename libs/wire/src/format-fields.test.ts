import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { byteArrays, forAll, uint } from '../test/property.ts';
import { diffFrames, formatDifferences, formatFrameVerbose } from './format-fields.ts';
import { formatFrame } from './format-frame.ts';
import { packet } from './packet-builder.ts';
import { PegasusOp } from './pegasus-header.ts';

test('format fields: a listing says the line, every field and the bytes', () => {
  const bytes = packet().eth().ipv4({ checksum: 0x1234 }).udp().payload('hi').padTo(60).build();
  assert.equal(
    formatFrameVerbose(bytes),
    `${formatFrame(bytes)}
ethernet at 0, 14 bytes
  dst        02:00:00:00:00:02
  src        02:00:00:00:00:01
  etherType  0x0800
ipv4 at 14, 20 bytes
  version         4
  ihl             5
  dscp            0
  ecn             0
  totalLength     30
  identification  0
  flags           0x0
  fragmentOffset  0
  ttl             64
  protocol        17
  checksum        0x1234 bad, should be 0x66cd
  src             10.0.0.1
  dst             10.0.0.2
udp at 34, 8 bytes
  srcPort   40000
  dstPort   40001
  length    10
  checksum  0x4aec
payload, 2 bytes
after the payload, 16 bytes
0x0000:  0200 0000 0002 0200 0000 0001 0800 4500  ..............E.
0x0010:  001e 0000 0000 4011 1234 0a00 0001 0a00  ......@..4......
0x0020:  0002 9c40 9c41 000a 4aec 6869 0000 0000  ...@.A..J.hi....
0x0030:  0000 0000 0000 0000 0000 0000            ............`,
  );
});

test('format fields: bytes behind the payload are listed when there are any, wherever the frame lies', () => {
  const bytes = packet().eth().ipv4().udp().payload('hi').build();
  assert.doesNotMatch(formatFrameVerbose(bytes), /after the payload/);
  const within = new Uint8Array(80).subarray(10, 10 + bytes.length + 3);
  within.set(bytes);
  assert.match(formatFrameVerbose(within), /^after the payload, 3 bytes$/m);
});

test('format fields: options, cut headers and contradictions are listed', () => {
  const tcp = packet()
    .eth()
    .ipv4()
    .tcp({ options: { mss: 1_460 } });
  assert.match(formatFrameVerbose(tcp.build()), /^ {2}options {5}0x020405b4$/m);
  const cut = formatFrameVerbose(tcp.build().subarray(0, 40));
  assert.match(cut, /^tcp cut after 6 of 20 bytes$/m);
  assert.match(cut, /^ {2}truncated: 18 bytes missing$/m);
  assert.match(
    formatFrameVerbose(packet().eth().ipv4({ version: 5 }).build()),
    /^ {2}malformed: version 5$/m,
  );
});

test('format fields: addresses, versions and identifiers read as people write them', () => {
  const arp = formatFrameVerbose(packet().eth().arp({ targetMac: 0xff }).build());
  assert.match(arp, /^ {2}targetMac {7}00:00:00:00:00:ff$/m);
  assert.match(arp, /^ {2}senderIp {8}10\.0\.0\.1$/m);
  const ipv6 = formatFrameVerbose(packet().eth().ipv6().build());
  assert.match(ipv6, /^ {2}srcHi {10}0x20010db800000000$/m);
  const message = packet()
    .eth()
    .ipv4()
    .udp()
    .pegasus({ op: PegasusOp.Fence, version: (2n << 48n) | 9n });
  const pegasus = formatFrameVerbose(message.build());
  assert.match(pegasus, /^ {2}op {17}Fence$/m);
  assert.match(pegasus, /^ {2}version {12}2\.9$/m);
});

function differing(a: Uint8Array, b: Uint8Array): string {
  return formatDifferences(diffFrames(a, b));
}

const base = packet().eth().ipv4().tcp().payload('hello').build();

test('format fields: a difference is named by header and field, with both values', () => {
  const other = packet().eth({ dst: '02:00:00:00:00:09' }).ipv4({ ttl: 63 }).tcp().payload('hello').build();
  assert.deepEqual(diffFrames(base, other), [
    { field: 'ethernet.dst', a: '02:00:00:00:00:02', b: '02:00:00:00:00:09' },
    { field: 'ipv4.ttl', a: '64', b: '63' },
    { field: 'ipv4.checksum', a: '0x66c9', b: '0x67c9' },
  ]);
  assert.equal(formatDifferences([{ field: 'ipv4.ttl', a: '64', b: '63' }]), 'ipv4.ttl: 64 and 63');
});

test('format fields: equal frames do not differ', () => {
  assert.deepEqual(diffFrames(base, base.slice()), []);
  assert.equal(differing(base, base.slice()), '');
});

test('format fields: the second header of a kind has its number', () => {
  const [a, b] = [1, 2].map((vni) => packet().eth().ipv4().udp().vxlan().eth().ipv4({ dscp: vni }).build());
  const fields = diffFrames(a!, b!).map(({ field }) => field);
  // The outer checksum stays: the inner header with its own checksum sums to the same.
  assert.deepEqual(fields, ['ipv4#2.dscp', 'ipv4#2.checksum']);
});

test('format fields: payload, options, nesting and length differ by name', () => {
  const payload = packet().eth().ipv4().tcp().payload('hexlo').build();
  assert.match(differing(base, payload), /^payload\[2\]: 0x6c and 0x78$/m);
  const options = packet()
    .eth()
    .ipv4()
    .tcp({ options: { mss: 1 } })
    .payload('hello')
    .build();
  assert.match(differing(options, base), /^tcp\.options: 0x02040001 and $/m);
  assert.match(differing(base, options), /^length: 59 and 63$/m);
  const udp = packet().eth().ipv4().udp().payload('hello').build();
  assert.match(differing(base, udp), /^headers: ethernet ipv4 tcp and ethernet ipv4 udp$/m);
  assert.match(differing(base, base.subarray(0, -1)), /^payload\[4\]: 0x6f and absent$/m);
});

test('format fields: frames differ exactly when their bytes do', () => {
  const seeds = [
    base,
    packet().eth().vlan().ipv6().udp().gue().ipv4().icmp().padTo(110).build(),
    packet().eth().ipv4().udp().pegasus({ key: 'k' }).payload('v').build(),
    packet()
      .eth()
      .ipv4({ options: Uint8Array.of(1) })
      .tcp({ options: { mss: 9 } })
      .build(),
  ];
  const changes = fc.tuple(fc.constantFrom(...seeds), uint(7), uint(8));
  forAll(
    changes,
    ([seed, at, value]) => {
      const changed = seed.slice();
      changed[at] = value;
      const isEqual = Buffer.compare(seed, changed) === 0;
      assert.equal(diffFrames(seed, changed).length === 0, isEqual);
    },
    2_000,
  );
  forAll(fc.tuple(byteArrays(0, 60), byteArrays(0, 60)), ([a, b]) => {
    assert.equal(diffFrames(a, b).length === 0, Buffer.compare(a, b) === 0);
    formatFrameVerbose(a);
  });
});
