import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { LINE_BYTES_MAX, LineSplitter } from './line-splitter.ts';
import { TraceError } from './trace-error.ts';

function split(chunks: Iterable<Uint8Array>): string[] {
  const splitter = new LineSplitter();
  const lines: string[] = [];
  const drain = (): void => {
    while (splitter.next()) {
      lines.push(new TextDecoder().decode(splitter.bytes.subarray(splitter.start, splitter.end)));
      assert.equal(splitter.line, lines.length);
    }
  };
  for (const chunk of chunks) {
    splitter.feed(chunk);
    drain();
  }
  splitter.finish();
  drain();
  return lines;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

for (const { name, text, lines } of [
  { name: 'nothing', text: '', lines: [] },
  { name: 'one line', text: 'a\n', lines: ['a'] },
  { name: 'a last line without a line feed', text: 'a\nbc', lines: ['a', 'bc'] },
  { name: 'empty lines', text: '\n\na\n\n', lines: ['', '', 'a', ''] },
  { name: 'CR LF', text: 'a\r\nb\r\n\r\nc\r', lines: ['a', 'b', '', 'c'] },
  { name: 'a CR inside a line', text: 'a\rb\n', lines: ['a\rb'] },
  { name: 'characters of several bytes', text: 'größe\nπ\n', lines: ['größe', 'π'] },
]) {
  test(`line splitter: ${name}, in chunks of every size`, () => {
    const whole = bytes(text);
    for (let size = 1; size <= whole.length + 1; size++) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < whole.length; at += size) chunks.push(whole.subarray(at, at + size));
      assert.deepEqual(split(chunks), lines, `chunks of ${size}`);
    }
  });
}

test('line splitter: random text in random chunks, empty ones too', () => {
  for (let seed = 0; seed < 50; seed++) {
    const prng = new Prng(seed);
    const text = Array.from({ length: 400 }, () => prng.pick(['a', 'b', ',', '\n', '\r\n'])).join('');
    const whole = bytes(text);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < whole.length;) {
      const size = prng.below(30);
      chunks.push(whole.subarray(at, at + size));
      at += size;
    }
    const expected = text.split(/\r?\n/);
    if (expected.at(-1) === '') expected.pop();
    assert.deepEqual(split(chunks), expected);
  }
});

test('line splitter: the longest line passes and a longer one is refused, in one chunk or many', () => {
  const longest = 'x'.repeat(LINE_BYTES_MAX);
  assert.deepEqual(split([bytes(`${longest}\n`)]), [longest]);
  assert.deepEqual(split([bytes(longest.slice(9)), bytes(longest.slice(0, 9))]), [longest]);
  const refusal = (error: unknown): boolean =>
    error instanceof TraceError && error.detail.code === 'LINE_TOO_LONG' && error.detail.line === 2;
  assert.throws(() => split([bytes(`a\n${longest}x\n`)]), refusal);
  assert.throws(() => split([bytes('a\n'), bytes(longest), bytes('x')]), refusal);
});

test('line splitter: a chunk before the last one is used up is a bug', () => {
  const splitter = new LineSplitter();
  splitter.feed(bytes('a\nb\n'));
  splitter.next();
  assert.throws(() => splitter.feed(bytes('c\n')), /used up/);
  while (splitter.next());
  splitter.finish();
  assert.throws(() => splitter.feed(bytes('c\n')), /nothing follows/);
});
