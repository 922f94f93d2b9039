import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTiny } from '../test/tiny-run.ts';
import type { Row } from './experiment.ts';
import { pegasusFailures } from './pegasus-failures.ts';
import { parseParameters } from './parameters.ts';
import { pointsOf } from './run-points.ts';

const WINDOW_MS = 25;
const PING_MS = 5;

/** At so slow a replay the log of a few hundred keys takes a while. */
const SMALL = {
  ...{ servers: '3', keys: '500', 'write-ratio': '0.2', 'replay-mb-per-second': '1' },
  ...{ 'lead-ms': '100', 'down-ms': '300', 'after-ms': '200' },
  ...{ 'window-ms': String(WINDOW_MS), 'ping-ms': String(PING_MS) },
};

function run(given: Readonly<Record<string, string>>): { summaries: Row[]; windows: Row[]; judged: number } {
  const { rows, judgements } = runTiny(pegasusFailures, { ...SMALL, ...given }, { check: true });
  const summaries = rows.filter(({ timeMs }) => timeMs === null);
  return { summaries, windows: rows.filter(({ timeMs }) => timeMs !== null), judged: judgements.length };
}

test('pegasus-failures: a killed server loses no acknowledged write, and is back as soon as the docs say', () => {
  const { summaries } = run({ faults: 'server', durabilities: 'process,disk', zipf: '0,1.2' });
  assert.equal(summaries.length, 8);
  for (const row of summaries) {
    const what = JSON.stringify(row);
    const ms = (column: string): number => Number(row[column]);
    assert.deepEqual([row['lostWrites'], row['notReadBack'], row['verdict']], [0, 0, 'ok'], what);
    // docs/figures/pegasus-failures.md, "What is promised".
    assert.ok(ms('expelledMs') > 0 && ms('expelledMs') <= 9 * PING_MS, what);
    assert.ok(ms('backMs') > 330, `it has replayed its log: ${what}`);
    assert.ok(ms('admittedMs') >= ms('backMs') && ms('admittedMs') <= ms('backMs') + 1, what);
    assert.ok(row['recoveryMs'] !== null && ms('recoveryMs') <= ms('backMs') + WINDOW_MS, what);
    if (row['zipf'] === 0) assert.ok(ms('lowestShare') < 0.75, `its keys are gone meanwhile: ${what}`);
  }
});

test('pegasus-failures: without a log a killed server loses writes, which the figure tells and does not judge', () => {
  const { summaries, windows, judged } = run({ faults: 'server', durabilities: 'none', zipf: '0' });
  for (const { lostWrites, verdict } of summaries) {
    assert.ok(Number(lostWrites) > 0);
    assert.equal(verdict, 'violation');
  }
  assert.equal(judged, 0);
  assert.deepEqual(
    windows.filter(({ system }) => system === 'pegasus').map(({ timeMs }) => timeMs),
    Array.from({ length: 24 }, (_, i) => (i - 3) * WINDOW_MS),
  );
  assert.ok(windows.some(({ notAnswered }) => Number(notAnswered) > 0));
});

test('pegasus-failures: nothing passes a switch that is down; a controller that is down is not missed', () => {
  const { summaries } = run({ faults: 'switch,controller', durabilities: 'process', systems: 'pegasus' });
  const [ofSwitch, ofController] = [summaries[0]!, summaries.at(-1)!];
  assert.deepEqual([ofSwitch['lowestShare'], ofSwitch['reducedMs']], [0, 300]);
  assert.equal(ofController['reducedMs'], 0);
  for (const { lostWrites, verdict, expelledMs } of summaries)
    assert.deepEqual([lostWrites, verdict, expelledMs], [0, 'ok', null]);
});

test('pegasus-failures: other faults than of a server are shown with the first durability alone', () => {
  const names = (given: Record<string, string>): string[] =>
    pointsOf(pegasusFailures, parseParameters(pegasusFailures.parameters, given)).map(({ name }) => name);
  assert.deepEqual(
    names({ systems: 'pegasus', zipf: '1', faults: 'server,switch', durabilities: 'disk,none' }),
    ['pegasus-zipf-1-server-disk', 'pegasus-zipf-1-server-none', 'pegasus-zipf-1-switch-disk'],
  );
});
