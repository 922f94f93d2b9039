import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { present } from '@ballast/base';
import { experiments, parseParameters, pointsOf, quickValues, totalWork } from '@ballast/experiments';
import { recordedOutput, runBallast, temporaryFolder } from '../test/command-run.ts';
import { runExperiment, runExperiments } from './experiment/run-experiment.ts';
import { ExitCode } from './terminal/exit-codes.ts';
import { describeFailure, exitCodeOf } from './terminal/failure.ts';
import { runCheck } from './check/run-check.ts';

const TINY = [
  ...['--servers', '2', '--keys', '100', '--zipf', '0.9', '--clients', '2', '--operations', '1000'],
  ...['--precision', '0.2', '--service-us', '50', '--slo-us', '500', '--seed', '5'],
];

const pegasusSkew = present(experiments[0], 'there is a figure');

interface Document {
  readonly experiment: string;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly judgements: readonly {
    readonly run: string;
    readonly verdict: string;
    readonly operations: number;
  }[];
}

test('experiment: a tiny figure prints one document and leaves its files and a history', async (t) => {
  const out = temporaryFolder(t);
  const history = join(out, 'history.jsonl');
  const flags = ['--json', '--check', '--history', history, '--out', join(out, 'new', 'folder')];
  const { code, stdout, stderr } = await runBallast(['experiment', 'pegasus-skew', ...TINY, ...flags]);
  assert.equal(code, 0, stderr);

  const document = JSON.parse(stdout) as Document;
  assert.deepEqual(Object.keys(document), ['experiment', 'seed', 'parameters', 'rows', 'judgements']);
  assert.equal(document.experiment, 'pegasus-skew');
  assert.equal(document.seed, 5);
  assert.deepEqual(document.parameters['zipf'], [0.9]);
  assert.equal(document.parameters['service'], 'constant', 'defaults are told too');
  assert.deepEqual(
    document.rows.map(({ system }) => system),
    ['hashing', 'pegasus'],
  );
  assert.deepEqual(
    document.judgements.map(({ run, verdict }) => [run, verdict]),
    [
      ['hashing-zipf-0.9', 'ok'],
      ['pegasus-zipf-0.9', 'ok'],
    ],
  );

  const file = (extension: string): Buffer => {
    return readFileSync(join(out, 'new', 'folder', 'pegasus-skew', `pegasus-skew.${extension}`));
  };
  const [header, ...lines] = file('csv').toString().trimEnd().split('\n');
  assert.deepEqual(header?.split(','), Object.keys(document.rows[0] ?? {}));
  assert.deepEqual(
    lines,
    document.rows.map((row) => Object.values(row).join(',')),
  );
  assert.match(file('svg').toString(), /^<svg .*Throughput at the latency objective/s);
  assert.deepEqual([...file('png').subarray(1, 4)], [...Buffer.from('PNG')]);
  assert.match(stderr, /wrote .*pegasus-skew\.png/);

  const judged = recordedOutput();
  assert.equal(await runCheck({ path: history, secondsMax: null }, { json: true }, judged), 0);
  const { operations } = JSON.parse(judged.printed.join('')) as { operations: number };
  assert.equal(
    operations,
    document.judgements.reduce((sum, run) => sum + run.operations, 0),
  );
});

test('experiment: --help has every parameter as a flag, with its range, unit and default', async () => {
  const { code, stdout } = await runBallast(['experiment', 'pegasus-skew', '--help']);
  const help = stdout.replaceAll(/\s+/g, ' ');
  assert.equal(code, 0);
  for (const flag of Object.keys(pegasusSkew.parameters)) assert.match(help, new RegExp(`--${flag} <`));
  assert.match(help, /--slo-us <n> [^<]*a number from 1 to 1000000 us \(default: 50\)/);
});

test('experiment: a bad value is one line on stderr, nothing on stdout, exit code 2', async () => {
  const { code, stdout, stderr } = await runBallast(['experiment', 'pegasus-skew', '--zipf', '0,9']);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.equal(stderr, 'ballast: --zipf 9: expected numbers separated by commas, each from 0 to 3\n');
});

