import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgumentError } from 'commander';
import { integerIn, numberIn, secondsUpTo } from './flag-values.ts';

test('flag values: numbers of the range are read', () => {
  assert.equal(integerIn({ min: 0 })('17'), 17);
  assert.equal(numberIn({ min: 0, max: 1 })('2.5e-1'), 0.25);
});

test('flag values: everything else is refused with the range', () => {
  for (const text of ['', ' ', 'x', '-1', '1.5', '11', 'NaN']) {
    assert.throws(() => integerIn({ min: 0, max: 10 })(text), {
      name: InvalidArgumentError.name,
      message: 'Expected an integer from 0 to 10.',
    });
  }
  for (const text of ['', '-0.1', 'Infinity']) {
    assert.throws(() => numberIn({ min: 0 })(text), { message: 'Expected a number from 0 on.' });
  }
});

test('flag values: times are seconds or milliseconds, up to a limit', () => {
  const seconds = secondsUpTo(60);
  assert.deepEqual(['2s', '2', '500ms', '0.5s', ' 0s ', '60s'].map(seconds), [2, 2, 0.5, 0.5, 0, 60]);
  for (const text of ['', 's', '-1s', '61s', '1m', '1 s 2', 'Infinity', '1e3s'])
    assert.throws(() => seconds(text), { message: /Expected a time such as 2s or 500ms, up to 60s/ }, text);
});
