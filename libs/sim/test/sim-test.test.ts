import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds, us } from '@ballast/base';
import { checkSeeds, type SimRun, simTest, TestCore } from '../testing/index.ts';

simTest('sim test: every run has a kernel, a seed and parameters of its own', (sim) => {
  assert.equal(sim.kernel.seed, sim.seed);
  assert.equal(sim.kernel.now, 0);
  sim.runFor(us(1 + sim.prng.below(10)));
  sim.assertFramesReleased();
});

/** The error of a run over these seeds. */
function failureOf(body: (sim: SimRun) => void, seeds: readonly number[]): Error {
  try {
    checkSeeds("area: it's a sentence (with signs)", body, { seeds });
  } catch (error) {
    return error as Error;
  }
  return assert.fail('the run was to fail');
}

test('sim test: a failure names its seed, the state and the notes, and how to replay it', () => {
  const cause = new Error('the value is wrong');
  const error = failureOf(
    (sim) => {
      sim.note(`servers: ${sim.seed + 1}`);
      sim.runFor(us(3));
      if (sim.seed === 17) throw cause;
    },
    [1, 17, 18],
  );
  assert.equal(error.cause, cause);
  const [reason, state, note, replay] = error.message.split('\n');
  assert.equal(reason, 'seed 17: the value is wrong');
  assert.match(state!, /^at 3 us, event 0, trace [0-9a-f]{16}, commit \w+$/);
  assert.equal(note, 'servers: 18');
  assert.match(
    replay!,
    /^replay: BALLAST_SEED=17 node --test --test-name-pattern='\^area: it'\\''s a sentence \\\(with/,
  );
  assert.match(replay!, /sim-test\.test\.ts$/);
});

test('sim test: a body that does not follow from its seed alone is found out', () => {
  let runs = 0;
  const error = failureOf(
    (sim) => {
      sim.kernel.at(++runs, () => {});
      sim.runFor(us(1));
    },
    [5],
  );
  assert.match(error.message, /^seed 5: two runs differ: [0-9a-f]{16} and [0-9a-f]{16}/);
});

test('sim test: liveness fails at its deadline and says whether anything was still to come', () => {
  const ticking = failureOf(
    (sim) => {
      const tick = (): void => sim.kernel.at(sim.kernel.now + us(10), tick);
      tick();
      sim.runUntil(() => false, { within: us(100) });
    },
    [1],
  );
  assert.match(ticking.message, /did not come true from 0 ns to 100 us \(within 100 us\): time is up/);
  const idle = failureOf((sim) => sim.runUntil(() => false, { within: seconds(1) }), [1]);
  assert.match(idle.message, /nothing more will happen/);
});

test('sim test: a frame that nobody released is found', () => {
  const error = failureOf(
    (sim) => {
      const node = sim.kernel.addNode({ name: 'hoarder', core: (host) => new TestCore(host.pool) });
      node.pool.take();
      sim.assertFramesReleased();
    },
    [1],
  );
  assert.match(error.message, /frames in use when everything is idle/);
});
