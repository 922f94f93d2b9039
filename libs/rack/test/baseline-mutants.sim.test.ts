import assert from 'node:assert/strict';
import { test } from 'node:test';
import { netcacheProgram, netcacheRules } from '@ballast/programs';
import { randomRun } from '../src/index.ts';
import { baselineMutants } from './baseline-mutants.ts';

/** Seeds that a mutant may survive before the test gives up on it. */
const SEEDS_MAX = 30;

for (const { system, name, parts, shape, firstSeed = 1 } of baselineMutants) {
  test(`${system} mutant: ${name}, is caught by the linearizability checker`, (t) => {
    for (let seed = firstSeed; seed < firstSeed + SEEDS_MAX; seed++) {
      const { verdict } = randomRun({ seed, system, parts, shape });
      if (verdict.verdict === 'violation') return t.diagnostic(`caught with seed ${seed}`);
    }
    assert.fail(`no violation in ${SEEDS_MAX} seeds`);
  });
}

test('baseline mutants: the shapes that catch them leave the true systems linearizable', () => {
  for (const [index, { system, shape }] of baselineMutants.entries()) {
    const seed = 1000 + index;
    const { verdict, cameToRest } = randomRun({ seed, system, shape });
    assert.equal(verdict.verdict, 'ok', `${system}, seed ${seed}`);
    assert.ok(cameToRest, `${system}, seed ${seed}`);
  }
});

test('netcache: replies alone keep reads coherent, the invalidation of a forwarded write is not needed', () => {
  // docs/netcache.md says so; the invalidation stays because the published cache has it.
  const program = netcacheProgram({ itemBits: 3 }, { ...netcacheRules, invalidate: () => undefined });
  for (const [index, { shape }] of baselineMutants.slice(0, 5).entries()) {
    const { verdict } = randomRun({ seed: 2000 + index, system: 'netcache', parts: { program }, shape });
    assert.equal(verdict.verdict, 'ok', `seed ${2000 + index}`);
  }
});
