import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '@ballast/checkers';
import { InterruptedError, type Run } from './experiment.ts';
import { ParameterError, parseParameters } from './parameters.ts';
import { pegasusSkew } from './pegasus-skew.ts';

/** Slow servers, so that the virtual time in which the directory learns holds few operations. */
const TINY = {
  servers: '2',
  keys: '200',
  zipf: '1.2',
  clients: '2',
  operations: '1000',
  precision: '0.1',
  'service-us': '50',
  'slo-us': '500',
};

function quiet(run: Partial<Run> = {}): Run {
  return { progress: () => undefined, history: null, check: false, isInterrupted: () => false, ...run };
}

test('pegasus-skew: a tiny rack gives a row for each system with its bound, and is judged', () => {
  const histories = new Map<string, Operation[]>();
  const shares: number[] = [];
  const { rows, judgements } = pegasusSkew.run(
    parseParameters(pegasusSkew.parameters, { ...TINY, 'write-ratio': '0.1' }),
    quiet({
      check: true,
      history: (run, operations) => histories.set(run, [...operations]),
      progress: (done, total) => shares.push(done / total),
    }),
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

test('pegasus-skew: the same seed gives the same rows, and another one others', () => {
  const rowsOf = (seed: string): unknown => {
    const given = { ...TINY, systems: 'hashing', seed };
    return pegasusSkew.run(parseParameters(pegasusSkew.parameters, given), quiet()).rows;
  };
  assert.deepEqual(rowsOf('7'), rowsOf('7'));
  assert.notDeepEqual(rowsOf('7'), rowsOf('8'));
});

test('pegasus-skew: slow servers and a long objective meet the bound as fast ones do', () => {
  const slow = {
    ...TINY,
    zipf: '0',
    systems: 'hashing',
    operations: '4000',
    precision: '0.02',
    'service-us': '2000',
    'slo-us': '60000',
  };
  const { rows } = pegasusSkew.run(parseParameters(pegasusSkew.parameters, slow), quiet());
  const { throughputAtSlo, bound } = rows[0]!;
  const share = Number(throughputAtSlo) / Number(bound);
  assert.ok(share > 0.9 && share < 1.1, `${String(throughputAtSlo)} of ${String(bound)}`);
});

test('pegasus-skew: an objective below the latency of an idle rack is refused', () => {
  const parameters = parseParameters(pegasusSkew.parameters, { ...TINY, 'slo-us': '54' });
  assert.throws(
    () => pegasusSkew.run(parameters, quiet()),
    (error) => {
      assert.ok(error instanceof ParameterError);
      assert.equal(error.code, 'CONFLICT');
      assert.match(error.message, /^--slo-us 54: expected more than 54 us/);
      return true;
    },
  );
});

test('pegasus-skew: it ends soon after it is interrupted', () => {
  const parameters = parseParameters(pegasusSkew.parameters, TINY);
  let progressCalls = 0;
  const run = quiet({
    isInterrupted: () => true,
    progress: () => {
      progressCalls++;
    },
  });
  assert.throws(() => pegasusSkew.run(parameters, run), InterruptedError);
  assert.equal(progressCalls, 1);
});
