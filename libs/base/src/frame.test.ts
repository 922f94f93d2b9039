import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame, FramePool, HEADROOM_BYTES } from './frame.ts';

const MTU_BYTES = 1500;

test('frame: filling puts the bytes behind the headroom, and contents gives them back', () => {
  const frame = new Frame(256);
  frame.bytes.fill(0xa5);
  frame.fill(Uint8Array.of(1, 2, 3));
  assert.deepEqual(frame.contents(), Uint8Array.of(1, 2, 3));
  assert.equal(frame.start, HEADROOM_BYTES);
  assert.equal(frame.bytes[HEADROOM_BYTES - 1], 0xa5);
  assert.equal(frame.bytes[HEADROOM_BYTES + 3], 0xa5);
});

test('frame: the view and the bytes are one memory', () => {
  const frame = new Frame(256);
  frame.fill(Uint8Array.of(0x12, 0x34));
  assert.equal(frame.view.getUint16(frame.start), 0x1234);
  frame.view.setUint16(frame.start, 0xabcd);
  assert.deepEqual(frame.contents(), Uint8Array.of(0xab, 0xcd));
});

test('frame: a header added in front uses the headroom and leaves the contents where they are', () => {
  const frame = new Frame(256);
  frame.fill(Uint8Array.of(7, 8));
  frame.start -= 2;
  frame.length += 2;
  frame.view.setUint16(frame.start, 0x0506);
  assert.deepEqual(frame.contents(), Uint8Array.of(5, 6, 7, 8));
});

test('frame: filling beyond the capacity is refused, and exactly to it is not', () => {
  const frame = new Frame(HEADROOM_BYTES + 4);
  frame.fill(new Uint8Array(4));
  assert.throws(() => frame.fill(new Uint8Array(5)), { name: 'AssertionFailure' });
});

test('frame: a copy has the contents at the same offset and shares no memory', () => {
  const source = new Frame(256);
  source.fill(Uint8Array.of(1, 2, 3));
  source.start -= 1;
  source.length += 1;
  const copy = new Frame(256);
  copy.bytes.fill(0xa5);
  copy.copyFrom(source);
  assert.deepEqual(copy.contents(), source.contents());
  assert.equal(copy.start, source.start);
  assert.equal(copy.bytes[copy.start + copy.length], 0xa5);
  source.bytes[source.start + 1] = 99;
  assert.deepEqual(copy.contents(), Uint8Array.of(0, 1, 2, 3));
});

test('frame: reset empties the frame and restores the headroom', () => {
  const frame = new Frame(256);
  frame.fill(Uint8Array.of(1, 2, 3));
  frame.start -= 14;
  frame.reset();
  assert.equal(frame.start, HEADROOM_BYTES);
  assert.equal(frame.length, 0);
});

test('pool: its frames hold the largest packet behind a tagged Ethernet header', () => {
  const frame = new FramePool(MTU_BYTES).take();
  frame.fill(new Uint8Array(18 + MTU_BYTES));
  assert.throws(() => frame.fill(new Uint8Array(19 + MTU_BYTES)), { name: 'AssertionFailure' });
});

test('pool: a released frame is used again, empty', () => {
  const pool = new FramePool(MTU_BYTES);
  const first = pool.take();
  first.fill(Uint8Array.of(1, 2, 3));
  first.start -= 14;
  pool.release(first);
  const second = pool.take();
  assert.equal(second, first);
  assert.equal(second.length, 0);
  assert.equal(second.start, HEADROOM_BYTES);
});

test('pool: frames in use at the same time are different ones', () => {
  const pool = new FramePool(MTU_BYTES);
  const frames = Array.from({ length: 100 }, () => pool.take());
  assert.equal(new Set(frames).size, 100);
});

test('pool: a frame of another capacity is not taken back', () => {
  const pool = new FramePool(MTU_BYTES);
  assert.throws(() => pool.release(new Frame(64)), { name: 'AssertionFailure' });
});

test('pool: inUse counts what was taken or copied and not released', () => {
  const pool = new FramePool(MTU_BYTES);
  const first = pool.take();
  first.fill(Uint8Array.of(1, 2, 3));
  const second = pool.copy(first);
  assert.deepEqual(second.contents(), first.contents());
  assert.equal(pool.inUse, 2);
  pool.release(first);
  pool.release(second);
  assert.equal(pool.inUse, 0);
  pool.take();
  assert.equal(pool.inUse, 1);
});
