import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '@ballast/checkers';
import { runTiny } from '../test/tiny-run.ts';
import { InterruptedError } from './experiment.ts';
import { ParameterError } from './parameters.ts';
import { pegasusSkew } from './pegasus-skew.ts';

const SKEWED = { zipf: '1.2' };

test('pegasus-skew: a tiny rack gives a row for each system with its bound, and is judged', () => {
  const histories = new Map<string, Operation[]>();
  const shares: number[] = [];
  const { rows, judgements } = runTiny(
    pegasusSkew,
    { ...SKEWED, 'write-ratio': '0.1' },
    {
      check: true,
      history: (run, operations) => histories.set(run, [...operations]),
      progress: (done, total) => shares.push(done / total),
    },
  );

  assert.deepEqual(
    rows.map(({ system, zipf }) => [system, zipf]),
    [
      ['hashing', 1.2],
      ['pegasus', 1.2],
    ],
  );
  for (const row of rows) {
    const columns = ['system', 'zipf', 'throughputAtSlo', 'p99Us', 'bound', 'capacityShare'];
    assert.deepEqual(Object.keys(row), columns);
    assert.ok(Number(row['throughputAtSlo']) > 0);
    assert.ok(Number(row['p99Us']) > 0 && Number(row['p99Us']) <= 500);
  }
  const names = ['hashing-zipf-1.2', 'pegasus-zipf-1.2'];
  assert.deepEqual([...histories.keys()], names);
  assert.deepEqual(
    judgements.map(({ run, verdict }) => [run, verdict.verdict, verdict.operations]),
    names.map((name) => [name, 'ok', histories.get(name)?.length]),
  );
  assert.ok(shares.every((share, i) => share >= (shares[i - 1] ?? 0)));
  assert.equal(shares.at(-1), 1);
});

test('pegasus-skew: every system has a row, also one whose switch answers by itself', () => {
  const { rows } = runTiny(pegasusSkew, { ...SKEWED, systems: 'all' });
  assert.deepEqual(
    rows.map(({ system }) => system),
    ['hashing', 'pegasus', 'netcache', 'static', 'twoChoices'],
  );
  for (const { system, throughputAtSlo, bound } of rows) {
    // Of a thousand operations few come to servers behind a cache: luck weighs more there.
    const isNear = Number(throughputAtSlo) > 0 && Number(throughputAtSlo) < Number(bound) * 1.5;
    assert.ok(isNear, `${system}: ${throughputAtSlo}, bound ${bound}`);
  }
});

test('pegasus-skew: the same seed gives the same rows, and another one others', () => {
  const rowsOf = (seed: string): unknown =>
    runTiny(pegasusSkew, { ...SKEWED, systems: 'hashing', seed }).rows;
  assert.deepEqual(rowsOf('7'), rowsOf('7'));
  assert.notDeepEqual(rowsOf('7'), rowsOf('8'));
});

test('pegasus-skew: slow servers and a long objective meet the bound as fast ones do', () => {
  const slow = {
    zipf: '0',
    systems: 'hashing',
    operations: '4000',
    precision: '0.02',
    'service-us': '2000',
    'slo-us': '60000',
  };
  const { rows } = runTiny(pegasusSkew, slow);
  const { throughputAtSlo, bound } = rows[0]!;
  const share = Number(throughputAtSlo) / Number(bound);
  assert.ok(share > 0.9 && share < 1.1, `${String(throughputAtSlo)} of ${String(bound)}`);
});

test('pegasus-skew: an objective below the latency of an idle rack is refused', () => {
  assert.throws(
    () => runTiny(pegasusSkew, { 'slo-us': '54' }),
    (error) => {
      assert.ok(error instanceof ParameterError);
      assert.equal(error.code, 'CONFLICT');
      assert.match(error.message, /^--slo-us 54: expected more than 54\.\d+ us/);
      return true;
    },
  );
});

test('pegasus-skew: it ends soon after it is interrupted', () => {
  let progressCalls = 0;
  const options = {
    isInterrupted: () => true,
    progress: () => {
      progressCalls++;
    },
  };
  assert.throws(() => runTiny(pegasusSkew, SKEWED, options), InterruptedError);
  assert.equal(progressCalls, 0);
});
