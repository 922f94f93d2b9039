import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Verdict } from '@ballast/checkers';
import { planOf, runPlan } from '@ballast/rack';
import { Command } from 'commander';
import { recordedOutput, type RecordedOutput, runBallast, temporaryFolder } from '../test/command-run.ts';
import { simCommand } from './sim/command.ts';
import { runSim, type SimOptions } from './sim/run-sim.ts';
import { failuresOfRun, seedRunRow, seedRunText } from './sim/seed-run-report.ts';
import { type Fixed, fixedBy, fixedText } from './sim/shape-flags.ts';
import { SimSummary } from './sim/sim-summary.ts';
import type { SeedResult, SeedRun } from './sim/worker.ts';

const OPTIONS: SimOptions = {
  firstSeed: 7,
  lastSeed: 7,
  system: 'pegasus',
  faults: 'none',
  durability: null,
  fixed: { shape: {}, durationNs: null },
  plan: null,
  schedulePath: null,
  isTwice: false,
  historyPath: null,
  jobs: 2,
  shrinkFolder: null,
  json: true,
};

interface Document {
  readonly summary: { readonly seeds: number; readonly failedSeeds: readonly number[] };
  readonly runs: readonly (SeedResult & {
    readonly seed: number;
    readonly durability: string;
    readonly schedule: readonly object[];
    readonly failures: readonly string[];
  })[];
  readonly shrunk?: { readonly path: string; readonly failure: string; readonly plan: object };
}

async function run(options: Partial<SimOptions>): Promise<RecordedOutput & { readonly code: number }> {
  const output = recordedOutput();
  const code = await runSim({ ...OPTIONS, ...options }, output);
  return { ...output, code };
}

async function documentOf(options: Partial<SimOptions>): Promise<Document> {
  const { printed, notes, code } = await run(options);
  assert.equal(code, 0, notes.join('\n'));
  assert.equal(printed.length, 1);
  return JSON.parse(printed.join('')) as Document;
}

test('sim: one seed has one trace, and another seed another', async () => {
  const { runs } = await documentOf({ lastSeed: 8, isTwice: true });
  assert.deepEqual(
    runs.map(({ seed, verdict, failures }) => [seed, verdict.verdict, failures]),
    [
      [7, 'ok', []],
      [8, 'ok', []],
    ],
  );
  for (const { traceHash, secondTraceHash } of runs) assert.equal(traceHash, secondTraceHash);
  assert.notEqual(runs[0]?.traceHash, runs[1]?.traceHash);
});

test('sim: a seed is the same run alone or among others, in however many threads', async () => {
  const three = { firstSeed: 20, lastSeed: 22, faults: 'all' } as const;
  const { runs, summary } = await documentOf({ ...three, jobs: 3 });
  const { runs: inOne } = await documentOf({ ...three, jobs: 1 });
  const hashes = runs.map(({ seed, traceHash }) => [seed, traceHash]);
  assert.deepEqual(
    hashes,
    inOne.map(({ seed, traceHash }) => [seed, traceHash]),
  );
  assert.equal(summary.seeds, 3);
  const [alone] = (await documentOf({ firstSeed: 21, lastSeed: 21, faults: 'all' })).runs;
  assert.equal(alone?.traceHash, runs[1]?.traceHash);
  assert.deepEqual(alone?.schedule, runs[1]?.schedule);
});

test('sim: the durability asked for changes what servers keep, and no fault', async () => {
  const [process, disk] = await Promise.all(
    (['process', 'disk'] as const).map(async (durability) => {
      return (await documentOf({ durability, faults: 'all' })).runs[0];
    }),
  );
  assert.equal(process?.durability, 'process');
  assert.equal(disk?.durability, 'disk');
  assert.deepEqual(process.schedule, disk.schedule);
});

test('sim: --history writes what the clients saw, each key under its run', async (t) => {
  const historyPath = join(temporaryFolder(t), 'history.jsonl');
  const { runs } = await documentOf({ lastSeed: 8, historyPath });
  const lines = readFileSync(historyPath, 'utf8').trimEnd().split('\n');
  assert.equal(
    lines.length,
    runs.reduce((sum, { operations }) => sum + operations, 0),
  );
  assert.match(lines[0] ?? '', /"key":"seed-7\/user\d+"/);
  assert.match(lines.at(-1) ?? '', /"key":"seed-8\/user\d+"/);
});

