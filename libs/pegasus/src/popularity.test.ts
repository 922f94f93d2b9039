import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Popularity } from './popularity.ts';

const CONFIG = { sampleRatio: 10, samplesMin: 4, hysteresis: 1.5, decay: 0.5 };

test('popularity: keys with enough samples are candidates, hottest first, others are noise', () => {
  const popularity = new Popularity(CONFIG);
  for (let i = 0; i < 6; i++) popularity.sample(1, 1, false);
  for (let i = 0; i < 9; i++) popularity.sample(2, 2, false);
  for (let i = 0; i < 3; i++) popularity.sample(3, 3, true);
  assert.deepEqual(
    popularity.endEpoch().map((c) => c.hashHi),
    [2, 1],
  );
});

test('popularity: the rate of a steady key is estimated right', () => {
  const popularity = new Popularity(CONFIG);
  let rate = 0;
  for (let epoch = 0; epoch < 20; epoch++) {
    for (let i = 0; i < 8; i++) popularity.sample(1, 1, false);
    rate = popularity.endEpoch()[0]!.rate;
  }
  assert.ok(Math.abs(rate - 80) < 0.1, `${rate} requests an epoch, of 8 samples at 1 in 10`);
});

test('popularity: a key that is asked for no more is forgotten', () => {
  const popularity = new Popularity(CONFIG);
  for (let i = 0; i < 8; i++) popularity.sample(1, 1, false);
  const candidates = Array.from({ length: 4 }, () => popularity.endEpoch().length);
  assert.deepEqual(candidates, [1, 1, 0, 0]);
});

test('popularity: the share of writes is that of the samples', () => {
  const popularity = new Popularity(CONFIG);
  for (let i = 0; i < 8; i++) popularity.sample(1, 1, i % 4 === 0);
  assert.equal(popularity.endEpoch()[0]!.writeShare, 0.25);
  for (let i = 0; i < 8; i++) popularity.sample(1, 1, true);
  assert.equal(popularity.endEpoch()[0]!.writeShare, (1 + 8) / (4 + 8));
});
