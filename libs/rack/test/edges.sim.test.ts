/** Under all faults: what is rare or far away elsewhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, type Nanos, Prng, us } from '@ballast/base';
import { type Journal, type LedgerRecord, PegasusController } from '@ballast/pegasus';
import { type Fault, FaultSchedule } from '@ballast/sim';
import {
  type PlannedChanges,
  type RackParts,
  randomRun,
  type RandomRunResult,
  type RunShape,
} from '../src/index.ts';
import { CollidingHasher } from './mutants.ts';

const SEEDS = Math.ceil(Number(process.env['BALLAST_SEEDS'] ?? 60) / 6);

/** More than a journal has before it is rewritten. */
const RECORDS_MAX = 4096;

/** Keys take turns in the directory, and messages are late by whole turns. */
const LATE: Partial<RunShape> = {
  servers: 3,
  keys: 5,
  hotKeysMax: 2,
  shiftNs: 1_000_000,
  writeRatio: 0.4,
  users: 20,
  missedPingsMax: 2,
  duplicateRatio: 0.1,
  reorderRatio: 0.2,
  reorderDelayNs: 4_000_000,
};
/** Where every life of a server is short, epochs and incarnations are given out fast. */
const RESTLESS: Partial<RunShape> = { ...LATE, missedPingsMax: 1 };

/** One server joins and gets its share, another leaves. */
function changesOf(seed: number): PlannedChanges {
  return {
    standby: 1,
    steps: [
      { kind: 'rebalance', atNs: ms(1) + (seed % 7) * us(700) },
      { kind: 'leave', server: seed % 3, atNs: ms(6) + (seed % 5) * us(1_500) },
      { kind: 'rebalance', atNs: ms(12) },
    ],
  };
}

function soundRuns(
  parts: Partial<RackParts>,
  shapes: readonly Partial<RunShape>[],
  { rests = true, isChanged = false } = {},
): RandomRunResult[] {
  const runs: RandomRunResult[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const shape = shapes[seed % shapes.length]!;
    const changes = isChanged ? { changes: changesOf(seed) } : {};
    const run = randomRun({ seed, faults: 'all', parts, shape, ...changes });
    assert.equal(run.verdict.verdict, 'ok', `seed ${seed}`);
    assert.equal(run.framesInUse, 0, `seed ${seed}: lost a frame`);
    if (rests) assert.ok(run.cameToRest, `seed ${seed}: came to rest after the last fault`);
    runs.push(run);
  }
  return runs;
}

const sum = (runs: readonly RandomRunResult[], of: (run: RandomRunResult) => number): number =>
  runs.reduce((total, run) => total + of(run), 0);

test('edges: keys of equal hash stay apart under all faults', (t) => {
  const runs = soundRuns({ hasher: () => new CollidingHasher() }, [{}, LATE, { keys: 14, hotKeysMax: 4 }]);
  const promotions = sum(runs, (run) => run.promotions);
  const refused = sum(runs, ({ counters }) => counters.refused);
  t.diagnostic(`${promotions} promotions, ${refused} refused`);
  assert.ok(promotions > SEEDS && refused > 0);
});

test('edges: late messages of many epochs and generations are told apart', (t) => {
  const runs = soundRuns({}, [LATE, RESTLESS]);
  t.diagnostic(`${sum(runs, ({ counters }) => counters.expelled)} expelled`);
});

test('edges: servers join and leave while messages are late', (t) => {
  const runs = soundRuns({}, [LATE, { ...LATE, missedPingsMax: 6 }], { isChanged: true });
  const moved = sum(runs, ({ counters }) => counters.rangesMoved);
  t.diagnostic(`${moved} ranges moved`);
  assert.ok(moved > 10 * SEEDS);
});

test('edges: epochs go round under all faults', (t) => {
  let rounds = 0;
  for (const epoch of [0xfffe, 0xfff8]) {
    const runs = soundRuns({ founding: { epoch, incarnation: 1 } }, [RESTLESS, LATE]);
    rounds += runs.filter(({ counters }) => epoch + counters.expelled + counters.admitted > 0xffff).length;
  }
  t.diagnostic(`round in ${rounds} of ${2 * SEEDS} runs`);
  assert.ok(rounds > SEEDS / 2);
});

test('edges: nothing is lost or repeated when the incarnations for servers are spent in the midst of a run', (t) => {
  const runs = soundRuns({ founding: { epoch: 1, incarnation: 0xffff - 256 - 4 } }, [RESTLESS, LATE], {
    rests: false,
  });
  const turnedAway = runs.filter(({ counters }) => counters.turnedAway > 0).length;
  t.diagnostic(`spent in ${turnedAway} of ${SEEDS} runs`);
  assert.ok(turnedAway > SEEDS / 4);
});

/** Controllers that find so long a journal that their first record has it rewritten. */
function rewriting(onRewrite: () => void): Partial<RackParts> {
  const padding = Array.from({ length: RECORDS_MAX }, (): LedgerRecord => {
    return { kind: 'rebalance', isWanted: false };
  });
  return {
    controller: (config) => {
      const journal: Journal = {
        append: (record) => config.journal.append(record),
        rewrite: (records) => {
          onRewrite();
          config.journal.rewrite(records);
        },
      };
      return new PegasusController({ ...config, journal, records: [...padding, ...config.records] });
    },
  };
}

/** The controller dies every millisecond or so, servers and the switch now and then. */
function controllerCrashes(seed: number): FaultSchedule {
  const prng = new Prng(seed).fork('crashes');
  const faults: Fault[] = [];
  for (let atNs: Nanos = us(500); atNs < ms(18); atNs += us(600) + prng.below(us(800))) {
    faults.push({ kind: 'crash', node: 'controller', atNs, forNs: us(100) });
    const node = prng.pick(['server0', 'server1', 'server2', 'tor', null, null]);
    if (node !== null) faults.push({ kind: 'crash', node, atNs: atNs + us(150), forNs: us(300) });
  }
  return new FaultSchedule(faults);
}

test('edges: a controller that restarts all the time, and rewrites its journal each time, forgets nothing', (t) => {
  let rewritten = 0;
  const parts = rewriting(() => {
    rewritten++;
  });
  const shape = { ...LATE, missedPingsMax: 6 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const changes = seed % 2 === 0 ? { changes: changesOf(seed) } : {};
    const run = randomRun({ seed, faults: controllerCrashes(seed), parts, shape, ...changes });
    assert.equal(run.verdict.verdict, 'ok', `seed ${seed}`);
    assert.ok(run.cameToRest, `seed ${seed}: came to rest after the last fault`);
  }
  t.diagnostic(`${rewritten} times`);
  assert.ok(rewritten > 10 * SEEDS);
});
