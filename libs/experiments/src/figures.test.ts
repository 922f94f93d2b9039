import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTiny } from '../test/tiny-run.ts';
import type { Row } from './experiment.ts';
import { ParameterError, parseParameters, quickValues } from './parameters.ts';
import { experiments } from './registry.ts';
import { pointsOf } from './run-points.ts';

const PEAK_COLUMNS = ['throughputAtSlo', 'p99Us', 'bound', 'capacityShare'];

interface Case {
  readonly name: string;
  readonly given: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  /** Of the rows, in order: what tells them apart. */
  readonly heads: readonly (readonly unknown[])[];
}

/** Values that stand in no list of defaults. */
const cases: readonly Case[] = [
  {
    name: 'pegasus-servers',
    given: { servers: '1,3' },
    columns: ['system', 'servers', ...PEAK_COLUMNS],
    heads: [
      ['hashing', 1],
      ['pegasus', 1],
      ['hashing', 3],
      ['pegasus', 3],
    ],
  },
  {
    name: 'pegasus-writes',
    given: { 'write-ratio': '0.33' },
    columns: ['system', 'writeRatio', ...PEAK_COLUMNS],
    heads: [
      ['hashing', 0.33],
      ['pegasus', 0.33],
      ['netcache', 0.33],
    ],
  },
  {
    name: 'pegasus-values',
    given: { 'value-bytes': '3000', systems: 'pegasus' },
    columns: ['system', 'valueBytes', ...PEAK_COLUMNS],
    heads: [['pegasus', 3000]],
  },
  {
    name: 'pegasus-directory',
    given: { 'directory-entries': '3', zipf: '0.7,1.1' },
    columns: ['system', 'zipf', 'entries', ...PEAK_COLUMNS, 'hotKeys'],
    heads: [
      ['pegasus', 0.7, 3],
      ['pegasus', 1.1, 3],
    ],
  },
  {
    name: 'pegasus-policies',
    given: { service: 'constant', selections: 'random,roundRobin', 'slow-servers': '1', servers: '3' },
    columns: ['selection', 'service', 'slowServers', 'rack', ...PEAK_COLUMNS, 'load', 'p99UsAtLoad'],
    heads: [
      ['random', 'constant', 0],
      ['roundRobin', 'constant', 0],
      ['random', 'constant', 1],
      ['roundRobin', 'constant', 1],
    ],
  },
  {
    name: 'pegasus-chain',
    given: { 'write-ratio': '0,0.4' },
    columns: [
      'system',
      'rack',
      'writeRatio',
      ...PEAK_COLUMNS,
      'load',
      'writeP50Us',
      'writeP99Us',
      'headUse',
      'tailUse',
    ],
    heads: [
      ['hashing', 'alone', 0],
      ['pegasus', 'alone', 0],
      ['hashing', 'chain', 0],
      ['pegasus', 'chain', 0],
      ['hashing', 'alone', 0.4],
      ['pegasus', 'alone', 0.4],
      ['hashing', 'chain', 0.4],
      ['pegasus', 'chain', 0.4],
    ],
  },
];

for (const { name, given, columns, heads } of cases) {
  test(`${name}: a tiny rack gives its rows, and is linearizable`, () => {
    const experiment = experiments.find((candidate) => candidate.name === name)!;
    const { rows, judgements } = runTiny(experiment, given, { check: true });
    assert.deepEqual(
      rows.map((row) => Object.values(row).slice(0, heads[0]!.length)),
      heads,
    );
    for (const row of rows) {
      assert.deepEqual(Object.keys(row), columns);
      assert.ok(Number(row['throughputAtSlo']) > 0 && Number(row['p99Us']) <= 500);
      // A search on samples ends near its bound, on either side.
      assert.ok(Number(row['throughputAtSlo']) < Number(row['bound']) * 1.2, JSON.stringify(row));
    }
    assert.equal(judgements.length, heads.length);
    assert.ok(judgements.every(({ verdict }) => verdict.verdict === 'ok'));
  });
}

test('pegasus-chain: the head works on writes alone, and a write takes longer than in one rack', () => {
  const experiment = experiments.find(({ name }) => name === 'pegasus-chain')!;
  const { rows } = runTiny(experiment, { 'write-ratio': '0,0.5', systems: 'hashing', load: '0.3' });
  const of = (rack: 'alone' | 'chain', writeRatio: number): Row =>
    rows.find((row) => row['rack'] === rack && row['writeRatio'] === writeRatio)!;
  assert.ok(Number(of('chain', 0)['headUse']) < 0.01, 'pings only');
  const ratio = Number(of('chain', 0.5)['headUse']) / Number(of('chain', 0.5)['tailUse']);
  assert.ok(ratio > 0.4 && ratio < 0.6, `${ratio}`);
  assert.ok(Number(of('chain', 0.5)['writeP50Us']) > 1.8 * Number(of('alone', 0.5)['writeP50Us']));
  assert.ok(Number(of('chain', 0.5)['bound']) < Number(of('alone', 0.5)['bound']));
  assert.equal(of('chain', 0)['bound'], of('alone', 0)['bound']);
});

