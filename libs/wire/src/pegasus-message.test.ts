import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { viewOf } from '../test/hex.ts';
import { uint } from '../test/property.ts';
import { checkCodec } from '../test/round-trip.ts';
import { Drop } from './drop.ts';
import { writeField } from './header.ts';
import { PEGASUS_FORMAT, PEGASUS_MAGIC, pegasusHeader, PegasusOp } from './pegasus-header.ts';
import { decodePegasus, encodePegasus, isPegasusOp, PegasusRecord } from './pegasus-message.ts';

const ops = Object.values(PegasusOp);

const records: fc.Arbitrary<PegasusRecord> = fc
  .record({
    op: fc.constantFrom(...ops),
    flags: uint(8),
    status: uint(8),
    epoch: uint(16),
    server: uint(8),
    target: uint(8),
    load: uint(16),
    serverIncarnation: uint(16),
    keyLength: uint(6),
    window: uint(16),
    generation: uint(32),
    clientId: uint(32),
    requestIdHi: uint(32),
    requestIdLo: uint(32),
    keyHashHi: uint(32),
    keyHashLo: uint(32),
    versionIncarnation: uint(16),
    versionCounter: uint(48),
  })
  .map((values) => Object.assign(new PegasusRecord(), values));

function joined(hi: number, lo: number, loBits: bigint): bigint {
  return (BigInt(hi) << loBits) | BigInt(lo);
}

test('pegasus message: every record survives the wire, field by field as declared', () => {
  checkCodec({
    type: pegasusHeader,
    records,
    fresh: () => new PegasusRecord(),
    encode: encodePegasus,
    decode: decodePegasus,
    fields: ({ ...record }) => ({
      ...record,
      magic: PEGASUS_MAGIC,
      format: PEGASUS_FORMAT,
      requestId: joined(record.requestIdHi, record.requestIdLo, 32n),
      keyHash: joined(record.keyHashHi, record.keyHashLo, 32n),
      version: joined(record.versionIncarnation, record.versionCounter, 48n),
    }),
    payloadBytes: (record) => record.keyLength,
  });
});

/** A message without a key, with one field set to another value. */
function altered(field: 'magic' | 'format' | 'op' | 'keyLength', value: number): Drop {
  const bytes = new Uint8Array(pegasusHeader.bytes);
  encodePegasus(viewOf(bytes), 0, new PegasusRecord());
  writeField(bytes, 0, pegasusHeader.fields[field], BigInt(value));
  return decodePegasus(viewOf(bytes), 0, bytes.length, new PegasusRecord());
}

test('pegasus message: another magic or format is dropped', () => {
  assert.equal(altered('magic', PEGASUS_MAGIC + 1), Drop.BadVersion);
  assert.equal(altered('format', PEGASUS_FORMAT + 1), Drop.BadVersion);
});

test('pegasus message: the operations are those declared, and no others', () => {
  for (let op = 0; op < 256; op++) {
    const isKnown = (ops as readonly number[]).includes(op);
    assert.equal(altered('op', op), isKnown ? Drop.None : Drop.UnknownOp);
    assert.equal(isPegasusOp(op), isKnown);
  }
});

test('pegasus message: a key longer than the message is dropped', () => {
  assert.equal(altered('keyLength', 0), Drop.None);
  assert.equal(altered('keyLength', 1), Drop.BadLength);
});
