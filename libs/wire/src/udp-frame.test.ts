import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure, Frame } from '@ballast/base';
import fc from 'fast-check';
import { fromHex, toHex } from '../test/hex.ts';
import { byteArrays, forAll, uint } from '../test/property.ts';
import { FILL } from '../test/round-trip.ts';
import { addressSumV4 } from './checksum.ts';
import { Drop } from './drop.ts';
import { decodeEthernet, EthernetRecord } from './ethernet.ts';
import { decodeIpv4, Ipv4Record } from './ipv4.ts';
import { packet, type PacketBuilder } from './packet-builder.ts';
import { decodeUdp, UdpRecord } from './udp.ts';
import {
  readUdpFrame,
  UDP_PAYLOAD_BYTES_MAX,
  UDP_PAYLOAD_OFFSET,
  UdpDatagram,
  type UdpPath,
  writeUdpFrame,
} from './udp-frame.ts';

const path: UdpPath = {
  srcMac: 0x0200_0000_0001,
  dstMac: 0x0200_0000_0002,
  srcIp: 0x0a000001,
  dstIp: 0x0a000002,
  srcPort: 40_000,
  dstPort: 4_100,
};

const paths: fc.Arbitrary<UdpPath> = fc.record({
  srcMac: uint(48),
  dstMac: uint(48),
  srcIp: uint(32),
  dstIp: uint(32),
  srcPort: uint(16),
  dstPort: uint(16),
});

/** A frame with the payload in place and 0xa5 everywhere else, at an unusual start. */
function frameAround(payload: Uint8Array, start = 128): Frame {
  const frame = new Frame(start + UDP_PAYLOAD_OFFSET + payload.length + 16);
  frame.bytes.fill(FILL);
  frame.start = start;
  frame.bytes.set(payload, start + UDP_PAYLOAD_OFFSET);
  return frame;
}

function frameOf(builder: PacketBuilder): Frame {
  const frame = new Frame(512);
  frame.bytes.fill(FILL);
  frame.fill(builder.build());
  return frame;
}

test('udp frame: known bytes both ways', () => {
  const frame = frameAround(fromHex('68656c6c6f'));
  writeUdpFrame(frame, path, 5);
  const expected =
    '020000000002 020000000001 0800' +
    '4500 0021 0000 4000 4011 26ca 0a000001 0a000002' +
    '9c40 1004 000d fbba 68656c6c6f';
  assert.equal(toHex(frame.contents()), expected.replaceAll(' ', ''));
  const datagram = new UdpDatagram();
  assert.equal(readUdpFrame(frame, datagram), Drop.None);
  const expectedDatagram = { ...path, payloadStart: 128 + 42, payloadBytes: 5 };
  assert.deepEqual(datagram, Object.assign(new UdpDatagram(), expectedDatagram));
});

test('udp frame: what is written is read, and the codecs of the layers agree', () => {
  const [eth, ip, udp] = [new EthernetRecord(), new Ipv4Record(), new UdpRecord()];
  const datagram = new UdpDatagram();
  forAll(fc.tuple(paths, byteArrays(0, 70), uint(7)), ([drawn, payload, start]) => {
    const frame = frameAround(payload, start);
    writeUdpFrame(frame, drawn, payload.length);
    const { view, length } = frame;
    assert.equal(length, UDP_PAYLOAD_OFFSET + payload.length);

    assert.equal(decodeEthernet(view, start, length, eth), Drop.None);
    assert.equal(decodeIpv4(view, start + 14, length - 14, ip), Drop.None);
    const addressSum = addressSumV4(view, start + 14);
    assert.equal(decodeUdp(view, start + 34, ip.payloadBytes, addressSum, udp), Drop.None);
    assert.equal(udp.isSummed, true);
    assert.deepEqual(
      [eth.src, eth.dst, ip.src, ip.dst, udp.srcPort, udp.dstPort],
      Object.values({
        srcMac: drawn.srcMac,
        dstMac: drawn.dstMac,
        srcIp: drawn.srcIp,
        dstIp: drawn.dstIp,
        srcPort: drawn.srcPort,
        dstPort: drawn.dstPort,
      }),
    );

    assert.equal(readUdpFrame(frame, datagram), Drop.None);
    const expected = { ...drawn, payloadStart: start + UDP_PAYLOAD_OFFSET, payloadBytes: payload.length };
    assert.deepEqual(datagram, Object.assign(new UdpDatagram(), expected));
  });
});

test('udp frame: nothing before the frame, in the payload or behind it is written', () => {
  const payload = Uint8Array.of(1, 2, 3);
  const frame = frameAround(payload);
  writeUdpFrame(frame, path, 3);
  const end = 128 + UDP_PAYLOAD_OFFSET;
  assert.deepEqual(frame.bytes.subarray(end, end + 3), payload);
  const around = [...frame.bytes.subarray(0, 128), ...frame.bytes.subarray(end + 3)];
  assert.ok(around.every((byte) => byte === FILL));
});

