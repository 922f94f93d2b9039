import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { uint } from '../test/property.ts';
import { checkCodec, checkEveryBitFlip } from '../test/round-trip.ts';
import { finishChecksum, sumWords } from './checksum.ts';
import { Drop } from './drop.ts';
import { IpProtocol } from './ip-protocol.ts';
import { decodeIpv4, encodeIpv4, ipv4Header, Ipv4Record } from './ipv4.ts';

const known = '4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7';
const TOTAL_LENGTH = 0x73;

/** The known header with another value at an offset, and its checksum set right again. */
function altered(offset: number, hex: string, headerBytes = 20): DataView {
  const bytes = new Uint8Array(TOTAL_LENGTH);
  bytes.set(fromHex(known));
  bytes.set(fromHex(hex), offset);
  const view = viewOf(bytes);
  view.setUint16(10, 0);
  view.setUint16(10, finishChecksum(sumWords(view, 0, headerBytes)));
  return view;
}

function decode(view: DataView, length = TOTAL_LENGTH): Drop {
  return decodeIpv4(view, 0, length, new Ipv4Record());
}

test('ipv4: known bytes both ways', () => {
  const record = Object.assign(new Ipv4Record(), {
    protocol: IpProtocol.Udp,
    src: 0xc0a80001,
    dst: 0xc0a800c7,
    payloadBytes: 0x73 - 20,
  });
  const bytes = new Uint8Array(20);
  encodeIpv4(viewOf(bytes), 0, record);
  assert.equal(toHex(bytes), known.replaceAll(' ', ''));
  const out = new Ipv4Record();
  assert.equal(decodeIpv4(viewOf(fromHex(known)), 0, TOTAL_LENGTH, out), Drop.None);
  assert.deepEqual(out, record);
});

test('ipv4: every record survives the wire', () => {
  checkCodec({
    type: ipv4Header,
    records: fc
      .record({
        dscp: uint(6),
        ecn: uint(2),
        identification: uint(16),
        dontFragment: fc.boolean(),
        ttl: uint(8),
        protocol: uint(8),
        src: uint(32),
        dst: uint(32),
        payloadBytes: uint(6),
      })
      .map((values) => Object.assign(new Ipv4Record(), values)),
    fresh: () => new Ipv4Record(),
    encode: encodeIpv4,
    decode: decodeIpv4,
    fields: ({ payloadBytes, dontFragment, ...record }) => ({
      ...record,
      version: 4,
      ihl: 5,
      totalLength: 20 + payloadBytes,
      flags: dontFragment ? 0b010 : 0,
      fragmentOffset: 0,
    }),
    payloadBytes: (record) => record.payloadBytes,
  });
});

test('ipv4: no flipped bit of the header passes', () => {
  checkEveryBitFlip(new Uint8Array(altered(0, '45').buffer), 20, (view) => decode(view));
});

test('ipv4: options are skipped by IHL, under the checksum', () => {
  const view = altered(0, '47', 28);
  const out = new Ipv4Record();
  assert.equal(decodeIpv4(view, 0, TOTAL_LENGTH, out), Drop.None);
  assert.equal(out.headerBytes, 28);
  assert.equal(out.payloadBytes, TOTAL_LENGTH - 28);
  view.setUint8(27, 1);
  assert.equal(decode(view), Drop.BadChecksum);
});

test('ipv4: padding behind the datagram is not its payload', () => {
  const out = new Ipv4Record();
  assert.equal(decodeIpv4(viewOf(fromHex(known)), 0, TOTAL_LENGTH + 30, out), Drop.None);
  assert.equal(out.payloadBytes, TOTAL_LENGTH - 20);
});

for (const { what, offset, hex, drop } of [
  { what: 'version 6', offset: 0, hex: '65', drop: Drop.BadVersion },
  { what: 'a header length below 20', offset: 0, hex: '44', drop: Drop.BadLength },
  { what: 'a total length below the header', offset: 2, hex: '0013', drop: Drop.BadLength },
  { what: 'a total length beyond what there is', offset: 2, hex: '0074', drop: Drop.Truncated },
  { what: 'a first fragment', offset: 6, hex: '2000', drop: Drop.Fragment },
  { what: 'a later fragment', offset: 6, hex: '0001', drop: Drop.Fragment },
  { what: 'the reserved flag', offset: 6, hex: '8000', drop: Drop.None },
]) {
  test(`ipv4: ${what} gives reason ${drop}`, () => {
    assert.equal(decode(altered(offset, hex)), drop);
  });
}
