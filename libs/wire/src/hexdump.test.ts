import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../test/hex.ts';
import { hexdump } from './hexdump.ts';

test('hexdump: sixteen bytes a line, in pairs, with printable ASCII', () => {
  const bytes = fromHex('4500 0021 0000 4000 4011 26ca 0a00 0001 7e20 1f7f ff');
  assert.equal(
    hexdump(bytes),
    '0x0000:  4500 0021 0000 4000 4011 26ca 0a00 0001  E..!..@.@.&.....\n' +
      '0x0010:  7e20 1f7f ff                             ~ ...',
  );
});

test('hexdump: of nothing there is nothing', () => {
  assert.equal(hexdump(new Uint8Array(0)), '');
});
