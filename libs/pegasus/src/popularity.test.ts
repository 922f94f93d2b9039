import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEstimator, type PopularityConfig } from './popularity.ts';

const CONFIG: PopularityConfig = {
  estimator: 'sampling',
  sampleRatio: 10,
  samplesMin: 4,
  requestsMin: 8,
  hysteresis: 1.5,
  decay: 0.5,
};

test('sampling: keys with enough samples are candidates, hottest first, others are noise', () => {
  const estimator = createEstimator(CONFIG);
  for (let i = 0; i < 6; i++) estimator.sample(1, 1, false);
  for (let i = 0; i < 9; i++) estimator.sample(2, 2, false);
  for (let i = 0; i < 3; i++) estimator.sample(3, 3, true);
  assert.deepEqual(
    estimator.endEpoch([]).map((c) => c.hashHi),
    [2, 1],
  );
});

test('sampling: the rate of a steady key is estimated right', () => {
  const estimator = createEstimator(CONFIG);
  let rate = 0;
  for (let epoch = 0; epoch < 20; epoch++) {
    for (let i = 0; i < 8; i++) estimator.sample(1, 1, false);
    rate = estimator.endEpoch([])[0]!.rate;
  }
  assert.ok(Math.abs(rate - 80) < 0.1, `${rate} requests an epoch, of 8 samples at 1 in 10`);
});

test('sampling: a key that is asked for no more is forgotten', () => {
  const estimator = createEstimator(CONFIG);
  for (let i = 0; i < 8; i++) estimator.sample(1, 1, false);
  const candidates = Array.from({ length: 4 }, () => estimator.endEpoch([]).length);
  assert.deepEqual(candidates, [1, 1, 0, 0]);
});

test('sampling: the share of writes is that of the samples', () => {
  const estimator = createEstimator(CONFIG);
  for (let i = 0; i < 8; i++) estimator.sample(1, 1, i % 4 === 0);
  assert.equal(estimator.endEpoch([])[0]!.writeShare, 0.25);
  for (let i = 0; i < 8; i++) estimator.sample(1, 1, true);
  assert.equal(estimator.endEpoch([])[0]!.writeShare, (1 + 8) / (4 + 8));
});

const SKETCH = { ...CONFIG, estimator: 'sketch' } as const;

test('sketch: what the rows say of a key is one key, by the row that lost least', () => {
  const estimator = createEstimator(SKETCH);
  const rows = [
    { hashHi: 1, hashLo: 1, requests: 12, writes: 3 },
    { hashHi: 2, hashLo: 1, requests: 30, writes: 0 },
    { hashHi: 1, hashLo: 1, requests: 20, writes: 5 },
    { hashHi: 3, hashLo: 1, requests: 7, writes: 0 },
  ];
  assert.deepEqual(estimator.endEpoch(rows), [
    { hashHi: 2, hashLo: 1, rate: 15, writeShare: 0 },
    { hashHi: 1, hashLo: 1, rate: 10, writeShare: 0.25 },
  ]);
});

test('sketch: the rate of a steady key is estimated right, and records that can add up to a hot key are asked for', () => {
  const estimator = createEstimator(SKETCH);
  assert.equal(estimator.sketchMin, 4);
  const steady = [{ hashHi: 1, hashLo: 1, requests: 4.2, writes: 0 }];
  let rate = 0;
  for (let epoch = 0; epoch < 20; epoch++) rate = estimator.endEpoch(steady)[0]?.rate ?? 0;
  assert.ok(Math.abs(rate - 4.2) < 0.01, `${rate}`);
});

test('sketch: a record that was worn down has no more writes than requests', () => {
  const estimator = createEstimator(SKETCH);
  const [candidate] = estimator.endEpoch([{ hashHi: 1, hashLo: 1, requests: 10, writes: 12 }]);
  assert.equal(candidate?.writeShare, 1);
});

test('sketch: a key that is replicated starts from nothing when it is cold again', () => {
  const estimator = createEstimator(SKETCH);
  const counts = [{ hashHi: 1, hashLo: 1, requests: 100, writes: 0 }];
  estimator.endEpoch(counts);
  estimator.forget(1, 1);
  assert.deepEqual(estimator.endEpoch([]), []);
});