const DYNAMICS = {
  'period-ms': '300',
  'window-ms': '50',
  'epoch-ms': '50',
  shifts: '2',
  'shift-keys': '8',
  'random-among': '16',
};

test('pegasus-dynamics: a row for each window; shifts are told, and each is recovered from', () => {
  const experiment = experiments.find(({ name }) => name === 'pegasus-dynamics')!;
  const { rows, judgements } = runTiny(experiment, DYNAMICS, { check: true });
  const columns = ['throughput', 'p99Us', 'hotKeys', 'offered', 'shift', 'reducedMs', 'recoveryMs'];
  for (const row of rows) assert.deepEqual(Object.keys(row), ['system', 'pattern', 'timeMs', ...columns]);
  const of = (pattern: string): Row[] => rows.filter((row) => row['pattern'] === pattern);
  for (const pattern of ['hot-in', 'random']) {
    assert.deepEqual(
      of(pattern).map(({ timeMs }) => timeMs),
      Array.from({ length: 18 }, (_, i) => (i + 1) * 50),
    );
    assert.deepEqual(
      of(pattern).map(({ shift }) => shift),
      [0, 1, 2].flatMap((shift) => Array.from({ length: 6 }, () => shift)),
    );
    assert.ok(of(pattern).every(({ shift, recoveryMs }) => shift === 0 || recoveryMs !== null));
  }
  assert.ok(judgements.every(({ verdict }) => verdict.verdict === 'ok'));
});

test('figures: their defaults and quick values are free of contradictions, names of points differ', () => {
  for (const experiment of experiments) {
    for (const given of [{}, quickValues(experiment.parameters)]) {
      const points = pointsOf(experiment, parseParameters(experiment.parameters, given));
      assert.equal(new Set(points.map(({ name }) => name)).size, points.length);
      assert.ok(points.every(({ work }) => work > 0));
    }
  }
});

test('figures: their titles are as wide as a figure at most', () => {
  const charactersMax = 63;
  for (const { title } of experiments) assert.ok(title.length <= charactersMax, title);
});

test('figures: a parameter given twice gives two points of different names', () => {
  const [skew] = experiments;
  const points = pointsOf(skew!, parseParameters(skew!.parameters, { zipf: '1,1', systems: 'hashing' }));
  assert.deepEqual(
    points.map(({ name }) => name),
    ['hashing-zipf-1', 'hashing-zipf-1-2'],
  );
});

const contradictions: readonly { figure: string; given: Record<string, string>; message: RegExp }[] = [
  {
    figure: 'pegasus-values',
    given: { 'value-bytes': '4096', keys: '20000000' },
    message: /^--keys 20000000: expected at most \d+ with values of 4096 bytes/,
  },
  {
    figure: 'pegasus-policies',
    given: { servers: '3', 'slow-servers': '4' },
    message: /^--slow-servers 4: expected at most the 3 servers/,
  },
  {
    figure: 'pegasus-dynamics',
    given: { 'window-ms': '300' },
    message: /^--window-ms 300: expected at most the 250 ms between two shifts/,
  },
  {
    figure: 'pegasus-dynamics',
    given: { keys: '64' },
    message: /^--shift-keys 64: expected fewer than the 64 keys/,
  },
  {
    figure: 'pegasus-dynamics',
    given: { 'shift-keys': '200' },
    message: /^--random-among 128: expected at least the 200 keys/,
  },
  {
    figure: 'pegasus-dynamics',
    given: { keys: '150' },
    message: /^--random-among 128: expected at most 86/,
  },
  {
    figure: 'pegasus-chain',
    given: { 'slo-us': '14', 'write-ratio': '0.5' },
    message: /^--slo-us 14: expected more than 17\.\d+ us: a write of a chain/,
  },
];

for (const { figure, given, message } of contradictions) {
  test(`${figure}: ${JSON.stringify(given)} is refused with what to change`, () => {
    const experiment = experiments.find(({ name }) => name === figure)!;
    assert.throws(
      () => pointsOf(experiment, parseParameters(experiment.parameters, given)),
      (error) => error instanceof ParameterError && error.code === 'CONFLICT' && message.test(error.message),
    );
  });
}
