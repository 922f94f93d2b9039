import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEVER, seconds } from '@ballast/base';
import { HotSetSchedule, type HotSetShift } from './hot-set-schedule.ts';
import { KeySpace } from './key-space.ts';
import { WorkloadError } from './workload-error.ts';

function scheduled(shift: HotSetShift, seed = 1): { space: KeySpace; schedule: HotSetSchedule } {
  const space = new KeySpace({ n: 500, scrambleSeed: 2 });
  const schedule = new HotSetSchedule({
    keySpace: space,
    shift,
    firstNs: seconds(1),
    periodNs: seconds(2),
    seed,
  });
  return { space, schedule };
}

function order(space: KeySpace): number[] {
  return Array.from({ length: space.n }, (_, rank) => space.keyOf(rank));
}

const SHIFTS: HotSetShift[] = [
  { kind: 'hotIn', k: 20 },
  { kind: 'hotOut', k: 20 },
  { kind: 'swapRandom', k: 20, hottest: 100 },
];

test('hot-set schedule: shifts come at their instants and not before', () => {
  const { schedule } = scheduled({ kind: 'hotIn', k: 5 });
  assert.equal(schedule.advance(seconds(1) - 1), 0);
  assert.equal(schedule.advance(seconds(1)), 1);
  assert.equal(schedule.nextNs, seconds(3));
  assert.equal(schedule.advance(seconds(1)), 0);
  assert.equal(schedule.advance(seconds(9)), 4);
});

for (const shift of SHIFTS) {
  test(`hot-set schedule: ${shift.kind} at an instant does not depend on how often time was told`, () => {
    const often = scheduled(shift);
    const once = scheduled(shift);
    for (let now = 0; now <= seconds(20); now += seconds(0.25)) often.schedule.advance(now);
    once.schedule.advance(seconds(20));
    assert.deepEqual(order(often.space), order(once.space));
    assert.notDeepEqual(order(once.space), order(new KeySpace({ n: 500, scrambleSeed: 2 })));
  });
}

test('hot-set schedule: another seed swaps other keys', () => {
  const shift: HotSetShift = { kind: 'swapRandom', k: 20, hottest: 100 };
  const [a, b] = [scheduled(shift, 1), scheduled(shift, 2)];
  a.schedule.advance(seconds(1));
  b.schedule.advance(seconds(1));
  assert.notDeepEqual(order(a.space), order(b.space));
});

test('hot-set schedule: a period of NEVER shifts once', () => {
  const keySpace = new KeySpace({ n: 10 });
  const shift: HotSetShift = { kind: 'hotIn', k: 5 };
  const schedule = new HotSetSchedule({ keySpace, shift, firstNs: 100, periodNs: NEVER, seed: 0 });
  assert.equal(schedule.advance(seconds(1_000)), 1);
  assert.equal(schedule.nextNs, NEVER);
});

test('hot-set schedule: shifts that do not fit the key space are refused', () => {
  const keySpace = new KeySpace({ n: 10 });
  const refused: HotSetShift[] = [
    { kind: 'hotIn', k: 0 },
    { kind: 'hotOut', k: 10 },
    { kind: 'swapRandom', k: 3, hottest: 8 },
    { kind: 'swapRandom', k: 1, hottest: 10 },
  ];
  for (const shift of refused) {
    const make = (): unknown => new HotSetSchedule({ keySpace, shift, firstNs: 0, periodNs: 1, seed: 0 });
    assert.throws(make, WorkloadError);
  }
  const shift: HotSetShift = { kind: 'hotIn', k: 1 };
  assert.throws(
    () => new HotSetSchedule({ keySpace, shift, firstNs: 0, periodNs: 0, seed: 0 }),
    WorkloadError,
  );
});
