import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrapped } from './wrap.ts';

test('js code: a long line is broken before its outermost operators', () => {
  const term = '(value_of_some_length >>> 16)';
  const sum = Array.from({ length: 8 }, () => term).join(' + ');
  const lines = wrapped(`const sum = ${sum};`, 4);
  assert.deepEqual(lines, [
    `const sum = ${term} + ${term} + ${term}`,
    `+ ${term} + ${term} + ${term}`,
    `+ ${term} + ${term};`,
  ]);
});

test('js code: a piece that is still too long is broken further inside', () => {
  const call = (name: string): string => `${name}(an_argument_of_some_length, another_argument)`;
  const any = `!(${call('first')} || ${call('second')} || ${call('third')})`;
  assert.deepEqual(wrapped(`if (a_flag && ${any}) {`, 0), [
    'if (a_flag',
    `&& !(${call('first')}`,
    `|| ${call('second')}`,
    `|| ${call('third')})) {`,
  ]);
});

test('js code: short lines and comments stay as they are', () => {
  const comment = `// ${'word - word '.repeat(20)}`;
  assert.deepEqual(wrapped(comment, 0), [comment]);
  assert.deepEqual(wrapped('a = b + c;', 2), ['a = b + c;']);
});
