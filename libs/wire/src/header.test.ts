import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure } from '@ballast/base';
import fc from 'fast-check';
import { toHex } from '../test/hex.ts';
import { byteArrays, forAll, uint } from '../test/property.ts';
import { FILL } from '../test/round-trip.ts';
import * as wire from './index.ts';
import { bits, header, readField, writeField } from './header.ts';

const sample = header('sample', { a: bits(3), b: bits(13), c: bits(1), d: bits(23), e: bits(64) });

test('header: fields lie in declaration order, each after the one before', () => {
  assert.equal(sample.bytes, 13);
  assert.deepEqual(
    sample.layout.map(({ name, width, bitOffset }) => [name, width, bitOffset]),
    [
      ['a', 3, 0],
      ['b', 13, 3],
      ['c', 1, 16],
      ['d', 23, 17],
      ['e', 64, 40],
    ],
  );
  assert.deepEqual(sample.offset, { a: 0, b: 0, c: 2, d: 2, e: 5 });
  assert.equal(sample.fields.d, sample.layout[3]);
});

test('header: a width outside 1 to 64 bits, or a header of broken bytes, is a bug', () => {
  for (const width of [0, -1, 65, 1.5]) assert.throws(() => bits(width), AssertionFailure);
  assert.throws(() => header('odd', { a: bits(7) }), AssertionFailure);
});

test('header: a declaration cannot be changed', () => {
  assert.throws(() => Object.assign(sample.offset, { a: 1 }), TypeError);
  assert.throws(() => Object.assign(sample.fields.a, { width: 1 }), TypeError);
});

test('header: writing a field sets its bits alone, most significant first', () => {
  const bytes = new Uint8Array(13);
  writeField(bytes, 0, sample.fields.b, 0x1fffn);
  assert.equal(toHex(bytes.subarray(0, 3)), '1fff00');
  writeField(bytes, 0, sample.fields.d, 1n);
  assert.equal(toHex(bytes.subarray(2, 6)), '00000100');
  writeField(bytes, 0, sample.fields.c, 1n);
  assert.equal(toHex(bytes.subarray(2, 6)), '80000100');
});

test('header: what is written is read, at any offset, and every other bit stays', () => {
  const fields = fc.constantFrom(...sample.layout);
  forAll(fc.tuple(fields, byteArrays(24, 24), uint(3), fc.bigInt(0n, (1n << 64n) - 1n)), (drawn) => {
    const [field, before, base, wide] = drawn;
    const value = wide & ((1n << BigInt(field.width)) - 1n);
    const bytes = before.slice();
    writeField(bytes, base, field, value);
    assert.equal(readField(bytes, base, field), value);
    writeField(bytes, base, field, readField(before, base, field));
    assert.deepEqual(bytes, before);
  });
});

test('header: bits above the width of a field are not written', () => {
  const bytes = new Uint8Array(2).fill(FILL);
  const narrow = header('narrow', { before: bits(4), value: bits(4), after: bits(8) });
  writeField(bytes, 0, narrow.fields.value, 0xf3n);
  assert.equal(toHex(bytes), 'a3a5');
});

test('header: the declared protocols have the sizes that their specifications give', () => {
  const sizes = Object.values(wire)
    .filter((value) => typeof value === 'object' && 'layout' in value && 'bytes' in value)
    .map(({ name, bytes }) => [name, bytes] as const)
    .filter(([name]) => name !== 'pegasus'); // Its size is ours to change.
  assert.deepEqual(Object.fromEntries(sizes), {
    arp: 28,
    ethernet: 14,
    gue: 4,
    icmp: 8,
    icmpv6: 8,
    ipv4: 20,
    ipv6: 40,
    tcp: 20,
    udp: 8,
    vlan: 4,
    vxlan: 8,
  });
});
