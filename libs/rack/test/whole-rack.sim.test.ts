import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, Prng, us } from '@ballast/base';
import { FaultSchedule } from '@ballast/sim';
import { drawShape, randomRun } from '../src/index.ts';

const SEEDS = 6;

/** One process that runs a whole rack is killed, and started again with what its disks and journal hold. */
test('whole rack: all nodes crash at one instant, and nothing that was answered is lost', () => {
  let promotions = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { servers } = drawShape(new Prng(seed));
    const nodes = [...Array.from({ length: servers }, (_, id) => `server${id}`), 'tor', 'controller'];
    const crash = { kind: 'crash', atNs: ms(7), forNs: us(300) } as const;
    const run = randomRun({ seed, faults: new FaultSchedule(nodes.map((node) => ({ ...crash, node }))) });
    assert.equal(run.verdict.verdict, 'ok', `seed ${seed}`);
    assert.ok(run.cameToRest, `seed ${seed}: all servers are live again`);
    assert.equal(run.counters.switchStarts, 1);
    promotions += run.promotions;
  }
  assert.ok(promotions > SEEDS, 'keys were hot when the rack stopped');
});
