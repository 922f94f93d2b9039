import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomChainRun } from '../src/index.ts';
import { chainMutants } from './chain-mutants.ts';

/** Seeds that a mutant may survive before the test gives up on it. */
const SEEDS_MAX = 20;
/** What the broken programs do. */
const SAMPLING = { estimator: 'sampling' } as const;

for (const { name, shape, firstSeed = 1, ...broken } of chainMutants) {
  test(`chain mutant: ${name}, is caught by the linearizability checker`, (t) => {
    for (let seed = firstSeed; seed < firstSeed + SEEDS_MAX; seed++) {
      const { verdict } = randomChainRun({ seed, shape: { ...SAMPLING, ...shape }, ...broken });
      if (verdict.verdict === 'violation') return t.diagnostic(`caught with seed ${seed}`);
    }
    assert.fail(`no violation in ${SEEDS_MAX} seeds`);
  });
}

test('chain mutants: the shapes and losses that catch them leave the true chain linearizable', () => {
  for (const [index, { shape, failover = null }] of chainMutants.entries()) {
    // A tail that goes on is a mutant by itself.
    const isSound = failover?.lost !== 'tail' || failover.isStopped;
    if (!isSound) continue;
    const seed = 1000 + index;
    const { verdict, cameToRest } = randomChainRun({ seed, shape: { ...SAMPLING, ...shape }, failover });
    assert.equal(verdict.verdict, 'ok', `seed ${seed}`);
    assert.ok(cameToRest, `seed ${seed} came to rest`);
  }
});
