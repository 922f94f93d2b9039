import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { uint } from '../test/property.ts';
import { checkCodec } from '../test/round-trip.ts';
import { Drop } from './drop.ts';
import { decodeEthernet, encodeEthernet, ethernetHeader, EthernetRecord, EtherType } from './ethernet.ts';

const known = 'ffffffffffff 0200000000fe 0806';

test('ethernet: known bytes both ways', () => {
  const record = Object.assign(new EthernetRecord(), {
    dst: 0xffff_ffff_ffff,
    src: 0x0200_0000_00fe,
    etherType: EtherType.Arp,
  });
  const bytes = new Uint8Array(14);
  encodeEthernet(viewOf(bytes), 0, record);
  assert.equal(toHex(bytes), known.replaceAll(' ', ''));
  const out = new EthernetRecord();
  assert.equal(decodeEthernet(viewOf(fromHex(known)), 0, 14, out), Drop.None);
  assert.deepEqual(out, record);
});

test('ethernet: every record survives the wire', () => {
  checkCodec({
    type: ethernetHeader,
    records: fc
      .record({ dst: uint(48), src: uint(48), etherType: uint(16) })
      .map((values) => Object.assign(new EthernetRecord(), values)),
    fresh: () => new EthernetRecord(),
    encode: encodeEthernet,
    decode: decodeEthernet,
    fields: ({ ...record }) => record,
  });
});
