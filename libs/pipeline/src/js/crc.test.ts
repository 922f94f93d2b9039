import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { CRC16_INITIAL, crc16Byte, CRC32_INITIAL, crc32Byte } from '@ballast/wire';
import * as crc from './crc.ts';

const STEPS = {
  crc32: {
    initial: CRC32_INITIAL,
    byte: crc32Byte,
    bytes: [crc.crc32Bytes1, crc.crc32Bytes2, crc.crc32Bytes3, crc.crc32Bytes4],
  },
  crc16: {
    initial: CRC16_INITIAL,
    byte: crc16Byte,
    bytes: [crc.crc16Bytes1, crc.crc16Bytes2, crc.crc16Bytes3, crc.crc16Bytes4],
  },
} as const;

for (const [name, { initial, byte, bytes }] of Object.entries(STEPS)) {
  test(`js hashes: ${name} over the bytes of a word is ${name} over one byte after the other`, () => {
    const rng = new Prng(3);
    let atOnce: number = initial;
    let oneByOne: number = initial;
    for (let i = 0; i < 2000; i++) {
      const count = 1 + rng.below(4);
      const word = rng.u32() >>> (32 - 8 * count);
      atOnce = bytes[count - 1]!(atOnce, word);
      for (let at = count - 1; at >= 0; at--) oneByOne = byte(oneByOne, (word >>> (8 * at)) & 0xff);
      assert.equal(atOnce, oneByOne, `${count} bytes of ${word}`);
    }
  });
}
