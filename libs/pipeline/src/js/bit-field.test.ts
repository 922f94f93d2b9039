import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { readField, writeField } from '@ballast/wire';
import { readBits, writeBits } from './bit-field.ts';
import { primary } from './word.ts';

const PLACE = { base: 'start', offset: 3 };
const BYTES_MAX = 9;

/** Every range of at most 32 bits in a header of the given length. */
function* rangesIn(bytes: number): Generator<{ bitOffset: number; width: number }> {
  for (let bitOffset = 0; bitOffset < 8 * bytes; bitOffset++) {
    for (let width = 1; width <= Math.min(32, 8 * bytes - bitOffset); width++) yield { bitOffset, width };
  }
}

/** A view of the header alone, so that nothing beside it can be touched unnoticed. */
function headerOf(bytes: number, rng: Prng): { array: Uint8Array; view: DataView; start: number } {
  const array = Uint8Array.from({ length: bytes }, () => rng.below(256));
  return { array, view: new DataView(array.buffer), start: -PLACE.offset };
}

/* eslint-disable @typescript-eslint/no-implied-eval -- the text is what is tested */

test('js bit fields: every range is read as the codec reads it, from bytes of the header alone', () => {
  const rng = new Prng(1);
  for (let bytes = 1; bytes <= BYTES_MAX; bytes++) {
    for (const range of rangesIn(bytes)) {
      const { array, view, start } = headerOf(bytes, rng);
      const { text } = readBits(PLACE, range, bytes);
      const read = new Function('view', 'start', `return ${text};`) as (
        view: DataView,
        start: number,
      ) => number;
      const expected = readField(array, 0, { name: 'field', ...range });
      assert.equal(
        BigInt(read(view, start)),
        expected,
        `${JSON.stringify(range)} of ${bytes} bytes: ${text}`,
      );
    }
  }
});

test('js bit fields: every range is written as the codec writes it, with its neighbours kept', () => {
  const rng = new Prng(2);
  for (let bytes = 1; bytes <= BYTES_MAX; bytes++) {
    for (const range of rangesIn(bytes)) {
      const { array, view, start } = headerOf(bytes, rng);
      const value = rng.u32();
      const expected = array.slice();
      writeField(expected, 0, { name: 'field', ...range }, BigInt(value));
      // Bits above the width are there on purpose: a value is right in its own bits only.
      const text = writeBits(PLACE, range, primary('value', 0xffff_ffff)).join('\n');
      const write = new Function('view', 'start', 'value', text) as (
        view: DataView,
        start: number,
        value: number,
      ) => void;
      write(view, start, value);
      assert.deepEqual(array, expected, `${JSON.stringify(range)} of ${bytes} bytes: ${text}`);
    }
  }
});

test('js bit fields: aligned fields are one access', () => {
  assert.equal(readBits(PLACE, { bitOffset: 32, width: 32 }, 8).text, 'view.getUint32(start + 7)');
  assert.deepEqual(writeBits(PLACE, { bitOffset: 16, width: 16 }, primary('x', 0xffff)), [
    'view.setUint16(start + 5, x);',
  ]);
});
