/** Everything stops at once, again and again: what a client was told of a write stays true. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, type Nanos, Prng, us } from '@ballast/base';
import { PegasusServer } from '@ballast/pegasus';
import { type Fault, FaultSchedule } from '@ballast/sim';
import {
  type RackParts,
  randomRun,
  type RandomRunResult,
  RUN_DURABILITIES,
  type RunDurability,
} from '../src/index.ts';
import { withImpatientLog } from './failure-mutants.ts';

const SEEDS = Math.ceil(Number(process.env['BALLAST_SEEDS'] ?? 60) / 6);
/** Seeds that a mutant may survive. */
const SEEDS_MAX = 5;
const CUTS = 4;
const CUT_EVERY_NS = ms(4);
const SHAPE = {
  servers: 3,
  keys: 6,
  hotKeysMax: 2,
  writeRatio: 0.5,
  deleteShare: 0.1,
  users: 20,
  shiftNs: 2_000_000,
};

/**
 * All servers stop in one moment, each for a time of its own; half of the times the switch and the controller
 * do, too.
 */
function cutsOf(seed: number): FaultSchedule {
  const prng = new Prng(seed).fork('cuts');
  const servers = Array.from({ length: SHAPE.servers }, (_, id) => `server${id}`);
  const faults: Fault[] = [];
  for (let cut = 0; cut < CUTS; cut++) {
    const atNs: Nanos = ms(1) + cut * CUT_EVERY_NS + Math.floor(prng.unit() * us(2_000));
    const nodes = prng.chance(0.5) ? [...servers, 'tor', 'controller'] : servers;
    for (const node of nodes) faults.push({ kind: 'crash', node, atNs, forNs: us(50) + prng.below(us(800)) });
  }
  return new FaultSchedule(faults);
}

function cutRun(seed: number, durability: RunDurability, parts: Partial<RackParts> = {}): RandomRunResult {
  return randomRun({ seed, durability, faults: cutsOf(seed), shape: SHAPE, parts });
}

/** Writes that were acknowledged before the last cut. */
function acknowledged({ operations, faults }: RandomRunResult): number {
  const lastNs = faults.faults.at(-1)!.atNs;
  let count = 0;
  for (const { operation, outcome, return: end } of operations)
    if (operation !== 'get' && outcome === 'ok' && end !== null && end > 0 && end < lastNs) count++;
  return count;
}

for (const durability of RUN_DURABILITIES) {
  test(`durability ${durability}: no write that was acknowledged is lost when all servers stop at once`, (t) => {
    let writes = 0;
    let promotions = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = cutRun(seed, durability);
      assert.equal(run.verdict.verdict, 'ok', `seed ${seed}`);
      assert.ok(run.cameToRest, `seed ${seed} came to rest`);
      assert.equal(run.framesInUse, 0, `seed ${seed} lost a frame`);
      writes += acknowledged(run);
      promotions += run.promotions;
    }
    t.diagnostic(`${writes} acknowledged writes before the last cut, ${promotions} promotions`);
    assert.ok(writes > 20 * SEEDS && promotions > SEEDS / 2);
  });
}

const mutants: readonly { name: string; durability: RunDurability; parts: Partial<RackParts> }[] = [
  {
    name: 'answers do not wait until the log is synced',
    durability: 'disk',
    parts: { server: withImpatientLog },
  },
  {
    name: 'writes are not logged',
    durability: 'process',
    parts: { server: (config) => new PegasusServer({ ...config, log: null }) },
  },
  {
    name: 'tombstones are not logged',
    durability: 'process',
    parts: { server: (config) => new PegasusServer({ ...config, log: withoutTombstones(config.log) }) },
  },
];

function withoutTombstones(log: ConstructorParameters<typeof PegasusServer>[0]['log']): typeof log {
  if (log === null) return null;
  return {
    put: (...change) => {
      if (change[5] !== null) log.put(...change);
    },
    remove: (...change) => log.remove(...change),
    get position() {
      return log.position;
    },
  };
}

for (const { name, durability, parts } of mutants) {
  test(`durability mutant (${durability}): ${name}, is caught`, (t) => {
    for (let seed = 1; seed <= SEEDS_MAX; seed++) {
      if (cutRun(seed, durability, parts).verdict.verdict === 'violation')
        return t.diagnostic(`caught with seed ${seed}`);
    }
    assert.fail(`no violation in ${SEEDS_MAX} seeds`);
  });
}
