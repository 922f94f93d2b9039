import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveSystem } from './options.ts';
import { cautions, compare, documentRow, phaseLine, tableRow, verdictSentence } from './comparison.ts';
import type { WorkloadKind } from './options.ts';
import type { PhaseResult } from './run-phase.ts';

function result(
  workload: WorkloadKind,
  system: LiveSystem,
  answeredPerSecond: number,
  changes: Partial<PhaseResult> = {},
): PhaseResult {
  return {
    phase: { workload, label: workload === 'uniform' ? 'uniform' : 'Zipf 1.2', system, seconds: 10 },
    offeredPerSecond: 10_000,
    answeredPerSecond,
    p50Us: 400,
    p99Us: 2_000,
    p99TypicalUs: 1_500,
    lost: 0,
    fullestUtilisation: 0.7,
    boundPerSecond: 12_345,
    hotKeys: 0,
    lagMsMax: 3,
    verdict: null,
    ...changes,
  };
}

test('comparison: the verdict says what was measured, and that a small difference is none', () => {
  const results = [
    result('uniform', 'hashing', 9_990),
    result('uniform', 'pegasus', 10_010),
    result('skewed', 'hashing', 4_000, { p99TypicalUs: 3e6 }),
    result('skewed', 'pegasus', 10_000),
  ];
  assert.equal(
    verdictSentence(compare(results)),
    'uniform keys: Pegasus answers 1.00 times what hashing does: no advantage (p99 1.5 ms against 1.5 ms); ' +
      'Zipf 1.2 keys: Pegasus answers 2.50 times what hashing does (p99 1.5 ms against 3 s).',
  );
});

test('comparison: what only one system ran, or nobody answered, is not compared', () => {
  assert.deepEqual(compare([result('uniform', 'pegasus', 1)]), []);
  assert.deepEqual(compare([result('uniform', 'hashing', 0), result('uniform', 'pegasus', 1)]), []);
  assert.equal(verdictSentence([]), null);
});

test('comparison: a slower Pegasus is called so', () => {
  const results = [result('uniform', 'hashing', 10_000), result('uniform', 'pegasus', 9_000)];
  assert.match(verdictSentence(compare(results)) ?? '', /0\.90 times what hashing does \(/);
});

test('comparison: a row of the table is for people, one of the document is flat and exact', () => {
  const one = result('skewed', 'pegasus', 9_876.4, { lost: 2, boundPerSecond: null });
  const row = tableRow(one);
  assert.deepEqual([row['answered'], row['bound'], row['p99'], row['lost']], ['9,876', null, '2 ms', 2]);
  const document = documentRow(one);
  assert.deepEqual(
    [document['answeredPerSecond'], document['boundPerSecond'], document['p99Us']],
    [9_876, null, 2_000],
  );
  assert.ok(Object.values(document).every((cell) => cell === null || typeof cell !== 'object'));
});

test('comparison: a phase that answered nothing has no latencies', () => {
  const one = result('skewed', 'hashing', 0, { p50Us: 0, p99Us: 0, p99TypicalUs: 0 });
  const [row, document] = [tableRow(one), documentRow(one)];
  assert.deepEqual([row['p50'], row['p99'], row['typical']], ['-', '-', '-']);
  assert.deepEqual([document['p50Us'], document['p99Us'], document['p99TypicalUs']], [null, null, null]);
  assert.match(phaseLine(one), /p50 -, typical p99 -$/);
});

test('comparison: a machine that did not keep up is named as the reason for a longer run', () => {
  assert.deepEqual(cautions([result('uniform', 'hashing', 1)]), []);
  const [caution] = cautions([result('uniform', 'hashing', 1, { lagMsMax: 2_500 })]);
  assert.match(caution ?? '', /2\.5 s behind the clock.*lower --rate/);
});