test('sim: what cannot be run is refused, with the reason', async (t) => {
  const folder = temporaryFolder(t);
  const noJson = join(folder, 'text.json');
  const noPlan = join(folder, 'plan.json');
  writeFileSync(noJson, 'crash server0');
  writeFileSync(noPlan, '{"seed": 1, "system": "paxos"}');
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [['--seed', '-1'], /--seed <n>.*Expected an integer from 0/],
    [['--seeds', '9..3'], /Expected two seeds in order/],
    [['--seed', '1', '--seeds', '1..2'], /--seed and --seeds exclude each other/],
    [['--jobs', '0'], /Expected an integer from 1/],
    [['--faults', 'some'], /Allowed choices are none, gentle, all/],
    [['--system', 'netcache', '--faults', 'gentle'], /--faults gentle is for hashing and pegasus/],
    [['--schedule', noJson], /text\.json is not JSON/],
    [['--schedule', noPlan], /"system" is "paxos"; expected one of/],
    [['--schedule', join(folder, 'none')], /there is no such file/],
    [['--schedule', noPlan, '--faults', 'all'], /--schedule and --faults exclude each other/],
    [['--schedule', noPlan, '--keys', '2'], /--schedule and --keys exclude each other/],
    [['--servers', '33'], /--servers <n>.*Expected an integer from 1 to 32/],
    [['--loss', '20%'], /--loss <share>.*Expected a number from 0 to 1/],
    [['--delay-us', '1e9'], /--delay-us <us>.*Expected a number from 0 to 20000/],
    [['--service', 'fast'], /Allowed choices are constant, exponential/],
    [['--system', 'hashing', '--estimator', 'sketch'], /--estimator sketch is for pegasus/],
    [['--out', folder], /--out is for what --shrink writes/],
    [['--history', join(folder, 'h'), '--jobs', '2'], /--history is written by one thread/],
    [['--history', join(folder, 'none', 'h')], /none.h: there is no such file/],
    [['--sede', '7'], /unknown option '--sede'.*Did you mean --seed/s],
  ];
  for (const [args, message] of refusals) {
    const { code, stderr } = await runBallast(['sim', ...args]);
    assert.match(stderr, message);
    assert.equal(code, 2, args.join(' '));
  }
});

test('sim: a flag fixes a parameter, the seed draws the others, and the command to replay says so', async () => {
  const flags = '--servers 9 --keys 2 --write-ratio 1 --reorder 0.3 --delay-us 0.5 --service constant';
  const command = simCommand(new Command());
  let fixed: Fixed = { shape: {}, durationNs: null };
  command.action((given: object) => void (fixed = fixedBy(given)));
  await command.parseAsync(`${flags} --duration-ms 3`.split(' '), { from: 'user' });
  const network = { reorderRatio: 0.3, reorderDelayNs: 500 };
  const shape = { servers: 9, keys: 2, writeRatio: 1, ...network, isExponential: false };
  assert.deepEqual(fixed, { shape, durationNs: 3e6 });
  assert.equal(fixedText(fixed), ` ${flags} --duration-ms 3`);
  const plan = planOf({ seed: 7, shape: fixed.shape, durationNs: 3e6 });
  assert.equal(plan.shape.clients, planOf({ seed: 7 }).shape.clients);
  const { runs } = await documentOf({ fixed });
  const { traceHash } = runPlan(plan);
  assert.equal(runs[0]?.traceHash, traceHash);
});

/** A plan that breaks: it strikes a node that is not there. As `--shrink` would write it. */
function brokenPlan(t: TestContext): { readonly path: string; readonly folder: string } {
  const folder = temporaryFolder(t);
  const path = join(folder, 'broken.json');
  const plan = planOf({ seed: 5, faults: 'all', durationNs: 4e6 });
  const nobody = { kind: 'pause', node: 'nobody', atNs: 1e6, forNs: 1e6 };
  writeFileSync(path, JSON.stringify({ ...plan, faults: [...plan.faults, nobody] }));
  return { path, folder };
}

test('sim: a run that fails is exit code 1, shrunk when asked, and what is left replays and fails', async (t) => {
  const { path, folder } = brokenPlan(t);
  const args = ['sim', '--schedule', path, '--shrink', '--out', folder];
  const { code, stdout, stderr } = await runBallast([...args, '--json']);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /seed 5: broken: .*there is a node nobody/);
  assert.match(stderr, /seed 5 shrunk in \d+ runs, still broken/);
  assert.match(stderr, /1 ms for 1[01]?(\.\d+)? .*: pause nobody|for 10 us: pause nobody/);
  const { shrunk, summary } = JSON.parse(stdout) as Document;
  assert.deepEqual(summary.failedSeeds, [5]);
  assert.equal(shrunk?.failure, 'broken');
  assert.ok(existsSync(shrunk.path) && stderr.includes(`--schedule ${shrunk.path}`));
  const small = JSON.parse(readFileSync(shrunk.path, 'utf8')) as { readonly faults: readonly object[] };
  assert.equal(small.faults.length, 1);
  const again = await runBallast(['sim', '--schedule', shrunk.path]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /there is a node nobody/);
});

