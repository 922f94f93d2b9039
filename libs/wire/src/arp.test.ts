import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { uint } from '../test/property.ts';
import { checkCodec } from '../test/round-trip.ts';
import { arpHeader, ArpOperation, ArpRecord, decodeArp, encodeArp } from './arp.ts';
import { Drop } from './drop.ts';

const reply = '0001 0800 06 04 0002 020000000001 0a000001 020000000002 0a000002';

test('arp: known bytes both ways', () => {
  const record = Object.assign(new ArpRecord(), {
    operation: ArpOperation.Reply,
    senderMac: 0x0200_0000_0001,
    senderIp: 0x0a000001,
    targetMac: 0x0200_0000_0002,
    targetIp: 0x0a000002,
  });
  const bytes = new Uint8Array(28);
  encodeArp(viewOf(bytes), 0, record);
  assert.equal(toHex(bytes), reply.replaceAll(' ', ''));
  const out = new ArpRecord();
  assert.equal(decodeArp(viewOf(fromHex(reply)), 0, 28, out), Drop.None);
  assert.deepEqual(out, record);
});

test('arp: every record survives the wire', () => {
  checkCodec({
    type: arpHeader,
    records: fc
      .record({
        operation: uint(16),
        senderMac: uint(48),
        senderIp: uint(32),
        targetMac: uint(48),
        targetIp: uint(32),
      })
      .map((values) => Object.assign(new ArpRecord(), values)),
    fresh: () => new ArpRecord(),
    encode: encodeArp,
    decode: decodeArp,
    fields: ({ ...record }) => ({
      ...record,
      hardwareType: 1,
      protocolType: 0x0800,
      hardwareLength: 6,
      protocolLength: 4,
    }),
  });
});

for (const { what, from, to, drop } of [
  { what: 'another hardware type', from: '0001', to: '0006', drop: Drop.Unsupported },
  { what: 'another protocol type', from: '0800', to: '86dd', drop: Drop.Unsupported },
  { what: 'another hardware address length', from: '06 04', to: '08 04', drop: Drop.BadLength },
  { what: 'another protocol address length', from: '06 04', to: '06 10', drop: Drop.BadLength },
]) {
  test(`arp: ${what} is dropped`, () => {
    const bytes = fromHex(reply.replace(from, to));
    assert.equal(decodeArp(viewOf(bytes), 0, bytes.length, new ArpRecord()), drop);
  });
}
