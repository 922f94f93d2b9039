import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../../test/command-run.ts';
import { LineFile } from './line-file.ts';

function linesOf(t: TestContext, text: string): { lines: string[]; file: LineFile } {
  const path = join(temporaryFolder(t), 'file');
  writeFileSync(path, text);
  const file = new LineFile(path);
  const lines = [...file.lines()];
  file.close();
  return { lines, file };
}

test('line file: lines and characters that span chunks come out whole', (t) => {
  const expected = Array.from({ length: 5_000 }, (_, i) => `${i} ${'äß€'.repeat(i % 23)}`);
  const { lines, file } = linesOf(t, `${expected.join('\n')}\n`);
  assert.deepEqual(lines, expected);
  assert.equal(file.bytesRead, file.bytes);
});

test('line file: a last line without a line feed counts, an empty file has none', (t) => {
  assert.deepEqual(linesOf(t, 'a\n\nb').lines, ['a', '', 'b']);
  assert.deepEqual(linesOf(t, '').lines, []);
});

test('line file: a line without an end does not fill the memory', (t) => {
  const { lines } = linesOf(t, 'x'.repeat(3 << 20));
  assert.ok(lines.length > 1);
  assert.equal(lines.join('').length, 3 << 20);
});
