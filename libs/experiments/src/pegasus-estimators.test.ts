import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InterruptedError, type Row, type Run } from './experiment.ts';
import { parseParameters } from './parameters.ts';
import { pegasusEstimators } from './pegasus-estimators.ts';

/** Slow servers, so that the virtual time in which keys get hot holds few operations. */
const TINY = {
  servers: '4',
  keys: '2000',
  zipf: '1.1',
  load: '0.3',
  operations: '6000',
  'service-us': '20',
  'sample-ratio': '8',
  'directory-entries': '16',
};

function quiet(run: Partial<Run> = {}): Run {
  return { progress: () => undefined, history: null, check: false, isInterrupted: () => false, ...run };
}

function rowsOf(given: Readonly<Record<string, string>>, run: Partial<Run> = {}): readonly Row[] {
  const parameters = parseParameters(pegasusEstimators.parameters, { ...TINY, ...given });
  return pegasusEstimators.run(parameters, quiet(run)).rows;
}

test('pegasus-estimators: a row for each point; the sketch finds the keys without a frame', () => {
  const shares: number[] = [];
  const rows = rowsOf({}, { progress: (done, total) => shares.push(done / total) });
  assert.deepEqual(
    rows.map(({ estimator, sampleRatio, zipf, load }) => [estimator, sampleRatio, zipf, load]),
    [
      ['sampling', 8, 1.1, 0.3],
      ['sketch', null, 1.1, 0.3],
    ],
  );
  const [sampling, sketch] = rows;
  assert.ok(Number(sampling!['framesPerEpoch']) > 0);
  assert.equal(sketch!['framesPerEpoch'], 0);
  assert.ok(Number(sketch!['coverage']) > 0.8, `${sketch!['coverage']}`);
  for (const row of rows) {
    for (const share of ['precision', 'recall', 'coverage', 'missed'])
      assert.ok(Number(row[share]) >= 0 && Number(row[share]) <= 1, `${share} ${row[share]}`);
    assert.ok(Number(row['findMs']) > 0 && Number(row['findMs']) <= 60, `${row['findMs']} ms`);
  }
  assert.ok(shares.every((share, i) => share >= (shares[i - 1] ?? 0)));
  assert.equal(shares.at(-1), 1);
});

test('pegasus-estimators: the same seed gives the same rows, and another one others', () => {
  const of = (seed: string): readonly Row[] => rowsOf({ estimators: 'sketch', seed });
  assert.deepEqual(of('7'), of('7'));
  assert.notDeepEqual(of('7'), of('8'));
});

test('pegasus-estimators: it ends when the user wants it to', () => {
  assert.throws(() => rowsOf({}, { isInterrupted: () => true }), InterruptedError);
});
