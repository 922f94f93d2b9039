import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure } from '@ballast/base';
import { fromHex, toHex, viewOf } from '../test/hex.ts';
import { byteArrays, forAll } from '../test/property.ts';
import { FILL } from '../test/round-trip.ts';
import { tcpOptionSets } from '../test/tcp-option-sets.ts';
import { Drop } from './drop.ts';
import { decodeTcpOptions, encodeTcpOptions, TcpOptions, tcpOptionsBytes } from './tcp-options.ts';

function decode(hex: string): { drop: Drop; options: TcpOptions } {
  const bytes = fromHex(hex);
  const options = new TcpOptions();
  return { drop: decodeTcpOptions(viewOf(bytes), 0, bytes.length, options), options };
}

test('tcp options: those of a Linux SYN', () => {
  // As Linux sends them: MSS 1460, SACK permitted, timestamps, a no-operation, window scale 7.
  const { drop, options } = decode('0204 05b4 0402 080a 0000 0bb8 0000 0000 01 0303 07');
  assert.equal(drop, Drop.None);
  const expected = Object.assign(new TcpOptions(), {
    mss: 1_460,
    windowScale: 7,
    isSackPermitted: true,
    hasTimestamps: true,
    timestampValue: 3_000,
  });
  assert.deepEqual(options, expected);
});

test('tcp options: known bytes of an acknowledgement with SACK blocks', () => {
  const options = Object.assign(new TcpOptions(), { sackBlockCount: 2 });
  options.sackEdges.set([0xffff_ff00, 0x10, 0x20, 0x30]);
  const bytes = new Uint8Array(24).fill(FILL);
  assert.equal(encodeTcpOptions(viewOf(bytes), 0, options), 20);
  assert.equal(
    toHex(bytes),
    '0101' + '0512' + 'ffffff00' + '00000010' + '00000020' + '00000030' + 'a5a5a5a5',
  );
});

test('tcp options: every set survives the wire, in as many bytes as announced', () => {
  forAll(tcpOptionSets, (options) => {
    const bytes = new Uint8Array(48).fill(FILL);
    const length = encodeTcpOptions(viewOf(bytes), 4, options);
    assert.equal(length, tcpOptionsBytes(options));
    assert.equal(length % 4, 0);
    assert.ok([...bytes.subarray(0, 4), ...bytes.subarray(4 + length)].every((byte) => byte === FILL));
    const out = new TcpOptions();
    assert.equal(decodeTcpOptions(viewOf(bytes), 4, 4 + length, out), Drop.None);
    assert.deepEqual(out, options);
  });
});

test('tcp options: more than 40 bytes are a bug of the caller', () => {
  const options = Object.assign(new TcpOptions(), { hasTimestamps: true, sackBlockCount: 4 });
  const view = viewOf(new Uint8Array(60));
  assert.throws(() => encodeTcpOptions(view, 0, options), AssertionFailure);
  assert.equal(encodeTcpOptions(view, 0, Object.assign(options, { sackBlockCount: 3 })), 40);
});

test('tcp options: decoding forgets what the record held before', () => {
  const options = decode('0204 05b4 0303 07 0402 080a 0000 0001 0000 0002 01').options;
  options.sackBlockCount = 1;
  assert.equal(decodeTcpOptions(viewOf(fromHex('01')), 0, 1, options), Drop.None);
  assert.deepEqual(options, new TcpOptions());
});

test('tcp options: an unknown kind is skipped by its length', () => {
  const { drop, options } = decode('fe05 aabbcc 0204 0400');
  assert.equal(drop, Drop.None);
  assert.equal(options.mss, 0x400);
});

test('tcp options: nothing counts behind the end of the list', () => {
  const { drop, options } = decode('00 0204 0400 ff');
  assert.equal(drop, Drop.None);
  assert.equal(options.mss, 0);
});

test('tcp options: a window scale above 14 is read as 14', () => {
  assert.equal(decode('0303 0f').options.windowScale, 14);
  assert.equal(decode('0303 0e').options.windowScale, 14);
  assert.equal(decode('0303 0d').options.windowScale, 13);
});

for (const { what, hex } of [
  { what: 'a kind without its length', hex: '0101 02' },
  { what: 'a length of 0', hex: 'fe00 0000' },
  { what: 'a length of 1', hex: 'fe01 0000' },
  { what: 'a length beyond the header', hex: 'fe05 0000' },
  { what: 'MSS of 3 bytes', hex: '0203 04' },
  { what: 'window scale of 4 bytes', hex: '0304 0101' },
  { what: 'SACK permitted of 3 bytes', hex: '0403 01' },
  { what: 'timestamps of 6 bytes', hex: '0806 0000 0001' },
  { what: 'SACK without a block', hex: '0502' },
  { what: 'SACK with half a block', hex: '0506 0000 0001' },
  { what: 'SACK with five blocks', hex: `052a ${'00'.repeat(40)}` },
]) {
  test(`tcp options: ${what} is bad`, () => {
    assert.equal(decode(hex).drop, Drop.BadOption);
  });
}

test('tcp options: no bytes make the decoder throw or read beyond them', () => {
  forAll(
    byteArrays(0, 40),
    (bytes) => {
      const drop = decodeTcpOptions(viewOf(bytes), 0, bytes.length, new TcpOptions());
      assert.ok(drop === Drop.None || drop === Drop.BadOption);
    },
    2_000,
  );
});
