import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { assertFits } from '../test/goodness-of-fit.ts';
import { INSERTS_PENDING_MAX, LatestKeys } from './latest-keys.ts';
import { ZipfKeys } from './zipf.ts';

test('latest keys: popularity falls with age', () => {
  const keys = new LatestKeys({ n: 50, theta: 0.99 });
  const zipf = new ZipfKeys({ n: 50, theta: 0.99 });
  const prng = new Prng(2);
  const byAge = new Array<number>(50).fill(0);
  for (let i = 0; i < 100_000; i++) byAge[49 - keys.next(prng)]!++;
  assertFits(
    byAge,
    byAge.map((_, age) => zipf.probability(age)),
  );
});

test('latest keys: an insert is read only after it, and every older one, is settled', () => {
  const keys = new LatestKeys({ n: 10, theta: 0.99 });
  assert.deepEqual([keys.insert(), keys.insert(), keys.insert()], [10, 11, 12]);
  assert.equal(keys.n, 10);
  keys.settle(11);
  assert.equal(keys.n, 10);
  keys.settle(10);
  assert.equal(keys.n, 12);
  keys.settle(10); // A late duplicate.
  keys.settle(12);
  assert.equal(keys.n, 13);
});

test('latest keys: reads stay within the settled keys under inserts settled in random order', () => {
  const prng = new Prng(9);
  const keys = new LatestKeys({ n: 5, theta: 1.2 });
  const pending: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    pending.push(keys.insert());
    if (pending.length > 40) keys.settle(pending.splice(prng.below(pending.length), 1)[0]!);
    const oldestPending = Math.min(...pending);
    assert.equal(keys.n, oldestPending);
    const key = keys.next(prng);
    assert.ok(key >= 0 && key < oldestPending);
  }
});

test('latest keys: inserts never settled are given up beyond a window, and reads go on', () => {
  const keys = new LatestKeys({ n: 1, theta: 0.99 });
  const lost = keys.insert();
  for (let i = 0; i < INSERTS_PENDING_MAX - 1; i++) keys.settle(keys.insert());
  assert.equal(keys.n, 1);
  const next = keys.insert();
  assert.equal(keys.n, next);
  keys.settle(lost); // Too late, and harmless.
  keys.settle(next);
  assert.equal(keys.n, next + 1);
});

test('latest keys: settling a key that was never inserted is a bug', () => {
  const keys = new LatestKeys({ n: 10, theta: 0.99 });
  assert.throws(() => keys.settle(10), /a settled key came from insert/);
});
