import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { uint } from '../test/property.ts';
import { checkCodec, checkEveryBitFlip } from '../test/round-trip.ts';
import { addressSumV6 } from './checksum.ts';
import { Drop } from './drop.ts';
import { IcmpRecord } from './icmp.ts';
import { decodeIcmpv6, encodeIcmpv6, icmpv6Header, Icmpv6Type } from './icmpv6.ts';

/** IPv6 from 2001:db8::1 to 2001:db8::2 with an echo request, id 1, sequence 2, 'ping'; right by tcpdump. */
const ipv6 = '60000000 000c 3a40 20010db8000000000000000000000001 20010db8000000000000000000000002';
const known = '8000 4570 0001 0002 7069 6e67';
const addressSum = addressSumV6(viewOf(fromHex(ipv6)), 0);

test('icmpv6: known bytes both ways', () => {
  const record = Object.assign(new IcmpRecord(), {
    type: Icmpv6Type.EchoRequest,
    rest: 0x0001_0002,
    payloadBytes: 4,
  });
  const bytes = fromHex('a5'.repeat(8) + '70696e67');
  encodeIcmpv6(viewOf(bytes), 0, addressSum, record);
  assert.equal(toHex(bytes), known.replaceAll(' ', ''));
  const out = new IcmpRecord();
  assert.equal(decodeIcmpv6(viewOf(fromHex(known)), 0, 12, addressSum, out), Drop.None);
  assert.deepEqual(out, record);
});

test('icmpv6: every record survives the wire', () => {
  checkCodec({
    type: icmpv6Header,
    records: fc
      .record({ type: uint(8), code: uint(8), rest: uint(32), payloadBytes: uint(5) })
      .map((values) => Object.assign(new IcmpRecord(), values)),
    fresh: () => new IcmpRecord(),
    encode: (view, base, record) => {
      encodeIcmpv6(view, base, addressSum, record);
    },
    decode: (view, base, length, out) => decodeIcmpv6(view, base, length, addressSum, out),
    fields: ({ type, code, rest }) => ({ type, code, rest }),
    payloadBytes: (record) => record.payloadBytes,
  });
});

test('icmpv6: no flipped bit passes, and neither do other addresses', () => {
  const out = new IcmpRecord();
  checkEveryBitFlip(fromHex(known), 12, (view) => decodeIcmpv6(view, 0, 12, addressSum, out));
  assert.equal(decodeIcmpv6(viewOf(fromHex(known)), 0, 12, addressSum + 1, out), Drop.BadChecksum);
});
