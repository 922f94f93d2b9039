import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { KeyText, NOT_A_KEY } from './key-text.ts';
import { WorkloadError } from './workload-error.ts';

test('key text: 16 bytes as YCSB writes them', () => {
  const text = new KeyText();
  assert.equal(text.format(123), 'user000000000123');
  assert.equal(text.format(0), 'user000000000000');
  assert.equal(text.format(999_999_999_999), 'user999999999999');
  assert.equal(text.format(1_000_000_001), 'user001000000001');
});

test('key text: writes its bytes at the offset and no others', () => {
  const text = new KeyText();
  const out = new Uint8Array(20).fill(0xa5);
  text.write(42, out, 2);
  assert.deepEqual([...out.subarray(0, 2), ...out.subarray(18)], [0xa5, 0xa5, 0xa5, 0xa5]);
  assert.equal(new TextDecoder().decode(out.subarray(2, 18)), 'user000000000042');
});

test('key text: every form reads back what it wrote', () => {
  const prng = new Prng(17);
  for (const options of [
    {},
    { bytes: 8 },
    { prefix: '', bytes: 15 },
    { prefix: 'k', bytes: 2 },
    { bytes: 13 },
  ]) {
    const text = new KeyText(options);
    const out = new Uint8Array(64).fill(0xa5);
    const indexes = [0, 9, text.capacity - 1];
    for (let i = 0; i < 200; i++) indexes.push(Math.floor(prng.unit() * text.capacity));
    for (const index of indexes) {
      text.write(index, out, 5);
      assert.equal(text.read(out, 5), index);
      assert.equal(text.format(index).length, text.bytes);
    }
  }
});

test('key text: bytes that are no key are told apart', () => {
  const text = new KeyText();
  const read = (characters: string): number => text.read(new TextEncoder().encode(characters), 0);
  assert.equal(read('user000000000007'), 7);
  assert.equal(read('user00000000000'), NOT_A_KEY);
  assert.equal(read('uses000000000007'), NOT_A_KEY);
  assert.equal(read('user00000000000/'), NOT_A_KEY);
  assert.equal(read('user00000000000:'), NOT_A_KEY);
  assert.equal(read(''), NOT_A_KEY);
});

test('key text: an index beyond the digits is a bug, a width without digits is refused', () => {
  const text = new KeyText({ prefix: 'k', bytes: 3 });
  assert.equal(text.capacity, 100);
  assert.throws(() => text.write(100, new Uint8Array(3), 0), /fits the digits/);
  assert.throws(() => new KeyText({ bytes: 4 }), WorkloadError);
  assert.throws(() => new KeyText({ bytes: 20 }), WorkloadError);
});
