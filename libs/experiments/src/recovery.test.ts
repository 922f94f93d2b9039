import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MeasuredWindow, recoveries } from './recovery.ts';

const OPTIONS = { offered: 1_000_000, periodMs: 40, sloUs: 50 };

/** Windows of 10 ms: throughput in thousands, and p99. */
function windowsOf(...measured: readonly (readonly [number, number])[]): MeasuredWindow[] {
  return measured.map(([thousands, p99Us], i) => ({
    timeMs: (i + 1) * 10,
    throughput: thousands * 1000,
    operations: thousands * 10,
    p99Us,
  }));
}

const CALM = [1000, 20] as const;

test('recovery: reduced throughput is summed up, lateness after it prolongs the recovery', () => {
  const windows = windowsOf(CALM, CALM, CALM, CALM, [500, 900], [1600, 800], CALM, CALM);
  const after = recoveries(windows, OPTIONS);
  assert.deepEqual(after[3], { shift: 0, reducedMs: null, recoveryMs: null });
  for (const recovery of after.slice(4))
    assert.deepEqual(recovery, { shift: 1, reducedMs: 10, recoveryMs: 20 });
});

test('recovery: a shift that nobody notices costs nothing', () => {
  const after = recoveries(windowsOf(CALM, CALM, CALM, CALM, [980, 30], CALM), OPTIONS);
  assert.deepEqual(after.at(-1), { shift: 1, reducedMs: 0, recoveryMs: 0 });
});

test('recovery: what lasts until the next shift has no end', () => {
  const after = recoveries(windowsOf(CALM, CALM, CALM, CALM, CALM, CALM, CALM, [900, 20], CALM), OPTIONS);
  assert.deepEqual(after[7], { shift: 1, reducedMs: 10, recoveryMs: null });
  assert.deepEqual(after[8], { shift: 2, reducedMs: 0, recoveryMs: 0 });
});

test('recovery: few operations vary by themselves', () => {
  const few = windowsOf(CALM, CALM, CALM, CALM, [900, 20]).map((window) => ({ ...window, operations: 100 }));
  assert.equal(recoveries(few, OPTIONS).at(-1)?.reducedMs, 0);
});
