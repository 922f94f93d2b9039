import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { assertFits } from '../test/goodness-of-fit.ts';
import { KeySpace } from './key-space.ts';
import { LatestKeys } from './latest-keys.ts';
import { readWriteMix, ycsbMix } from './mix.ts';
import { ConstantSize } from './sizes.ts';
import { Operation, Workload, ycsbWorkload } from './workload.ts';
import { WorkloadError } from './workload-error.ts';
import { ZipfKeys } from './zipf.ts';

const valueBytes = new ConstantSize(128);

test('workload: a draw fills the same record, with a value only where one is written', () => {
  const keys = new ZipfKeys({ n: 1_000, theta: 0.99 });
  const mix = readWriteMix({ writeRatio: 0.5, deleteShare: 0.5 });
  const workload = new Workload({ mix, keys, valueBytes });
  const prng = new Prng(1);
  const operation = new Operation();
  for (let i = 0; i < 1_000; i++) {
    workload.next(prng, operation);
    assert.equal(operation.valueBytes, operation.kind === 'put' ? 128 : 0);
    assert.ok(operation.key >= 0 && operation.key < 1_000);
  }
});

test('workload: scrambled keys keep the popularity of their ranks', () => {
  const n = 500;
  const keySpace = new KeySpace({ n, scrambleSeed: 5 });
  const workload = ycsbWorkload('C', { n, theta: 1.2, valueBytes, keySpace });
  const zipf = new ZipfKeys({ n, theta: 1.2 });
  const prng = new Prng(1);
  const operation = new Operation();
  const byKey = new Array<number>(n).fill(0);
  for (let i = 0; i < 100_000; i++) {
    workload.next(prng, operation);
    byKey[operation.key]!++;
  }
  const ranks = byKey.map((_, rank) => rank);
  assertFits(
    ranks.map((rank) => byKey[keySpace.keyOf(rank)]!),
    ranks.map((rank) => zipf.probability(rank)),
  );
});

test('workload: equal seeds make equal loads, in every YCSB workload', () => {
  for (const name of ['A', 'B', 'C', 'D', 'F'] as const) {
    const draw = (): Operation[] => {
      const workload = ycsbWorkload(name, { n: 10_000, theta: 0.99, valueBytes });
      const prng = new Prng(77);
      return Array.from({ length: 200 }, () => {
        const operation = new Operation();
        workload.next(prng, operation);
        return operation;
      });
    };
    assert.deepEqual(draw(), draw());
  }
});

test('workload: YCSB D inserts new keys and reads the newest settled ones', () => {
  const workload = ycsbWorkload('D', { n: 1_000, theta: 0.99, valueBytes });
  const prng = new Prng(3);
  const operation = new Operation();
  let inserted = 0;
  let recent = 0;
  let reads = 0;
  for (let i = 0; i < 20_000; i++) {
    workload.next(prng, operation);
    if (operation.kind === 'insert') {
      assert.equal(operation.key, 1_000 + inserted++);
      assert.equal(operation.valueBytes, 128);
      workload.settle(operation.key);
    } else {
      assert.ok(operation.key < 1_000 + inserted);
      reads++;
      if (operation.key >= inserted + 990) recent++;
    }
  }
  assert.ok(inserted > 900 && inserted < 1_100);
  assert.equal(workload.keys.n, 1_000 + inserted);
  assert.ok(recent / reads > 0.3, 'the ten newest keys get more than 30 % of the reads');
});

test('workload: parts that do not fit together are refused', () => {
  const keys = new ZipfKeys({ n: 10, theta: 1 });
  const mix = readWriteMix({ writeRatio: 0 });
  assert.throws(
    () => new Workload({ mix: ycsbMix('D'), keys, valueBytes }),
    (error: unknown) => {
      return error instanceof WorkloadError && error.code === 'INSERTS';
    },
  );
  const keySpace = new KeySpace({ n: 11 });
  assert.throws(() => new Workload({ mix, keys, valueBytes, keySpace }), {
    message: 'keys of the key space is 11; expected 10, as in the key distribution',
  });
  const latest = new LatestKeys({ n: 11, theta: 1 });
  assert.throws(() => new Workload({ mix, keys: latest, valueBytes, keySpace }), WorkloadError);
  assert.throws(() => ycsbWorkload('D', { n: 11, theta: 1, valueBytes, keySpace }), WorkloadError);
});
