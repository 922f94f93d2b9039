import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { uint } from '../test/property.ts';
import { checkCodec, checkEveryBitFlip } from '../test/round-trip.ts';
import { tcpOptionSets } from '../test/tcp-option-sets.ts';
import { addressSumV4 } from './checksum.ts';
import { Drop } from './drop.ts';
import { decodeTcp, encodeTcp, TcpFlag, tcpHeader, TcpRecord, tcpSegmentHeaderBytes } from './tcp.ts';

/** A SYN from 10.0.0.1.40000 to 10.0.0.2.40001 with options; right by tcpdump. */
const ipv4 = '4500 0040 0000 0000 4006 66b6 0a000001 0a000002';
const known =
  '9c40 9c41 0000 0000 0000 0000 b002 ffff e972 0000 ' +
  '0204 05b4 0103 0307 0101 0402 0101 080a 0000 0001 0000 0002';
const BYTES = 44;
const addressSum = addressSumV4(viewOf(fromHex(ipv4)), 0);

function decode(view: DataView, length = BYTES): Drop {
  return decodeTcp(view, 0, length, addressSum, new TcpRecord());
}

test('tcp: known bytes both ways', () => {
  const record = Object.assign(new TcpRecord(), {
    srcPort: 40_000,
    dstPort: 40_001,
    flags: TcpFlag.Syn,
    window: 65_535,
    headerBytes: BYTES,
  });
  Object.assign(record.options, {
    mss: 1_460,
    windowScale: 7,
    isSackPermitted: true,
    hasTimestamps: true,
    timestampValue: 1,
    timestampEcho: 2,
  });
  const bytes = new Uint8Array(BYTES).fill(0xa5);
  assert.equal(tcpSegmentHeaderBytes(record), BYTES);
  encodeTcp(viewOf(bytes), 0, addressSum, record);
  assert.equal(toHex(bytes), known.replaceAll(' ', ''));
  const out = new TcpRecord();
  assert.equal(decodeTcp(viewOf(fromHex(known)), 0, BYTES, addressSum, out), Drop.None);
  assert.deepEqual(out, record);
});

test('tcp: every record survives the wire', () => {
  checkCodec({
    type: tcpHeader,
    records: fc
      .record({
        srcPort: uint(16),
        dstPort: uint(16),
        seq: uint(32),
        ack: uint(32),
        flags: uint(8),
        window: uint(16),
        urgent: uint(16),
        payloadBytes: uint(5),
        options: tcpOptionSets,
      })
      .map((values) => Object.assign(new TcpRecord(), values))
      .map((record) => Object.assign(record, { headerBytes: tcpSegmentHeaderBytes(record) })),
    fresh: () => new TcpRecord(),
    encode: (view, base, record) => {
      encodeTcp(view, base, addressSum, record);
    },
    decode: (view, base, length, out) => {
      const fresh = new TcpRecord();
      const drop = decodeTcp(view, base, length, addressSum, fresh);
      Object.assign(out, fresh);
      return drop;
    },
    fields: ({ payloadBytes: _, options: __, headerBytes, ...record }) => ({
      ...record,
      dataOffset: headerBytes / 4,
      reserved: 0,
    }),
    headerBytes: (record) => record.headerBytes,
    payloadBytes: (record) => record.payloadBytes,
  });
});

test('tcp: no flipped bit passes, and neither do other addresses', () => {
  checkEveryBitFlip(fromHex(known), BYTES, decode);
  const drop = decodeTcp(viewOf(fromHex(known)), 0, BYTES, addressSum + 1, new TcpRecord());
  assert.equal(drop, Drop.BadChecksum);
});

test('tcp: a data offset below the fixed header or beyond the segment is dropped', () => {
  const withOffset = (words: number): DataView => {
    const bytes = fromHex(known);
    bytes[12] = words << 4;
    return viewOf(bytes);
  };
  assert.equal(decode(withOffset(4)), Drop.BadLength);
  assert.equal(decode(withOffset(12)), Drop.BadLength);
});

test('tcp: an option that cannot be makes the segment bad', () => {
  const bytes = fromHex(known);
  bytes[21] = 3; // Length of the MSS option, 4 before; the checksum follows it down.
  const view = viewOf(bytes);
  view.setUint16(16, view.getUint16(16) + 1);
  assert.equal(decode(view), Drop.BadOption);
});
