import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FramePool } from '@ballast/base';
import { TraceHash } from './trace-hash.ts';

type Step = readonly [nowNs: number, tag: number, length: number];

function hashOf(...steps: Step[]): string {
  const trace = new TraceHash();
  for (const [nowNs, tag, length] of steps) trace.mix(nowNs, tag, length);
  return trace.toString();
}

const BASE: Step = [1_000, 5, 64];

for (const [difference, step] of [
  ['the time by a nanosecond', [1_001, 5, 64]],
  ['the time by 1/1024 ns', [1_000 + 1 / 1024, 5, 64]],
  ['the time by 2^22 ns, where the fine part wraps', [1_000 + 2 ** 22, 5, 64]],
  ['the time by 100 days', [1_000 + 8.64e15, 5, 64]],
  ['the tag', [1_000, 6, 64]],
  ['the length', [1_000, 5, 65]],
] as const) {
  test(`trace hash: differs when an event differs in ${difference}`, () => {
    assert.notEqual(hashOf(BASE), hashOf(step));
    assert.notEqual(hashOf(BASE, BASE), hashOf(step, BASE));
  });
}

test('trace hash: is 16 hexadecimal digits, equal for equal events and different for another order', () => {
  assert.match(hashOf(), /^[0-9a-f]{16}$/);
  assert.equal(hashOf([1, 2, 3], [4, 5, 6]), hashOf([1, 2, 3], [4, 5, 6]));
  assert.notEqual(hashOf([1, 2, 3], [4, 5, 6]), hashOf([4, 5, 6], [1, 2, 3]));
});

test('trace hash: 100,000 single events give 100,000 hashes', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 100_000; i++) seen.add(hashOf([i * 37, i % 31, 64]));
  assert.equal(seen.size, 100_000);
});

test('trace hash: the strict variant sees one flipped bit', () => {
  const pool = new FramePool(1500);
  const hash = (bytes: Uint8Array): string => {
    const frame = pool.take();
    frame.fill(bytes);
    const trace = new TraceHash();
    trace.mixFrame(frame);
    pool.release(frame);
    return trace.toString();
  };
  const bytes = new Uint8Array(64).fill(0xa5);
  const before = hash(bytes);
  assert.equal(hash(bytes), before);
  bytes[63]! ^= 0x80;
  assert.notEqual(hash(bytes), before);
});
