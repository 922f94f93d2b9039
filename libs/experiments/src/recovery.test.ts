import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dipOf, type MeasuredWindow, recoveries } from './recovery.ts';

const OPTIONS = { offered: 1_000_000, periodMs: 40, sloUs: 50 };

/** Windows of 10 ms: throughput in thousands, and p99. */
function windowsOf(...measured: readonly (readonly [number, number])[]): MeasuredWindow[] {
  return measured.map(([thousands, p99Us], i) => ({
    timeMs: (i + 1) * 10,
    throughput: thousands * 1000,
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
  const few = windowsOf(CALM, CALM, CALM, CALM, [900, 20]).map((window) => ({
    ...window,
    throughput: window.throughput / 100,
  }));
  assert.equal(recoveries(few, { ...OPTIONS, offered: 10_000 }).at(-1)?.reducedMs, 0);
});

test('recovery: windows in which nothing at all is answered are reduced', () => {
  const after = recoveries(windowsOf(CALM, CALM, CALM, CALM, [0, 0], CALM), OPTIONS);
  assert.equal(after.at(-1)?.reducedMs, 10);
});

/** The same, as they stand around a fault at the end of the second one. */
function aroundFault(...thousands: readonly number[]): MeasuredWindow[] {
  const windows = windowsOf(...thousands.map((each): [number, number] => [each, 20]));
  return windows.map((window) => ({ ...window, timeMs: window.timeMs - 20 }));
}

const DIP = { backShare: 0.9, windowMs: 10 };

test('recovery: a fault is compared with what was before, until the last window that is below', () => {
  assert.deepEqual(dipOf(aroundFault(990, 1010, 0, 500, 950, 800, 1300, 1000), DIP), {
    before: 1_000_000,
    lowestShare: 0,
    reducedMs: 30,
    recoveryMs: 40,
  });
  assert.equal(dipOf(aroundFault(1000, 1000, 910, 1000), DIP).recoveryMs, 0);
  assert.equal(dipOf(aroundFault(1000, 1000, 1000, 800), DIP).recoveryMs, null, 'it is not over');
});
