import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodeWriter } from './code-writer.ts';

test('js code: blocks are indented, and an if written aside becomes an else if', () => {
  const writer = new CodeWriter();
  writer.block('if (a)', () => {
    writer.block('for (;;)', () => {
      writer.line('one();');
    });
  });
  const chained = writer.aside(() => {
    writer.block('if (b)', () => {
      writer.line('two();');
    });
  });
  writer.elseIf(chained);
  writer.elseBlock(() => {
    writer.line('three();');
  });
  const expected = [
    'if (a) {',
    '  for (;;) {',
    '    one();',
    '  }',
    '} else if (b) {',
    '  two();',
    '} else {',
    '  three();',
    '}',
  ];
  assert.equal(writer.toString(), `${expected.join('\n')}\n`);
});

test('js code: what must always run stays in front of conditions that are written aside', () => {
  const writer = new CodeWriter();
  const aside = writer.asideConditionally(() => {
    writer.line('sometimes();');
    writer.unconditionally(() => {
      writer.line('always();');
    });
  });
  writer.block('if (a)', () => {
    writer.append(aside);
  });
  assert.equal(writer.toString(), 'always();\nif (a) {\n  sometimes();\n}\n');
});

test('js code: no gap doubles, opens a block or parts a comment from its code', () => {
  const writer = new CodeWriter();
  writer.gap();
  writer.comment('A block.');
  writer.gap();
  writer.block('while (a)', () => {
    writer.gap();
    writer.line('b();');
  });
  writer.gap();
  writer.gap();
  writer.line('c();');
  assert.equal(writer.toString(), '// A block.\nwhile (a) {\n  b();\n}\n\nc();\n');
});
