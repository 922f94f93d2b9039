import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyPacking } from './key-packing.ts';

const anyKey = fc
  .array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 6 })
  .chain((widths) =>
    fc.tuple(
      fc.constant(widths),
      fc.tuple(...widths.map((width) => fc.bigInt({ min: 0n, max: (1n << BigInt(width)) - 1n }))),
    ),
  );

test('js keys: what is packed into words is unpacked again', () => {
  const property = fc.property(anyKey, ([widths, key]) => {
    const packing = new KeyPacking(widths);
    const columns = [...packing.pack(key)].map((word) => Int32Array.of(word));
    assert.deepEqual(packing.unpack(columns, 0), key);
  });
  fc.assert(property);
});

test('js keys: a 5-tuple of IPv4 takes four words', () => {
  const packing = new KeyPacking([32, 32, 16, 16, 8]);
  assert.equal(packing.words, 4);
  const [src, dst, ports, protocol] = packing.pack([0x0a000001n, 0x0a000002n, 0x1234n, 0xffffn, 17n]);
  assert.deepEqual([src, dst, ports, protocol], [0x0a000001, 0x0a000002, 0xffff_1234 | 0, 17]);
});