test('experiment: an unknown figure is refused with a hint', async () => {
  const { code, stderr } = await runBallast(['experiment', 'pegasus-skwe']);
  assert.equal(code, 2);
  assert.match(stderr, /^ballast: unknown command 'pegasus-skwe'\n\(Did you mean pegasus-skew\?\)/);
});

test('experiment: what only the run itself can refuse is refused as wrong input too', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const options = { given: {}, json: true, check: false, history: null, out: folder, quick: false, jobs: 1 };
  const cases = [
    {
      options: { ...options, given: { 'slo-us': '8' } },
      message: /^ballast: --slo-us 8: expected more than 9\.\d+ us/,
    },
    { options: { ...options, out: file }, message: /^ballast: no results can be written to .*ENOTDIR/ },
    { options: { ...options, history: join(folder, 'no', 'such') }, message: /no such file or folder$/ },
  ];
  for (const { options: given, message } of cases) {
    const output = recordedOutput();
    await assert.rejects(runExperiment(pegasusSkew, given, output), (error) => {
      assert.match(describeFailure(error) ?? '', message);
      assert.equal(exitCodeOf(error), ExitCode.Usage);
      return true;
    });
    assert.deepEqual(output.printed, []);
  }
});

test('experiment: Ctrl-C ends it with exit code 130, without a result', async (t) => {
  const args = ['experiment', 'pegasus-skew', '--servers', '2', '--keys', '100', '--out', temporaryFolder(t)];
  const { code, stdout, stderr } = await runBallast(args, 'hashing, Zipf 0');
  assert.equal(code, 130, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /ballast: interrupted\n$/);
});

test('experiment: --quick makes values that every figure accepts, and less work', () => {
  for (const experiment of experiments) {
    const workOf = (given: Record<string, string>): number =>
      totalWork(pointsOf(experiment, parseParameters(experiment.parameters, given)));
    assert.ok(workOf(quickValues(experiment.parameters)) < workOf({}) / 2, experiment.name);
  }
});

test('experiment: the same rows and histories whatever the number of threads', async (t) => {
  const out = temporaryFolder(t);
  const runs = await Promise.all(
    ['1', '3'].map(async (jobs) => {
      const history = join(out, `history-${jobs}.jsonl`);
      const flags = ['--json', '--history', history, '--out', join(out, jobs), '--jobs', jobs];
      const run = await runBallast(['experiment', 'pegasus-skew', ...TINY, ...flags]);
      assert.equal(run.code, 0, run.stderr);
      return { document: run.stdout, history: readFileSync(history, 'utf8') };
    }),
  );
  assert.deepEqual(runs[0], runs[1]);
});

test('experiment: --all with a figure that cannot be written says so before it measures', async (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  const { code, stdout, stderr } = await runBallast(['experiment', '--all', '--quick', '--out', file]);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /^ballast: no results can be written to /);
});

test('experiment: several figures are one document, each with its rows, told with how long they take', async (t) => {
  const output = recordedOutput();
  const small = experiments.map((experiment) => ({
    ...experiment,
    points: (parameters: Parameters<typeof experiment.points>[0]) =>
      experiment.points(parameters).slice(0, 1),
  }));
  const given = { servers: '2', keys: '300', clients: '2', operations: '1000', precision: '0.2' };
  const slow = { ...given, 'service-us': '50', 'slo-us': '500', 'period-ms': '100', 'epoch-ms': '50' };
  const options = { json: true, check: true, history: null, out: temporaryFolder(t), quick: true, jobs: 2 };
  await runExperiments(small, { ...options, given: { ...slow, 'slow-servers': '1' } }, output);
  const { experiments: documents } = JSON.parse(output.printed.join('')) as { experiments: Document[] };
  assert.deepEqual(
    documents.map((document) => document.experiment),
    experiments.map(({ name }) => name),
  );
  for (const { rows, judgements } of documents) {
    assert.ok(rows.length > 0);
    assert.ok(judgements.every(({ verdict }) => verdict === 'ok'));
  }
  for (const { name } of experiments) {
    assert.ok(output.notes.some((note) => note.startsWith(`${name}: `) && /about \d+ (s|min)/.test(note)));
  }
});
