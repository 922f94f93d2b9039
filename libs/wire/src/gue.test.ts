import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { uint } from '../test/property.ts';
import { checkCodec } from '../test/round-trip.ts';
import { Drop } from './drop.ts';
import { decodeGue, encodeGue, gueHeader, GueRecord } from './gue.ts';
import { IpProtocol } from './ip-protocol.ts';

test('gue: known bytes both ways', () => {
  const record = Object.assign(new GueRecord(), { protocol: IpProtocol.Ipv4 });
  const bytes = new Uint8Array(4);
  encodeGue(viewOf(bytes), 0, record);
  assert.equal(toHex(bytes), '00040000');
  const out = new GueRecord();
  assert.equal(decodeGue(viewOf(bytes), 0, 4, out), Drop.None);
  assert.deepEqual(out, record);
});

test('gue: every record survives the wire', () => {
  checkCodec({
    type: gueHeader,
    records: fc
      .record({ control: uint(1), protocol: uint(8) })
      .map((values) => Object.assign(new GueRecord(), values)),
    fresh: () => new GueRecord(),
    encode: encodeGue,
    decode: decodeGue,
    fields: ({ control, protocol }) => ({ control, protocol, variant: 0, headerLength: 0, flags: 0 }),
  });
});

test('gue: private data is skipped by the header length', () => {
  const out = new GueRecord();
  assert.equal(decodeGue(viewOf(fromHex('0204 0000 a5a5a5a5 a5a5a5a5 45')), 0, 13, out), Drop.None);
  assert.equal(out.headerBytes, 12);
});

for (const { what, hex, drop } of [
  { what: 'variant 1', hex: '4004 0000', drop: Drop.BadVersion },
  { what: 'a header length beyond what there is', hex: '0104 0000 a5a5a5', drop: Drop.Truncated },
  { what: 'a flag', hex: '0104 0001 a5a5a5a5', drop: Drop.Unsupported },
]) {
  test(`gue: ${what} is dropped`, () => {
    const bytes = fromHex(hex);
    assert.equal(decodeGue(viewOf(bytes), 0, bytes.length, new GueRecord()), drop);
  });
}
