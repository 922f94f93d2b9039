import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomRun } from '../src/index.ts';
import { CollidingHasher, mutants } from './mutants.ts';

/** Seeds that a mutant may survive before the test gives up on it. */
const SEEDS_MAX = 12;
/** What the broken programs do. */
const SAMPLING = { estimator: 'sampling' } as const;

for (const { name, trap, parts, shape, schedule } of mutants) {
  test(`pegasus mutant (trap ${trap}): ${name}, is caught by the linearizability checker`, (t) => {
    if (schedule !== undefined) {
      assert.equal(schedule(), 'ok', 'the rack as it is passes');
      return assert.equal(schedule(parts), 'violation');
    }
    for (let seed = 1; seed <= SEEDS_MAX; seed++) {
      const { verdict } = randomRun({ seed, parts, shape: { ...SAMPLING, ...shape } });
      if (verdict.verdict === 'violation') return t.diagnostic(`caught with seed ${seed}`);
    }
    assert.fail(`no violation in ${SEEDS_MAX} seeds`);
  });
}

test('pegasus mutants: the shapes that catch them leave the true protocol linearizable', () => {
  const shapes = mutants.map(({ shape }) => shape).filter((shape) => shape !== undefined);
  for (const [index, shape] of shapes.entries()) {
    const { verdict, cameToRest } = randomRun({ seed: 1000 + index, shape: { ...SAMPLING, ...shape } });
    assert.equal(verdict.verdict, 'ok', `seed ${1000 + index}`);
    assert.ok(cameToRest);
  }
});

test('pegasus: keys of equal hash stay apart', () => {
  for (let seed = 1; seed <= 6; seed++) {
    const { verdict, cameToRest } = randomRun({ seed, parts: { hasher: () => new CollidingHasher() } });
    assert.equal(verdict.verdict, 'ok', `seed ${seed}`);
    assert.ok(cameToRest, `seed ${seed} came to rest`);
  }
});
