import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControllerCounters } from '@ballast/pegasus';
import { type FaultLevel, randomRun, type RandomRunOptions, type System } from '../src/index.ts';

/** Seeds of Pegasus under all faults; the other runs take shares of it. */
const SEEDS = Number(process.env['BALLAST_SEEDS'] ?? 60);

/** What any run must have, whatever its seed: a sound history, rest at its end, no frame lost. */
function assertSound(options: RandomRunOptions): ControllerCounters {
  const { seed, system, faults } = options;
  const { verdict, cameToRest, framesInUse, counters } = randomRun(options);
  const name = `${system}, faults ${typeof faults === 'string' ? faults : 'scripted'}, seed ${seed}`;
  assert.equal(verdict.verdict, 'ok', name);
  assert.ok(cameToRest, `${name}: came to rest after the last fault`);
  assert.equal(framesInUse, 0, `${name}: lost a frame`);
  return counters;
}

function sumOver(
  seeds: number,
  options: { system: System; faults: FaultLevel },
): Record<'expelled' | 'admitted' | 'switchStarts' | 'promotions', number> {
  const sum = { expelled: 0, admitted: 0, switchStarts: 0, promotions: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    const counters = assertSound({ seed, ...options });
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counters[name];
  }
  return sum;
}

test('faults: Pegasus is linearizable when servers, switch and controller crash', (t) => {
  const { expelled, admitted, switchStarts, promotions } = sumOver(SEEDS, {
    system: 'pegasus',
    faults: 'all',
  });
  const counts = `${expelled} expelled, ${admitted} admitted, ${switchStarts} starts of the switch`;
  t.diagnostic(`${counts}, ${promotions} promotions`);
  assert.ok(expelled >= SEEDS / 4 && admitted >= SEEDS / 4 && switchStarts >= SEEDS / 12, counts);
  assert.ok(promotions >= SEEDS, `${promotions} promotions`);
});

test('faults: Pegasus is linearizable when nodes stand still, are slow or cut off', (t) => {
  const seeds = Math.ceil(SEEDS / 4);
  const { expelled, admitted, switchStarts } = sumOver(seeds, { system: 'pegasus', faults: 'gentle' });
  t.diagnostic(`${expelled} expelled, ${admitted} admitted`);
  assert.ok(expelled >= seeds / 6 && admitted >= seeds / 6, 'some were cut off for long enough');
  assert.equal(switchStarts, 0, 'nothing has crashed');
});

test('faults: consistent hashing is linearizable under the same faults', (t) => {
  const seeds = Math.ceil(SEEDS / 6);
  const { expelled, admitted, promotions } = sumOver(seeds, { system: 'hashing', faults: 'all' });
  t.diagnostic(`${expelled} expelled, ${admitted} admitted`);
  assert.ok(expelled >= seeds / 6 && admitted >= seeds / 6);
  assert.equal(promotions, 0);
  sumOver(Math.ceil(SEEDS / 12), { system: 'hashing', faults: 'gentle' });
});
