import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame, HEADROOM_BYTES, Prng } from '@ballast/base';
import { bits, header } from '@ballast/wire';
import { program } from '../builder.ts';
import type { Program } from '../ir.ts';
import { packetFormat } from '../parser-graph.ts';
import { Outcome } from '../target.ts';
import { jsTarget } from './js-target.ts';

/** Extracted headers in the order of the packet, of lengths that are no multiples of a word. */
const EXTRACTED = { a: 11, b: 5, c: 20, d: 3 } as const;
/** Pushed headers: the one that each stands before, and what is in it. */
const ADDED = {
  x: { before: 'a', bytes: 7 },
  y: { before: 'b', bytes: 4 },
  z: { before: 'd', bytes: 9 },
} as const;
const ORDER = ['x', 'a', 'y', 'b', 'c', 'z', 'd'] as const;

/** Headers of `bytes` bytes: their first four bits, and the others in fields of odd widths. */
function opaque(name: string, bytes: number) {
  const rest = 8 * bytes - 4;
  const tail = Math.max(0, rest - 60);
  return header(name, {
    mark: bits(4),
    body: bits(Math.min(rest, 60)),
    ...(tail > 0 ? { tail: bits(Math.min(tail, 64)) } : {}),
    ...(tail > 64 ? { end: bits(tail - 64) } : {}),
  });
}

const format = packetFormat(
  'shapes',
  {
    a: opaque('a', EXTRACTED.a),
    b: opaque('b', EXTRACTED.b),
    c: opaque('c', EXTRACTED.c),
    d: opaque('d', EXTRACTED.d),
  },
  'a',
  { a: { otherwise: 'b' }, b: { otherwise: 'c' }, c: { otherwise: 'd' } },
);

const MARKS = { x: 1, y: 2, z: 3 } as const;

/** Pops and pushes what the bits of the ingress port say, in the order of ORDER. */
function reshape(kinds: readonly ('push' | 'pop')[]): Program {
  return program('reshape', (p) => {
    const extracted = p.parse(format);
    const added = {
      x: p.added('x', opaque('x', ADDED.x.bytes), { before: ADDED.x.before }),
      y: p.added('y', opaque('y', ADDED.y.bytes), { before: ADDED.y.before }),
      z: p.added('z', opaque('z', ADDED.z.bytes), { before: ADDED.z.before }),
    };
    p.ingress(() => {
      ORDER.forEach((name, i) => {
        const isWanted = p.ingressPort.slice(i, i).eq(1);
        if (name === 'x' || name === 'y' || name === 'z') {
          if (!kinds.includes('push')) return;
          p.when(isWanted, () => {
            p.push(added[name]);
            added[name].mark.set(MARKS[name]);
            added[name].body.set(0xabcd);
          });
        } else if (kinds.includes('pop')) {
          p.when(isWanted.and(extracted[name].isValid()), () => p.pop(extracted[name]));
        }
      });
      p.forward(0);
    });
  });
}

/** The packet that leaves, made of the slices of the one that came. */
function expectedBytes(contents: Uint8Array, port: number, kinds: readonly ('push' | 'pop')[]): Uint8Array {
  const out: number[] = [];
  let at = 0;
  let isParsing = true;
  ORDER.forEach((name, i) => {
    const isWanted = ((port >> i) & 1) === 1;
    if (name === 'x' || name === 'y' || name === 'z') {
      if (!isWanted || !kinds.includes('push')) return;
      const pushed = new Uint8Array(ADDED[name].bytes);
      pushed[0] = MARKS[name] << 4;
      // The body's last bit: that of byte 7, or of the header's end.
      const end = Math.min(8, ADDED[name].bytes);
      pushed[end - 2] = 0xab;
      pushed[end - 1] = 0xcd;
      out.push(...pushed);
      return;
    }
    isParsing &&= at + EXTRACTED[name] <= contents.length;
    if (!isParsing) return;
    const isPopped = isWanted && kinds.includes('pop');
    if (!isPopped) out.push(...contents.subarray(at, at + EXTRACTED[name]));
    at += EXTRACTED[name];
  });
  return Uint8Array.from([...out, ...contents.subarray(at)]);
}

for (const kinds of [['push'], ['pop'], ['push', 'pop']] as const) {
  test(`js deparser: all combinations of headers to ${kinds.join(' and ')}, in frames of any length`, () => {
    const instance = jsTarget.load(reshape(kinds));
    const rng = new Prng(kinds.length);
    for (const length of [14, 15, 16, 35, 36, 37, 38, 39, 40, 100]) {
      for (let port = 0; port < 2 ** ORDER.length; port++) {
        const contents = Uint8Array.from({ length }, () => rng.below(256));
        const frame = new Frame(HEADROOM_BYTES + 256);
        frame.bytes.fill(0xa5);
        frame.fill(contents);
        assert.equal(instance.process(frame, port, 0), Outcome.Forward);
        assert.deepEqual(
          frame.contents(),
          expectedBytes(contents, port, kinds),
          `${length} bytes, port ${port}`,
        );
      }
    }
  });
}

test('js deparser: without headroom a push is a broken invariant, not a corrupt frame', () => {
  const frame = new Frame(256);
  frame.fill(new Uint8Array(60));
  frame.start = 3;
  assert.throws(() => jsTarget.load(reshape(['push'])).process(frame, 1, 0), /headroom/);
});