test('sim: Ctrl-C ends it with a summary of what was done', async () => {
  const { code, stdout, stderr } = await runBallast(
    ['sim', '--seeds', '1..100000', '--faults', 'none'],
    'seeds',
  );
  assert.equal(code, 130);
  assert.match(stdout, /^seeds +\d+\n/);
  assert.match(stderr, /interrupted after \d+ seeds/);
});

const OK: Verdict = { verdict: 'ok', operations: 100, keys: 4, steps: 100 };
const RESULT: SeedResult = {
  operations: 100,
  events: 1000,
  promotions: 3,
  demotions: 2,
  rangesMoved: 0,
  cameToRest: true,
  framesInUse: 0,
  traceHash: 'a',
  secondTraceHash: null,
  verdict: OK,
};
const SHAPE = {
  ...{
    servers: 2,
    clients: 2,
    users: 6,
    keys: 4,
    preloadShare: 1,
    theta: 0.9,
    writeRatio: 0.2,
    deleteShare: 0,
  },
  ...{ lossRatio: 0.03, duplicateRatio: 0, reorderRatio: 0.05, reorderDelayNs: 20_000, corruptRatio: 0 },
  ...{ hotKeysMax: 2, shiftNs: 2_000_000, estimator: 'sketch' as const },
};
const SOUND: SeedRun = {
  plan: planOf({ seed: 3, shape: SHAPE, durability: 'disk' }),
  result: RESULT,
  error: null,
};
const UNKNOWN: Verdict = { ...OK, verdict: 'unknown', undecided: [], keysNotReached: 4 };
const BAD: SeedRun = {
  ...SOUND,
  result: { ...RESULT, verdict: UNKNOWN, cameToRest: false, framesInUse: 2, secondTraceHash: 'b' },
};

test('sim: everything that can be wrong with a run is told', () => {
  assert.deepEqual(failuresOfRun({ ...SOUND, result: { ...RESULT, secondTraceHash: 'a' } }), []);
  assert.deepEqual(
    failuresOfRun(BAD).map(({ kind }) => kind),
    ['unknown', 'stuck', 'leak', 'not repeatable'],
  );
  assert.equal(seedRunRow(SOUND)['verdict'], 'ok');
  assert.equal(seedRunRow(BAD)['verdict'], 'unknown, stuck, leak, not repeatable');
  assert.equal(seedRunRow({ ...SOUND, result: null, error: 'oh' })['verdict'], 'broken');
});

test('sim: a run tells its rack, its load and its faults', () => {
  const crash = { kind: 'crash', node: 'server1', atNs: 1e6, forNs: 2e6 } as const;
  const pause = { ...crash, kind: 'pause', node: 'tor' } as const;
  const text = seedRunText({ ...SOUND, plan: { ...SOUND.plan, faults: [crash, pause] } });
  assert.match(text, /pegasus: 2 servers, 2 clients with 6 users, directory of 2 by sketch/);
  assert.match(text, /Zipf 0\.90 shifting every 2 ms, 20% writes/);
  assert.match(text, /network +of all messages 3% lost, 5% late by up to 20 us\n/);
  assert.match(text, /faults +1 ms for 2 ms: crash server1\n +1 ms for 2 ms: pause tor\n/);
});

test('sim: the summary counts faults and failures by kind, and names the seeds in order', () => {
  const summary = new SimSummary();
  const crash = { kind: 'crash', node: 'server1', atNs: 1e6, forNs: 2e6 } as const;
  summary.add({ ...BAD, plan: { ...SOUND.plan, seed: 9, faults: [crash] } });
  summary.add(SOUND);
  summary.add({ plan: { ...SOUND.plan, seed: 4, faults: [crash] }, result: null, error: 'oh' });
  const { operations, faults, verdicts, failedSeeds } = summary.document;
  assert.equal(operations, 200);
  assert.deepEqual(faults, { crash: 2 });
  const each = { unknown: 1, stuck: 1, leak: 1, 'not repeatable': 1, broken: 1 };
  assert.deepEqual(verdicts, { ok: 1, ...each });
  assert.deepEqual(failedSeeds, [4, 9]);
  assert.match(summary.text, /^seeds +3\n(.*\n)*faults +2 crash\nverdicts +1 ok, /);
});
