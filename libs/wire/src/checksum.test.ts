import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, viewOf } from '../test/hex.ts';
import { byteArrays, forAll, uint } from '../test/property.ts';
import {
  addressSumV4,
  addressSumV6,
  adjustChecksum16,
  adjustChecksum32,
  adjustUdpChecksum16,
  adjustUdpChecksum32,
  finishChecksum,
  finishUdpChecksum,
  foldSum,
  isSumValid,
  SUM_BYTES_MAX,
  sumWords,
} from './checksum.ts';

/** RFC 1071 §1 as it is written: 16-bit words, one at a time, end-around carry after each. */
function referenceSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

function sumOf(bytes: Uint8Array): number {
  return sumWords(viewOf(bytes), 0, bytes.length);
}

test('checksum: the example of RFC 1071 section 3', () => {
  assert.equal(sumOf(fromHex('0001 f203 f4f5 f6f7')), 0xddf2);
});

test('checksum: an IPv4 header with its checksum field 0', () => {
  const header = fromHex('4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7');
  assert.equal(finishChecksum(sumOf(header)), 0xb861);
});

test('checksum: any range of any bytes sums as RFC 1071 defines it', () => {
  forAll(fc.tuple(byteArrays(0, 70), uint(3)), ([bytes, start]) => {
    const begin = Math.min(start, bytes.length);
    const expected = referenceSum(bytes.subarray(begin));
    assert.equal(sumWords(viewOf(bytes), begin, bytes.length), expected);
  });
});

test('checksum: an odd last byte is the upper half of a word', () => {
  for (const length of [1, 3, 5, 7]) {
    const bytes = new Uint8Array(length);
    bytes[length - 1] = 0x12;
    assert.equal(sumOf(bytes), 0x1200, `${length} bytes`);
  }
});

test('checksum: the longest range of the largest bytes does not overflow', () => {
  assert.equal(sumOf(new Uint8Array(SUM_BYTES_MAX).fill(0xff)), 0xffff);
  assert.equal(sumOf(new Uint8Array(SUM_BYTES_MAX - 1).fill(0xff)), referenceSum(fromHex('ff00')));
});

test('checksum: sums of parts add up to the sum of the whole', () => {
  forAll(fc.tuple(byteArrays(0, 64), uint(5)), ([bytes, words]) => {
    const cut = Math.min(2 * words, bytes.length & ~1);
    const view = viewOf(bytes);
    assert.equal(foldSum(sumWords(view, 0, cut) + sumWords(view, cut, bytes.length)), sumOf(bytes));
  });
});

test('checksum: folding carries twice where it must', () => {
  assert.equal(foldSum(0x1_ffff), 1);
  assert.equal(foldSum(0xffff_ffff), 0xffff);
  assert.equal(foldSum(0), 0);
});

test('checksum: a sum over the range with its checksum filled in is valid, another is not', () => {
  assert.equal(isSumValid(sumOf(fromHex('4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7'))), true);
  assert.equal(isSumValid(sumOf(fromHex('4500 0073 0000 4000 4011 b862 c0a8 0001 c0a8 00c7'))), false);
});

test('checksum: the addresses of both IP versions enter the pseudo header, and nothing around them', () => {
  const ipv4 = viewOf(fromHex('ffff'.repeat(6) + '0102 0304 0506 0708' + 'ffff'));
  assert.equal(addressSumV4(ipv4, 0), 0x0102 + 0x0304 + 0x0506 + 0x0708);
  const ipv6 = viewOf(fromHex('ffff'.repeat(5) + '0001'.repeat(8) + '0200'.repeat(8) + 'ffff'));
  assert.equal(addressSumV6(ipv6, 2), 8 * 0x0001 + 8 * 0x0200);
});

test('checksum: UDP sends a computed 0 as all ones, other protocols as 0', () => {
  assert.equal(finishUdpChecksum(0xffff), 0xffff);
  assert.equal(finishChecksum(0xffff), 0);
  assert.equal(finishUdpChecksum(0x1234), 0xedcb);
});

test('checksum: the example of RFC 1624 section 4 comes out as +0', () => {
  assert.equal(adjustChecksum16(0xdd2f, 0x5555, 0x3285), 0x0000);
});

test('checksum: adjusting equals summing anew, for 16 and 32 bits', () => {
  const drawn = fc.tuple(byteArrays(40, 40), uint(4), uint(16), uint(32));
  forAll(drawn, ([bytes, word, after16, after32]) => {
    bytes[39] = 1; // Never all zeros, where +0 and -0 differ and no real header is.
    const view = viewOf(bytes);
    const at = 2 * word;
    const original = finishChecksum(sumOf(bytes));
    const before16 = view.getUint16(at);
    view.setUint16(at, after16);
    assert.equal(adjustChecksum16(original, before16, after16), finishChecksum(sumOf(bytes)));
    view.setUint16(at, before16);
    const before32 = view.getUint32(at);
    view.setUint32(at, after32);
    assert.equal(adjustChecksum32(original, before32, after32), finishChecksum(sumOf(bytes)));
  });
});

test('checksum: adjusting keeps a wrong checksum wrong by the same amount', () => {
  const right = adjustChecksum16(0x1111, 0x0a0b, 0x0c0d);
  const wrong = adjustChecksum16(0x1111 + 5, 0x0a0b, 0x0c0d);
  assert.equal(wrong - right, 5);
});

test('checksum: adjusting UDP keeps "none" none and never makes it', () => {
  assert.equal(adjustUdpChecksum16(0, 0x1234, 0x5678), 0);
  assert.equal(adjustUdpChecksum32(0, 0x1234_5678, 0x5678_1234), 0);
  assert.equal(adjustUdpChecksum16(0xdd2f, 0x5555, 0x3285), 0xffff);
  assert.equal(adjustUdpChecksum32(0xdd2f, 0x5555_0000, 0x3285_0000), 0xffff);
  assert.equal(adjustUdpChecksum16(0xdd2f, 0x5555, 0x3286), 0xfffe);
  assert.equal(adjustUdpChecksum32(0xdd2f, 0x5555, 0x3286), 0xfffe);
});
