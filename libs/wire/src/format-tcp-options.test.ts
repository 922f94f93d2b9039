import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../test/hex.ts';
import { byteArrays, forAll } from '../test/property.ts';
import { formatTcpOptions } from './format-tcp-options.ts';

for (const { hex, text } of [
  { hex: '', text: '' },
  { hex: '0204 05b4 0103 0307', text: 'mss 1460,nop,wscale 7' },
  { hex: '0402 080a ffffffff 00000002', text: 'sackOK,TS val 4294967295 ecr 2' },
  { hex: '0512 00000001 00000002 00000003 00000004', text: 'sack 2 {1:2}{3:4}' },
  { hex: '01 fe05 aabbcc 00 ff', text: 'nop,unknown-254 0xaabbcc,eol' },
  { hex: '0203 05', text: 'bad option 2 of length 3' },
  { hex: '0502', text: 'bad option 5 of length 2' },
  { hex: '01 0806 0000', text: 'nop,bad option 8 of length 6' },
  { hex: 'fe01', text: 'bad option 254 of length 1' },
  { hex: '02', text: 'bad option 2 of length 0' },
]) {
  test(`format TCP options: ${hex === '' ? 'none' : hex} reads '${text}'`, () => {
    assert.equal(formatTcpOptions(fromHex(hex)), text);
  });
}

test('format TCP options: no bytes make it throw', () => {
  forAll(byteArrays(0, 40), (bytes) => {
    formatTcpOptions(bytes);
  });
});
