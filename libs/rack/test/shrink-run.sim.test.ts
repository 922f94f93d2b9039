import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms } from '@ballast/base';
import {
  DURATION_NS_RANGE,
  failuresOf,
  homeOnRing,
  isInRange,
  planOf,
  randomRun,
  rangeText,
  readRunPlan,
  runPlan,
  RunPlanError,
  SHAPE_RANGES,
  shrinkRun,
} from '../src/index.ts';

/** Switch and loader disagree on the home of a key: wrong whatever happens. */
const PARTS = { homeOf: (ring: Uint8Array, hashHi: number) => homeOnRing(ring, hashHi ^ 0x0800_0000) };

test('shrink run: a rack that is always wrong becomes small, without faults, and fails as it did', () => {
  const options = { seed: 2, parts: PARTS, faults: 'all', durationNs: ms(4) } as const;
  const plan = planOf(options);
  let last = 0;
  const onProgress = ({ runs }: { readonly runs: number }): void => void (last = runs);
  const small = shrinkRun({ plan, parts: PARTS, runsMax: 60, onProgress });
  assert.ok(small !== null && small.runs <= 60 && last === small.runs);
  assert.equal(small.failure, 'violation');
  assert.deepEqual(small.plan.faults, []);
  assert.deepEqual(small.plan.changes, { standby: 0, steps: [] });
  const { shape } = small.plan;
  assert.ok(shape.lossRatio + shape.duplicateRatio + shape.reorderRatio + shape.corruptRatio === 0);
  assert.ok(shape.clients === 1 && shape.keys < plan.shape.keys && shape.users < plan.shape.users);
  assert.ok(small.plan.durationNs < plan.durationNs);
  assert.ok(failuresOf(runPlan(small.plan, PARTS)).includes('violation'));
});

test('shrink run: a sound run is refused', () => {
  const options = { seed: 1, durationNs: ms(2) };
  assert.equal(shrinkRun({ plan: planOf(options), runsMax: 10 }), null);
});

test('run plan: comes back from JSON as the run that it was', () => {
  for (const seed of [3, 4]) {
    const options = { seed, faults: 'all', durationNs: ms(5) } as const;
    const first = randomRun(options);
    const plan = readRunPlan(JSON.parse(JSON.stringify(planOf(options))));
    assert.equal(runPlan(plan).traceHash, first.traceHash);
  }
});

test('run shape: what seeds draw is within the ranges', () => {
  for (let seed = 0; seed < 200; seed++) {
    const { shape, durationNs } = planOf({ seed });
    for (const [name, range] of Object.entries(SHAPE_RANGES)) {
      const value = shape[name as keyof typeof shape];
      assert.ok(isInRange(value, range), `${name} ${value} is ${rangeText(range)}`);
    }
    assert.ok(isInRange(durationNs, DURATION_NS_RANGE));
  }
  assert.ok(!isInRange(1.5, SHAPE_RANGES.servers) && !isInRange(-0.1, SHAPE_RANGES.lossRatio));
});

test('run plan: what is none is refused with the field', () => {
  const options = { seed: 3, durationNs: ms(1) };
  const plan = planOf(options);
  const crash = { kind: 'crash', node: 'server0', atNs: 0, forNs: 10 };
  const wrong: readonly (readonly [string, unknown])[] = [
    ['seed', { ...plan, seed: -1 }],
    ['system', { ...plan, system: 'paxos' }],
    ['durability', { ...plan, durability: 'none' }],
    ['durationNs', { ...plan, durationNs: 0 }],
    ['servers', { ...plan, shape: { ...plan.shape, servers: 0 } }],
    ['theta', { ...plan, shape: { ...plan.shape, theta: 'steep' } }],
    ['estimator', { ...plan, shape: { ...plan.shape, estimator: 'guess' } }],
    ['shiftNs', { ...plan, shape: { ...plan.shape, shiftNs: 0 } }],
    ['changes', { ...plan, changes: null }],
    ['changes', { ...plan, changes: { standby: plan.shape.servers, steps: [] } }],
    ['changes', { ...plan, changes: { standby: 0, steps: [{ kind: 'leave', server: 99, atNs: 1 }] } }],
    ['changes', { ...plan, changes: { standby: 0, steps: [{ kind: 'swap', atNs: 1 }] } }],
    ['faults', { ...plan, faults: [{ ...crash, kind: 'flood' }] }],
    ['faults', { ...plan, faults: [{ ...crash, kind: 'cut' }] }],
    ['faults', { ...plan, faults: [crash, crash] }],
  ];
  for (const [field, data] of wrong) {
    assert.throws(
      () => readRunPlan(data),
      (error) => {
        assert.ok(error instanceof RunPlanError);
        assert.match(error.message, new RegExp(`^"${field}" is .*; expected `));
        return true;
      },
    );
  }
  assert.throws(() => readRunPlan([]), /is a JSON object/);
});
