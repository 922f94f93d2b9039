import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { assertFits } from '../test/goodness-of-fit.ts';
import { Mix, type MixShares, type OperationKind, parseYcsbName, readWriteMix, ycsbMix } from './mix.ts';
import { WorkloadError } from './workload-error.ts';

const KINDS: OperationKind[] = ['get', 'put', 'delete', 'insert', 'readModifyWrite'];

function assertMix(mix: Mix, shares: MixShares): void {
  const prng = new Prng(31);
  const counts = KINDS.map(() => 0);
  for (let i = 0; i < 100_000; i++) counts[KINDS.indexOf(mix.next(prng))]!++;
  assertFits(
    counts,
    KINDS.map((kind) => shares[kind] ?? 0),
  );
}

test('mix: the YCSB workloads draw their shares', () => {
  assertMix(ycsbMix('A'), { get: 0.5, put: 0.5 });
  assertMix(ycsbMix('B'), { get: 0.95, put: 0.05 });
  assertMix(ycsbMix('C'), { get: 1 });
  assertMix(ycsbMix('D'), { get: 0.95, insert: 0.05 });
  assertMix(ycsbMix('F'), { get: 0.5, readModifyWrite: 0.5 });
});

test('mix: any write ratio, with deletes among the writes', () => {
  assertMix(readWriteMix({ writeRatio: 0.3 }), { get: 0.7, put: 0.3 });
  assertMix(readWriteMix({ writeRatio: 0.4, deleteShare: 0.25 }), { get: 0.6, put: 0.3, delete: 0.1 });
  assertMix(readWriteMix({ writeRatio: 0 }), { get: 1 });
  assertMix(readWriteMix({ writeRatio: 1, deleteShare: 1 }), { delete: 1 });
});

test('mix: a kind of share 0 is never drawn, the last kind takes the rounding', () => {
  const third = 1 / 3;
  assertMix(new Mix({ get: third, put: third, delete: third }), { get: third, put: third, delete: third });
});

test('mix: names are read in either case', () => {
  assert.equal(parseYcsbName('a'), 'A');
  assert.equal(parseYcsbName('F'), 'F');
});

test('mix: YCSB E is refused with the reason', () => {
  assert.throws(
    () => parseYcsbName('e'),
    (error: unknown) => {
      assert.ok(error instanceof WorkloadError);
      assert.equal(error.code, 'SCANS');
      assert.match(error.message, /no(ne)?: keys are placed by hash/);
      return true;
    },
  );
});

test('mix: an unknown workload is refused with the known ones', () => {
  assert.throws(() => parseYcsbName('G'), {
    message: 'there is no YCSB workload "G"; use one of A, B, C, D, F',
  });
  assert.throws(() => parseYcsbName('toString'), WorkloadError);
});

test('mix: shares out of range or not adding up to 1 are refused', () => {
  assert.throws(() => new Mix({ get: 0.5 }), {
    message: 'the shares of a mix add up to 0.5; they must add up to 1',
  });
  assert.throws(() => new Mix({}), WorkloadError);
  assert.throws(() => new Mix({ get: 1.5, put: -0.5 }), WorkloadError);
  assert.throws(() => readWriteMix({ writeRatio: NaN }), WorkloadError);
  assert.throws(() => readWriteMix({ writeRatio: 0.5, deleteShare: 2 }), WorkloadError);
});
