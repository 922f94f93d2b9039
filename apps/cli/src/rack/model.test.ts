import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelOf } from './model.ts';
import { rackUpOptions } from './rack.ts';
import { FLAGS } from '../../testing/rack-up-flags.ts';

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
  assert.ok(bounds !== null);
  assert.ok(Math.abs(bounds.uniform.pegasus / bounds.uniform.hashing - 1) < 0.02);
  assert.ok(bounds.uniform.hashing > 0.85 * capacityPerSecond);
  // The hottest key alone has a fifth of the requests: no more than five servers' worth.
  assert.ok(bounds.skewed.hashing < (5 / 16) * capacityPerSecond);
  assert.equal(bounds.skewed.pegasus, capacityPerSecond);
});

test('model: the more skew, the less hashing can do', () => {
  const hashing = [0, 0.6, 0.9, 1.2, 2].map(
    (zipf) => model({ keys: 10_000, zipf }).bounds?.skewed.hashing ?? 0,
  );
  assert.deepEqual(
    hashing,
    hashing.toSorted((a, b) => b - a),
  );
});

test('model: the bounds of a trace are not known before it is read', () => {
  assert.equal(model({ workload: 'trace.csv' }).bounds, null);
});
