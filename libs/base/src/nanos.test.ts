import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatNanos, ms, NEVER, seconds, us } from './nanos.ts';

test('nanos: units convert to whole nanoseconds', () => {
  assert.equal(us(3), 3_000);
  assert.equal(ms(3), 3_000_000);
  assert.equal(seconds(3), 3_000_000_000);
  assert.equal(us(0.5), 500);
});

test('nanos: one nanosecond still counts after 104 days, as the type promises', () => {
  const later = seconds(104 * 24 * 3600);
  assert.equal(later + 1 - later, 1);
  assert.ok(Number.isSafeInteger(later));
});

test('nanos: NEVER is after every instant, and stays so when time is added', () => {
  assert.ok(NEVER > seconds(1e9));
  assert.equal(NEVER + ms(5), NEVER);
  assert.equal(Math.min(NEVER, ms(5)), ms(5));
});

test('nanos: a duration is printed in the largest unit that fits, with three digits', () => {
  const printed: readonly (readonly [number, string])[] = [
    [0, '0 ns'],
    [250, '250 ns'],
    [999, '999 ns'],
    [999.6, '1 us'],
    [999_999, '1 ms'],
    [999_400_000, '999 ms'],
    [1_000, '1 us'],
    [1_500_000, '1.5 ms'],
    [1_234_567, '1.23 ms'],
    [12_345_678, '12.3 ms'],
    [1_000_000_000, '1 s'],
    [90_000_000_000, '90 s'],
    [123_456_000_000_000, '123000 s'],
    [-1_500, '-1.5 us'],
    [NEVER, 'never'],
  ];
  for (const [duration, text] of printed) assert.equal(formatNanos(duration), text);
});
