import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { uint } from '../test/property.ts';
import { checkCodec } from '../test/round-trip.ts';
import { Drop } from './drop.ts';
import { decodeVxlan, encodeVxlan, vxlanHeader, VxlanRecord } from './vxlan.ts';

test('vxlan: known bytes both ways', () => {
  const bytes = new Uint8Array(8);
  encodeVxlan(viewOf(bytes), 0, Object.assign(new VxlanRecord(), { vni: 0xabcdef }));
  assert.equal(toHex(bytes), '08000000abcdef00');
  const out = new VxlanRecord();
  assert.equal(decodeVxlan(viewOf(bytes), 0, 8, out), Drop.None);
  assert.equal(out.vni, 0xabcdef);
});

test('vxlan: every record survives the wire', () => {
  checkCodec({
    type: vxlanHeader,
    records: fc.record({ vni: uint(24) }).map((values) => Object.assign(new VxlanRecord(), values)),
    fresh: () => new VxlanRecord(),
    encode: encodeVxlan,
    decode: decodeVxlan,
    fields: ({ vni }) => ({ vni, flags: 0x08, reserved: 0, reserved2: 0 }),
  });
});

test('vxlan: reserved bits are ignored, a missing network identifier is not', () => {
  const out = new VxlanRecord();
  assert.equal(decodeVxlan(viewOf(fromHex('ffffffff 000001ff')), 0, 8, out), Drop.None);
  assert.equal(out.vni, 1);
  assert.equal(decodeVxlan(viewOf(fromHex('f7ffffff 000001ff')), 0, 8, out), Drop.Unsupported);
});
