import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { uint } from '../test/property.ts';
import { checkCodec, checkEveryBitFlip } from '../test/round-trip.ts';
import { addressSumV6 } from './checksum.ts';
import { Drop } from './drop.ts';
import { decodeUdp, encodeUdp, udpHeader, UdpRecord } from './udp.ts';

/** IPv6 from fe80::1 to 2001:db8::2 with a datagram 40000 > 5000, 'abc'; right by tcpdump. */
const ipv6 = '60400005 000b 1140 fe800000000000000000000000000001 20010db8000000000000000000000002';
const known = '9c40 1388 000b 5f70 6162 63';
const addressSum = addressSumV6(viewOf(fromHex(ipv6)), 0);

function decode(view: DataView, length = 11): Drop {
  return decodeUdp(view, 0, length, addressSum, new UdpRecord());
}

test('udp: known bytes both ways', () => {
  const record = Object.assign(new UdpRecord(), { srcPort: 40_000, dstPort: 5_000, payloadBytes: 3 });
  const bytes = fromHex('a5'.repeat(8) + '616263');
  encodeUdp(viewOf(bytes), 0, addressSum, record);
  assert.equal(toHex(bytes), known.replaceAll(' ', ''));
  const out = new UdpRecord();
  assert.equal(decodeUdp(viewOf(fromHex(known)), 0, 11, addressSum, out), Drop.None);
  assert.deepEqual(out, record);
});

test('udp: every record survives the wire', () => {
  checkCodec({
    type: udpHeader,
    records: fc
      .record({ srcPort: uint(16), dstPort: uint(16), payloadBytes: uint(5), isSummed: fc.boolean() })
      .map((values) => Object.assign(new UdpRecord(), values)),
    fresh: () => new UdpRecord(),
    encode: (view, base, record) => {
      encodeUdp(view, base, addressSum, record);
    },
    decode: (view, base, length, out) => decodeUdp(view, base, length, addressSum, out),
    fields: ({ srcPort, dstPort, payloadBytes }) => ({ srcPort, dstPort, length: 8 + payloadBytes }),
    payloadBytes: (record) => record.payloadBytes,
  });
});

test('udp: no flipped bit passes, and neither do other addresses', () => {
  checkEveryBitFlip(fromHex(known), 11, decode);
  assert.equal(decodeUdp(viewOf(fromHex(known)), 0, 11, addressSum + 1, new UdpRecord()), Drop.BadChecksum);
});

test('udp: without a checksum nothing is verified, and the record says so', () => {
  const bytes = fromHex(known);
  bytes.set([0, 0], 6);
  bytes[10] = 0x7a;
  const out = new UdpRecord();
  assert.equal(decodeUdp(viewOf(bytes), 0, 11, addressSum, out), Drop.None);
  assert.equal(out.isSummed, false);
  const again = fromHex('a5'.repeat(8));
  encodeUdp(viewOf(again), 0, addressSum, Object.assign(new UdpRecord(), { isSummed: false }));
  assert.equal(toHex(again).slice(12), '0000');
});

test('udp: a computed 0 goes out as all ones, and comes in as right', () => {
  const record = Object.assign(new UdpRecord(), { srcPort: 0xffff - 17 - 8 - 8, dstPort: 0 });
  const bytes = new Uint8Array(8);
  encodeUdp(viewOf(bytes), 0, 0, record);
  assert.equal(toHex(bytes).slice(12), 'ffff');
  assert.equal(decodeUdp(viewOf(bytes), 0, 8, 0, new UdpRecord()), Drop.None);
});

test('udp: bytes behind the stated length are no payload and not summed', () => {
  const out = new UdpRecord();
  assert.equal(decodeUdp(viewOf(fromHex(`${known} a5a5`)), 0, 13, addressSum, out), Drop.None);
  assert.equal(out.payloadBytes, 3);
});

test('udp: a length beyond what there is or below the header is dropped', () => {
  const withLength = (length: string): DataView => {
    const bytes = fromHex(known);
    bytes.set(fromHex(length), 4);
    return viewOf(bytes);
  };
  assert.equal(decode(withLength('000c')), Drop.Truncated);
  assert.equal(decode(withLength('0007')), Drop.BadLength);
});
