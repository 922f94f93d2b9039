import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Drop } from '../src/drop.ts';
import { type HeaderType, readField } from '../src/header.ts';
import { viewOf } from './hex.ts';
import { byteArrays, forAll, uint } from './property.ts';

/** What buffers hold before an encoder writes: neither 0 nor a likely value, so a forgotten byte shows. */
export const FILL = 0xa5;

export interface Codec<R extends object> {
  readonly type: HeaderType;
  readonly records: fc.Arbitrary<R>;
  fresh(): R;
  encode(view: DataView, base: number, record: R): void;
  decode(view: DataView, base: number, length: number, out: R): Drop;
  /** What every declared field, but a checksum, must hold once the record is encoded. */
  fields(record: R): Readonly<Record<string, number | bigint>>;
  /** Header with options; default: the declared bytes. */
  headerBytes?(record: R): number;
  /** What follows the header and a checksum may cover; default: nothing. */
  payloadBytes?(record: R): number;
}

/**
 * What holds of every codec, for any record at any offset:
 * the encoder writes each declared field as the declaration says and no byte beside the header; the decoder
 * gives the record back, whatever `out` held before; fewer bytes than the header are Truncated; and no bytes
 * at all make the decoder throw or read beyond them.
 */
export function checkCodec<R extends object>(codec: Codec<R>): void {
  checkRoundTrip(codec);
  forAll(byteArrays(0, 80), (bytes) => {
    codec.decode(viewOf(bytes), 0, bytes.length, codec.fresh());
  });
}

function checkRoundTrip<R extends object>(codec: Codec<R>): void {
  forAll(fc.tuple(codec.records, codec.records, uint(3)), ([record, stale, base]) => {
    const headerBytes = codec.headerBytes?.(record) ?? codec.type.bytes;
    const length = headerBytes + (codec.payloadBytes?.(record) ?? 0);
    const bytes = new Uint8Array(base + length + 8).fill(FILL);
    codec.encode(viewOf(bytes), base, record);

    const around = [...bytes.subarray(0, base), ...bytes.subarray(base + headerBytes)];
    assert.ok(
      around.every((byte) => byte === FILL),
      'only the header is written',
    );
    const expected = codec.fields(record);
    for (const field of codec.type.layout) {
      if (field.name === 'checksum') continue;
      assert.equal(readField(bytes, base, field), BigInt(expected[field.name] ?? -1), field.name);
    }
    const out = Object.assign(codec.fresh(), stale);
    assert.equal(codec.decode(viewOf(bytes), base, length, out), Drop.None);
    assert.deepEqual(out, record);
    for (let cut = 0; cut < codec.type.bytes; cut++) {
      assert.equal(codec.decode(viewOf(bytes), base, cut, codec.fresh()), Drop.Truncated);
    }
  });
}

/** Flips one bit of [0, end) at a time, and expects the decoder to refuse each time, as a checksum must. */
export function checkEveryBitFlip(bytes: Uint8Array, end: number, decode: (view: DataView) => Drop): void {
  assert.equal(decode(viewOf(bytes)), Drop.None);
  for (let bit = 0; bit < end * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >>> 3]! ^= 0x80 >>> (bit & 7);
    assert.notEqual(decode(viewOf(flipped)), Drop.None, `bit ${bit}`);
  }
}
