import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { uint } from '../test/property.ts';
import { checkCodec } from '../test/round-trip.ts';
import { Drop } from './drop.ts';
import { EtherType } from './ethernet.ts';
import { decodeVlan, encodeVlan, VLAN_ID_MAX, vlanHeader, VlanRecord } from './vlan.ts';

test('vlan: known bytes both ways', () => {
  const record = Object.assign(new VlanRecord(), {
    pcp: 5,
    dei: 1,
    vid: VLAN_ID_MAX,
    etherType: EtherType.Ipv4,
  });
  const bytes = new Uint8Array(4);
  encodeVlan(viewOf(bytes), 0, record);
  assert.equal(toHex(bytes), 'bffe0800'); // 101 1 111111111110
  const out = new VlanRecord();
  assert.equal(decodeVlan(viewOf(fromHex('bffe 0800')), 0, 4, out), Drop.None);
  assert.deepEqual(out, record);
});

test('vlan: every record survives the wire', () => {
  checkCodec({
    type: vlanHeader,
    records: fc
      .record({ pcp: uint(3), dei: uint(1), vid: uint(12), etherType: uint(16) })
      .map((values) => Object.assign(new VlanRecord(), values)),
    fresh: () => new VlanRecord(),
    encode: encodeVlan,
    decode: decodeVlan,
    fields: ({ ...record }) => record,
  });
});