test('udp frame: no flipped bit behind the MAC addresses passes unseen', () => {
  const frame = frameAround(fromHex('0102030405'));
  writeUdpFrame(frame, path, 5);
  const datagram = new UdpDatagram();
  for (let bit = 12 * 8; bit < frame.length * 8; bit++) {
    const mask = 0x80 >>> (bit & 7);
    const at = frame.start + (bit >>> 3);
    frame.bytes[at]! ^= mask;
    assert.notEqual(readUdpFrame(frame, datagram), Drop.None, `bit ${bit}`);
    frame.bytes[at]! ^= mask;
  }
  assert.equal(readUdpFrame(frame, datagram), Drop.None);
});

test('udp frame: a computed checksum of 0 is sent as all ones', () => {
  const zeros = { srcMac: 0, dstMac: 0, srcIp: 0, dstIp: 0, srcPort: 0xffff - 17 - 8 - 8, dstPort: 0 };
  const frame = frameAround(new Uint8Array(0));
  writeUdpFrame(frame, zeros, 0);
  assert.equal(toHex(frame.contents()).slice(-4), 'ffff');
  assert.equal(readUdpFrame(frame, new UdpDatagram()), Drop.None);
});

test('udp frame: padding and bytes behind the UDP length are not payload', () => {
  const datagram = new UdpDatagram();
  assert.equal(
    readUdpFrame(frameOf(packet().eth().ipv4().udp().payload('x').padTo(60)), datagram),
    Drop.None,
  );
  assert.equal(datagram.payloadBytes, 1);
});

test('udp frame: a payload beyond what IPv4 can carry is a bug of the caller', () => {
  const frame = frameAround(new Uint8Array(UDP_PAYLOAD_BYTES_MAX));
  writeUdpFrame(frame, path, UDP_PAYLOAD_BYTES_MAX);
  assert.equal(readUdpFrame(frame, new UdpDatagram()), Drop.None);
  assert.throws(() => {
    writeUdpFrame(frame, path, UDP_PAYLOAD_BYTES_MAX + 1);
  }, AssertionFailure);
});

const REFUSED: readonly { what: string; input: PacketBuilder; drop: Drop }[] = [
  {
    what: 'a datagram without a checksum',
    input: packet().eth().ipv4().udp({ checksum: 0 }),
    drop: Drop.None,
  },
  { what: 'the reserved IPv4 flag', input: packet().eth().ipv4({ flags: 4 }).udp(), drop: Drop.None },
  { what: 'another EtherType', input: packet().eth().ipv6().udp(), drop: Drop.Unsupported },
  { what: 'a VLAN tag', input: packet().eth().vlan().ipv4().udp(), drop: Drop.Unsupported },
  { what: 'another protocol', input: packet().eth().ipv4().tcp().payload('x'), drop: Drop.Unsupported },
  { what: 'a wrong version', input: packet().eth().ipv4({ version: 5 }).udp(), drop: Drop.BadVersion },
  {
    what: 'options',
    input: packet()
      .eth()
      .ipv4({ options: Uint8Array.of(1) })
      .udp(),
    drop: Drop.Unsupported,
  },
  { what: 'a wrong IP checksum', input: packet().eth().ipv4({ checksum: 1 }).udp(), drop: Drop.BadChecksum },
  { what: 'a wrong UDP checksum', input: packet().eth().ipv4().udp({ checksum: 1 }), drop: Drop.BadChecksum },
  {
    what: 'a short total length',
    input: packet().eth().ipv4({ totalLength: 27 }).udp(),
    drop: Drop.BadLength,
  },
  {
    what: 'a long total length',
    input: packet().eth().ipv4({ totalLength: 29 }).udp(),
    drop: Drop.Truncated,
  },
  { what: 'a first fragment', input: packet().eth().ipv4({ flags: 1 }).udp(), drop: Drop.Fragment },
  { what: 'a later fragment', input: packet().eth().ipv4({ fragmentOffset: 1 }).udp(), drop: Drop.Fragment },
  { what: 'a short UDP length', input: packet().eth().ipv4().udp({ length: 7 }), drop: Drop.BadLength },
  { what: 'a long UDP length', input: packet().eth().ipv4().udp({ length: 9 }), drop: Drop.Truncated },
];

for (const { what, input, drop } of REFUSED) {
  test(`udp frame: ${what} gives reason ${drop}`, () => {
    assert.equal(readUdpFrame(frameOf(input), new UdpDatagram()), drop);
  });
}

test('udp frame: every cut of a frame is Truncated', () => {
  const frame = frameOf(packet().eth().ipv4().udp().payload('x'));
  for (frame.length -= 1; frame.length > 0; frame.length--) {
    assert.equal(readUdpFrame(frame, new UdpDatagram()), Drop.Truncated, `${frame.length} bytes`);
  }
});

test('udp frame: no bytes make the reader throw or read beyond them', () => {
  const valid = packet().eth().ipv4().udp().payload('12345678').build();
  forAll(
    fc.tuple(byteArrays(0, 60), fc.array(uint(6)), fc.boolean()),
    ([noise, places, isMostlyValid]) => {
      const bytes = isMostlyValid ? valid.slice() : noise;
      if (isMostlyValid) for (const [i, at] of places.entries()) bytes[at] = noise[i] ?? 0;
      const frame = new Frame(bytes.length);
      frame.start = 0;
      frame.bytes.set(bytes);
      frame.length = bytes.length;
      readUdpFrame(frame, new UdpDatagram());
    },
    1_000,
  );
});
