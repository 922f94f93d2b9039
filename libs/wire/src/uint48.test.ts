import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex, viewOf } from '../test/hex.ts';
import { forAll, uint } from '../test/property.ts';
import { FILL } from '../test/round-trip.ts';
import { getUint48, setUint48, UINT48_MAX } from './uint48.ts';

test('uint48: known values are big-endian in six bytes', () => {
  const bytes = new Uint8Array(8).fill(FILL);
  setUint48(viewOf(bytes), 1, 0x0102_0304_0506);
  assert.equal(toHex(bytes), 'a5010203040506a5');
  setUint48(viewOf(bytes), 1, UINT48_MAX);
  assert.equal(toHex(bytes), 'a5ffffffffffffa5');
});

test('uint48: every value survives being written and read', () => {
  const view = viewOf(new Uint8Array(6));
  forAll(uint(48), (value) => {
    setUint48(view, 0, value);
    assert.equal(getUint48(view, 0), value);
  });
});
