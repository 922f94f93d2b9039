import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileOf } from '../tree.ts';
import {
  FILE_LINES_MAX,
  fileLength,
  functionLength,
  LINE_COLUMNS_MAX,
  lineLength,
  MESSAGE_COLUMNS_MAX,
} from './lengths.ts';

const wide = (columns: number): string => `// ${'x'.repeat(columns - 3)}`;

test('tidy: a line beyond the limit is found with its number, one at the limit is not', () => {
  const file = fileOf('libs/a/src/a.ts', [wide(LINE_COLUMNS_MAX), wide(LINE_COLUMNS_MAX + 1)].join('\n'));
  assert.deepEqual(lineLength([file]), [
    { path: 'libs/a/src/a.ts', line: 2, message: '111 columns; the most is 110' },
  ]);
});

test('tidy: prose and web addresses may be wider', () => {
  const prose = fileOf('README.md', wide(300));
  const address = fileOf('libs/a/src/a.ts', `// https://example.org/${'x'.repeat(200)}`);
  assert.deepEqual(lineLength([prose, address]), []);
});

test('tidy: a line that is mostly one text may be a little wider', () => {
  const message = (columns: number): string => `throw '${'x'.repeat(columns - 9)}';`;
  const file = fileOf(
    'libs/a/src/a.ts',
    [message(MESSAGE_COLUMNS_MAX), message(MESSAGE_COLUMNS_MAX + 1)].join('\n'),
  );
  assert.deepEqual(lineLength([file]), [
    { path: 'libs/a/src/a.ts', line: 2, message: '131 columns; the most is 130' },
  ]);
});

test('tidy: a file beyond the limit is found, one at the limit is not', () => {
  const ofLines = (count: number) => fileOf('libs/a/src/a.ts', 'x;\n'.repeat(count));
  assert.deepEqual(fileLength([ofLines(FILE_LINES_MAX)]), []);
  assert.deepEqual(fileLength([ofLines(FILE_LINES_MAX + 1)]), [
    { path: 'libs/a/src/a.ts', message: '501 lines; the most is 500: split it' },
  ]);
});

test('tidy: a long function of any form is found where it starts', () => {
  const body = (lines: number): string => `{\n${'  x();\n'.repeat(lines - 2)}}`;
  const forms: readonly ((body: string) => string)[] = [
    (text) => `function f() ${text}`,
    (text) => `const f = () => ${text};`,
    (text) => `class A { f() ${text} }`,
    (text) => `class A { constructor() ${text} }`,
    (text) => `class A { get f() ${text} }`,
    (text) => `call(1, (p) => ${text});`,
  ];
  for (const form of forms) {
    const findings = (lines: number) => functionLength([fileOf('a.ts', `\n${form(body(lines))}\n`)]);
    assert.deepEqual(findings(70), [], form('…'));
    assert.deepEqual(
      findings(71),
      [{ path: 'a.ts', line: 2, message: 'a function of 71 lines; the most is 70: name its steps' }],
      form('…'),
    );
  }
});

test('tidy: a suite may be long, a test in it may not', () => {
  const suite = (inner: string): string => `describe('a', () => {\n${inner}\n});`;
  const statements = '  x();\n'.repeat(80);
  assert.deepEqual(functionLength([fileOf('a.test.ts', suite(statements))]), []);
  assert.equal(functionLength([fileOf('a.test.ts', suite(`test('b', () => {\n${statements}});`))]).length, 1);
});
