import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCount, formatIds, formatLatency, formatMicros, formatRate, formatShare } from './units.ts';

test('units: rates have three digits and the suffix that fits', () => {
  const cases = [0, 7.4, 999, 999.9, 1_000, 44_800, 999_600, 3_240_000].map(formatRate);
  assert.deepEqual(cases, ['0', '7', '999', '1k', '1k', '44.8k', '1M', '3.24M']);
});

test('units: counts are grouped, shares are in percent, durations have the unit that fits', () => {
  assert.equal(formatCount(1_234_567.6), '1,234,568');
  assert.equal(formatShare(0.726), '73 %');
  assert.deepEqual([0.5, 912.4, 1_519, 3.2e6].map(formatMicros), ['500 ns', '912 us', '1.52 ms', '3.2 s']);
});

test('units: where nothing was answered a latency is a dash', () => {
  assert.deepEqual([0, 0.5, 912.4].map(formatLatency), ['-', '500 ns', '912 us']);
});

test('units: ids that follow one another are a run', () => {
  assert.equal(formatIds([0, 1, 2, 3]), '0-3');
  assert.equal(formatIds([0, 2, 3, 7]), '0, 2-3, 7');
  assert.equal(formatIds([]), '');
});
