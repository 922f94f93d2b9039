import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { uint } from '../test/property.ts';
import { checkCodec } from '../test/round-trip.ts';
import { ipv6High, ipv6Low, parseIpv6 } from './address.ts';
import { Drop } from './drop.ts';
import { IpProtocol } from './ip-protocol.ts';
import { decodeIpv6, encodeIpv6, ipv6Header, Ipv6Record } from './ipv6.ts';

const known =
  '60400005 000b 11 40 fe800000000000000000000000000001 20010db8000000000000000000000002'.replaceAll(' ', '');

function knownRecord(): Ipv6Record {
  const record = new Ipv6Record();
  Object.assign(record, { trafficClass: 4, flowLabel: 5, nextHeader: IpProtocol.Udp, payloadBytes: 11 });
  record.src.set(parseIpv6('fe80::1'));
  record.dst.set(parseIpv6('2001:db8::2'));
  return record;
}

test('ipv6: known bytes both ways', () => {
  const bytes = new Uint8Array(40);
  encodeIpv6(viewOf(bytes), 0, knownRecord());
  assert.equal(toHex(bytes), known);
  const out = new Ipv6Record();
  assert.equal(decodeIpv6(viewOf(fromHex(known)), 0, 51, out), Drop.None);
  assert.deepEqual(out, knownRecord());
});

test('ipv6: every record survives the wire', () => {
  const addresses = fc.uint32Array({ minLength: 4, maxLength: 4 });
  checkCodec({
    type: ipv6Header,
    records: fc
      .record({
        trafficClass: uint(8),
        flowLabel: uint(20),
        nextHeader: uint(8),
        hopLimit: uint(8),
        payloadBytes: uint(6),
        src: addresses,
        dst: addresses,
      })
      .map((values) => Object.assign(new Ipv6Record(), values)),
    fresh: () => new Ipv6Record(),
    encode: encodeIpv6,
    // The decoder writes into the arrays of its record: here they are shared with the drawn stale record.
    decode: (view, base, length, out) => {
      Object.assign(out, { src: out.src.slice(), dst: out.dst.slice() });
      return decodeIpv6(view, base, length, out);
    },
    fields: ({ payloadBytes, src, dst, ...record }) => ({
      ...record,
      version: 6,
      payloadLength: payloadBytes,
      srcHi: ipv6High(src),
      srcLo: ipv6Low(src),
      dstHi: ipv6High(dst),
      dstLo: ipv6Low(dst),
    }),
    payloadBytes: (record) => record.payloadBytes,
  });
});

test('ipv6: another version and a payload beyond what there is are dropped, padding is not', () => {
  const out = new Ipv6Record();
  assert.equal(decodeIpv6(viewOf(fromHex(known.replace(/^6/, '4'))), 0, 51, out), Drop.BadVersion);
  assert.equal(decodeIpv6(viewOf(fromHex(known)), 0, 50, out), Drop.Truncated);
  assert.equal(decodeIpv6(viewOf(fromHex(known)), 0, 60, out), Drop.None);
  assert.equal(out.payloadBytes, 11);
});
