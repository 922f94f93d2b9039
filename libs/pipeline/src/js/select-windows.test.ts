import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { bits, header, ipv4Header, readField } from '@ballast/wire';
import type { ParserState, SelectValue } from '../parser-graph.ts';
import { type Window, windowsOf } from './select-windows.ts';

function matchesByWindows(windows: readonly Window[], bytes: Uint8Array, position: number): boolean {
  return windows.every(({ byteOffset, bytes: count, tests }) => {
    assert.ok(byteOffset >= 0 && byteOffset + count <= bytes.length, 'a window lies in its header');
    const word = bytes.subarray(byteOffset, byteOffset + count).reduce((w, b) => w * 256 + b, 0);
    const { mask, value } = tests[position]!;
    return (word & mask) >>> 0 === value;
  });
}

function matchesByField(match: SelectValue, value: bigint): boolean {
  if (typeof match !== 'object') return BigInt(match) === value;
  return (value & BigInt(match.mask)) === (BigInt(match.value) & BigInt(match.mask));
}

test('js parser: masked loads decide a select as its fields do', () => {
  const rng = new Prng(7);
  for (let round = 0; round < 300; round++) {
    const widths = Array.from({ length: 1 + rng.below(5) }, () => 1 + rng.below(rng.chance(0.2) ? 64 : 20));
    const filling = (8 - (widths.reduce((a, b) => a + b) % 8)) % 8;
    if (filling > 0) widths.push(filling);
    const type = header('random', Object.fromEntries(widths.map((width, i) => [`f${i}`, bits(width)])));
    const fields = type.layout.filter(() => rng.chance(0.6)).slice(0, 4);
    if (fields.length === 0) continue;
    const randomBits = (width: number): bigint =>
      ((BigInt(rng.u32()) << 32n) | BigInt(rng.u32())) & ((1n << BigInt(width)) - 1n);
    const contents = Array.from({ length: 8 }, () =>
      Uint8Array.from({ length: type.bytes }, () => rng.below(256)),
    );
    const cases = contents.slice(0, 4).map((bytes) => ({
      match: fields.map((field): SelectValue => {
        // Of the real contents, so that cases match.
        const value = readField(bytes, 0, field);
        return rng.chance(0.5) ? value : { value, mask: rng.chance(0.3) ? 0n : randomBits(field.width) };
      }),
      next: 'next',
    }));
    const state: ParserState = { header: 'h', on: fields.map((f) => `h.${f.name}`), cases, otherwise: null };
    const windows = windowsOf(state, { h: type });
    for (const bytes of contents) {
      cases.forEach(({ match }, position) => {
        const expected = fields.every((field, i) => matchesByField(match[i]!, readField(bytes, 0, field)));
        assert.equal(matchesByWindows(windows, bytes, position), expected);
      });
    }
  }
});

test('js parser: version, IHL, fragment offset and protocol of IPv4 are two loads', () => {
  const on = ['ipv4.version', 'ipv4.ihl', 'ipv4.fragmentOffset', 'ipv4.protocol'];
  const state: ParserState = {
    header: 'ipv4',
    on,
    cases: [{ match: [4, 5, 0, 17], next: 'udp' }],
    otherwise: null,
  };
  assert.deepEqual(windowsOf(state, { ipv4: ipv4Header }), [
    { header: 'ipv4', byteOffset: 0, bytes: 1, tests: [{ mask: 0xff, value: 0x45 }] },
    { header: 'ipv4', byteOffset: 6, bytes: 4, tests: [{ mask: 0x1fff_00ff, value: 17 }] },
  ]);
});
