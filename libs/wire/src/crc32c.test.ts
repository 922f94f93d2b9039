import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { byteArrays, forAll, uint } from '../test/property.ts';
import { crc32c } from './crc32c.ts';

const ofLength = (length: number, byte: (i: number) => number) =>
  Uint8Array.from({ length }, (_, i) => byte(i));

test('crc32c: the check value and the vectors of RFC 3720 B.4', () => {
  const vectors: [Uint8Array, number][] = [
    [new TextEncoder().encode('123456789'), 0xe3069283],
    [ofLength(32, () => 0), 0x8a9136aa],
    [ofLength(32, () => 0xff), 0x62a8ab43],
    [ofLength(32, (i) => i), 0x46dd794e],
    [ofLength(32, (i) => 31 - i), 0x113fdb5c],
    [new Uint8Array(0), 0],
  ];
  for (const [bytes, crc] of vectors) assert.equal(crc32c(bytes, 0, bytes.length), crc);
});

test('crc32c: any range comes out as bit by bit, whatever stands around it', () => {
  forAll(fc.tuple(byteArrays(0, 40), uint(3)), ([bytes, from]) => {
    const start = Math.min(from, bytes.length);
    assert.equal(crc32c(bytes, start, bytes.length), bitByBit(bytes.subarray(start)));
  });
});

/** The definition: one bit of the message at a time through the reflected polynomial. */
function bitByBit(bytes: Uint8Array): number {
  let state = 0xffff_ffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = ((state ^ (byte >>> bit)) & 1) === 1;
      state = (state >>> 1) ^ (isOdd ? 0x82f6_3b78 : 0);
    }
  }
  return ~state >>> 0;
}
