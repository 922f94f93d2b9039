import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { uint } from '../test/property.ts';
import { checkCodec, checkEveryBitFlip, FILL } from '../test/round-trip.ts';
import { Drop } from './drop.ts';
import { decodeIcmp, encodeIcmp, icmpHeader, IcmpRecord, IcmpType } from './icmp.ts';

/** Echo request, id 1, sequence 2, 'ping': as built here and judged right by tcpdump. */
const known = '0800 192c 0001 0002 70696e67';

test('icmp: known bytes both ways', () => {
  const record = Object.assign(new IcmpRecord(), {
    type: IcmpType.EchoRequest,
    rest: 0x0001_0002,
    payloadBytes: 4,
  });
  const bytes = fromHex('a5'.repeat(8) + '70696e67');
  encodeIcmp(viewOf(bytes), 0, record);
  assert.equal(toHex(bytes), known.replaceAll(' ', ''));
  const out = new IcmpRecord();
  assert.equal(decodeIcmp(viewOf(fromHex(known)), 0, 12, out), Drop.None);
  assert.deepEqual(out, record);
});

test('icmp: every record survives the wire', () => {
  checkCodec({
    type: icmpHeader,
    records: fc
      .record({ type: uint(8), code: uint(8), rest: uint(32), payloadBytes: uint(5) })
      .map((values) => Object.assign(new IcmpRecord(), values)),
    fresh: () => new IcmpRecord(),
    encode: encodeIcmp,
    decode: decodeIcmp,
    fields: ({ type, code, rest }) => ({ type, code, rest }),
    payloadBytes: (record) => record.payloadBytes,
  });
});

test('icmp: no flipped bit of header or payload passes', () => {
  checkEveryBitFlip(fromHex(known), 12, (view) => decodeIcmp(view, 0, 12, new IcmpRecord()));
});

test('icmp: the checksum covers nothing behind the message', () => {
  const bytes = new Uint8Array(16).fill(FILL);
  bytes.set(fromHex(known));
  assert.equal(decodeIcmp(viewOf(bytes), 0, 12, new IcmpRecord()), Drop.None);
});
