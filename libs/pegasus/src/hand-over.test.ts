import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeHandOver,
  encodeHandOver,
  type HandOver,
  joinParts,
  mergeHandOvers,
  PART_BYTES_MAX,
  partAt,
  partsOf,
} from './hand-over.ts';

const id = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u48 = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const item = fc.record({
  incarnation: u16,
  counter: u48,
  value: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null }),
});
const handOver: fc.Arbitrary<HandOver> = fc.record({
  watermarks: fc.array(fc.tuple(u32, id), { maxLength: 90 }),
  requests: fc.array(
    fc.record({ clientId: u32, requestId: id, hashHi: u32, hashLo: u32, incarnation: u16, counter: u48 }),
    {
      maxLength: 90,
    },
  ),
  item: fc.option(item, { nil: null }),
});

test('hand-over: what is encoded, cut into parts and joined decodes to the same', () => {
  fc.assert(
    fc.property(handOver, (given) => {
      const bytes = encodeHandOver(given);
      const parts = Array.from({ length: partsOf(bytes) }, (_, i) => partAt(bytes, i));
      assert.ok(parts.every((part) => part.length <= PART_BYTES_MAX));
      // fast-check makes records without a prototype.
      assert.deepEqual(decodeHandOver(joinParts(parts)), structuredClone(given));
    }),
    { numRuns: 200, seed: 13 },
  );
});

test('hand-over: every truncation is refused, none is read past its end', () => {
  const given: HandOver = {
    watermarks: [[1, 7]],
    requests: [{ clientId: 1, requestId: 9, hashHi: 7, hashLo: 8, incarnation: 1, counter: 5 }],
    item: { incarnation: 1, counter: 5, value: Uint8Array.of(1, 2, 3) },
  };
  const bytes = encodeHandOver(given);
  for (let length = 0; length < bytes.length; length++)
    assert.equal(decodeHandOver(bytes.subarray(0, length)), null);
});

test('hand-over: arbitrary bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeHandOver(bytes)),
    { numRuns: 500, seed: 14 },
  );
});

test('hand-over: a merge keeps the newest item, the largest watermarks and every request once', () => {
  const request = { clientId: 1, requestId: 4, hashHi: 7, hashLo: 8, incarnation: 1, counter: 8 };
  const old: HandOver = {
    watermarks: [[1, 3]],
    requests: [request],
    item: { incarnation: 1, counter: 8, value: Uint8Array.of(1) },
  };
  const fresh: HandOver = {
    watermarks: [
      [1, 2],
      [2, 9],
    ],
    requests: [request, { ...request, requestId: 5 }],
    item: { incarnation: 2, counter: 1, value: null },
  };
  for (const order of [
    [old, fresh],
    [fresh, old],
  ]) {
    const merged = mergeHandOvers(order);
    assert.deepEqual(
      new Map(merged.watermarks),
      new Map([
        [1, 3],
        [2, 9],
      ]),
    );
    assert.deepEqual(merged.requests.map((r) => r.requestId).sort(), [4, 5]);
    assert.deepEqual(merged.item, fresh.item);
  }
});
