import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Verdict } from '@ballast/checkers';
import { recordedOutput, runBallast, temporaryFolder } from '../test/command-run.ts';
import { runSim } from './sim/run-sim.ts';
import { faultsOf, seedRunRow, seedRunText } from './sim/seed-run-report.ts';
import type { SeedRun, SimTask } from './sim/worker.ts';

const TASK: SimTask = { firstSeed: 7, lastSeed: 7, system: 'pegasus', isTwice: false, historyPath: null };

interface Document {
  readonly runs: readonly (SeedRun & { readonly faults: readonly string[] })[];
}

async function documentOf(task: SimTask): Promise<Document> {
  const output = recordedOutput();
  assert.equal(await runSim(task, { json: true }, output), 0, output.notes.join('\n'));
  assert.equal(output.printed.length, 1);
  return JSON.parse(output.printed.join('')) as Document;
}

test('sim: one seed has one trace, and another seed another', async () => {
  const { runs } = await documentOf({ ...TASK, lastSeed: 8, isTwice: true });
  assert.deepEqual(
    runs.map(({ seed, verdict, faults }) => [seed, verdict.verdict, faults]),
    [
      [7, 'ok', []],
      [8, 'ok', []],
    ],
  );
  for (const { traceHash, secondTraceHash } of runs) assert.equal(traceHash, secondTraceHash);
  assert.notEqual(runs[0]?.traceHash, runs[1]?.traceHash);
  const [again] = (await documentOf(TASK)).runs;
  assert.equal(again?.traceHash, runs[0]?.traceHash);
});

test('sim: --history writes what the clients saw, each key under its run', async (t) => {
  const historyPath = join(temporaryFolder(t), 'history.jsonl');
  const [run] = (await documentOf({ ...TASK, historyPath })).runs;
  const lines = readFileSync(historyPath, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, run?.operations);
  assert.match(lines[0] ?? '', /"key":"seed-7\/user\d+"/);
});

test('sim: a seed that is none, and two ways to say which, are refused', async () => {
  const runs = await Promise.all([
    runBallast(['sim', '--seed', '-1']),
    runBallast(['sim', '--seeds', '9..3']),
    runBallast(['sim', '--seed', '1', '--seeds', '1..2']),
  ]);
  const messages = [
    /--seed <n>.*Expected an integer from 0/,
    /Expected two seeds in order/,
    /exclude each other/,
  ];
  for (const [i, { code, stderr }] of runs.entries()) {
    assert.equal(code, 2);
    assert.match(stderr, messages[i] ?? /never/);
  }
});

const OK: Verdict = { verdict: 'ok', operations: 100, keys: 4, steps: 100 };
const SOUND: SeedRun = {
  seed: 3,
  shape: {
    servers: 2,
    clients: 2,
    keys: 4,
    preloadShare: 1,
    users: 6,
    theta: 0.9,
    writeRatio: 0.2,
    deleteShare: 0,
    lossRatio: 0.03,
    duplicateRatio: 0,
    reorderRatio: 0.05,
    reorderDelayNs: 20_000,
    hotKeysMax: 2,
    missedPingsMax: 3,
    shiftNs: 2_000_000,
    isExponential: false,
    estimator: 'sketch',
    corruptRatio: 0,
  },
  operations: 100,
  events: 1000,
  promotions: 3,
  demotions: 2,
  cameToRest: true,
  framesInUse: 0,
  traceHash: 'a',
  secondTraceHash: null,
  verdict: OK,
};

test('sim: everything that can be wrong with a run is told', () => {
  const unknown: Verdict = { ...OK, verdict: 'unknown', undecided: [], keysNotReached: 4 };
  const bad = { ...SOUND, verdict: unknown, cameToRest: false, framesInUse: 2, secondTraceHash: 'b' };
  assert.deepEqual(faultsOf({ ...SOUND, secondTraceHash: 'a' }), []);
  assert.deepEqual(
    faultsOf(bad).map(({ kind }) => kind),
    ['unknown', 'stuck', 'leak', 'not repeatable'],
  );
  assert.equal(seedRunRow(SOUND)['verdict'], 'ok');
  assert.equal(seedRunRow(bad)['verdict'], 'unknown, stuck, leak, not repeatable');
});

test('sim: a run tells its rack, its load and its faults', () => {
  const text = seedRunText(SOUND);
  assert.match(text, /2 servers, 2 clients with 6 users, directory of 2 by sketch/);
  assert.match(text, /Zipf 0\.90 shifting every 2 ms, 20% writes/);
  assert.match(text, /of all messages 3% lost, 5% late by up to 20 us\n/);
});
