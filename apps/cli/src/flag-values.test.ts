import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgumentError } from 'commander';
import { integerIn, numberIn } from './flag-values.ts';

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
