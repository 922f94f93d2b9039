import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presetWorkload } from '@ballast/workload';
import { modelOf } from './model.ts';
import { rackUpOptions } from './rack.ts';
import { FLAGS, RACK_FLAGS } from '../../testing/rack-up-flags.ts';

const { rate: _rate, ...WITHOUT_RATE } = FLAGS;
const model = (changes: object): ReturnType<typeof modelOf> =>
  modelOf(rackUpOptions({ ...WITHOUT_RATE, ...changes }));

test('model: capacity follows servers and service time, the offered load is 70 % of it', () => {
  const { serverPerSecond, capacityPerSecond, offeredPerSecond } = model({ servers: 8, serviceUs: 250 });
  assert.equal(serverPerSecond, 4_000);
  assert.equal(capacityPerSecond, 32_000);
  assert.equal(offeredPerSecond, 22_400);
  assert.equal(model({ rate: 1_234 }).offeredPerSecond, 1_234);
});

test('model: uniform keys bound both systems alike, skewed ones hashing by its hottest server', () => {
  const { bounds, capacityPerSecond } = model({ servers: 16, keys: 10_000, zipf: 1.2 });
  const { uniform, skewed } = bounds;
  assert.ok(uniform !== undefined && skewed !== undefined);
  assert.ok(Math.abs(uniform.pegasus / uniform.hashing - 1) < 0.02);
  assert.ok(uniform.hashing > 0.85 * capacityPerSecond);
  // The hottest key alone has a fifth of the requests: no more than five servers' worth.
  assert.ok(skewed.hashing < (5 / 16) * capacityPerSecond);
  assert.equal(skewed.pegasus, capacityPerSecond);
});

test('model: the more skew, the less hashing can do', () => {
  const hashing = [0, 0.6, 0.9, 1.2, 2].map(
    (zipf) => model({ keys: 10_000, zipf }).bounds.skewed?.hashing ?? 0,
  );
  assert.deepEqual(
    hashing,
    hashing.toSorted((a, b) => b - a),
  );
});

test('model: a preset has one bound, from its own skew and keys; none when its hot keys move', () => {
  const boundsOf = (name: string): ReturnType<typeof modelOf>['bounds'] =>
    modelOf(rackUpOptions(RACK_FLAGS, presetWorkload(name))).bounds;
  const { preset: skewed } = boundsOf('twitter-cluster17');
  const { preset: uniform } = boundsOf('twitter-cluster31');
  assert.ok(skewed !== undefined && uniform !== undefined);
  assert.ok(skewed.hashing < 0.6 * skewed.pegasus);
  assert.ok(uniform.hashing > 0.85 * uniform.pegasus);
  assert.deepEqual(boundsOf('ycsb-d'), {});
});

test('model: the bounds of a trace are not known before it is read', () => {
  assert.deepEqual(model({ workload: 'trace.csv' }).bounds, {});
});
