import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PointResult } from '@ballast/experiments';
import type { ExperimentTask } from '../experiment/worker.ts';
import { Interruption } from './interruption.ts';
import { ThreadPool } from './thread-pool.ts';

const EXPERIMENT = new URL('../experiment/worker.ts', import.meta.url);
const TINY = {
  ...{ servers: '2', keys: '100', clients: '2', operations: '1000', precision: '0.2' },
  ...{ zipf: '0,0.5,0.9', 'service-us': '50', 'slo-us': '500', systems: 'hashing' },
};

function pointTask(index: number, given: Record<string, string> = TINY): ExperimentTask {
  return { kind: 'point', experiment: 'pegasus-skew', given, index, check: false, history: null };
}

async function withPool<T>(
  threads: number,
  work: (pool: ThreadPool, controller: AbortController) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const pool = new ThreadPool({ script: EXPERIMENT, threads, signal: controller.signal });
  try {
    return await work(pool, controller);
  } finally {
    await pool.close();
  }
}

test('thread pool: results stand in the order of the tasks, for one batch after the other', async () => {
  await withPool(2, async (pool) => {
    for (const order of [
      [0, 1, 2],
      [2, 0],
    ]) {
      const tasks = order.map((index) => pointTask(index));
      const results = await pool.run<PointResult>(tasks, () => undefined);
      const zipfs = results.map(({ rows }) => rows[0]?.['zipf']);
      assert.deepEqual(
        zipfs,
        order.map((index) => [0, 0.5, 0.9][index]),
      );
    }
    assert.deepEqual(await pool.run([], () => undefined), []);
  });
});

test('thread pool: Ctrl-C ends all threads, whatever they are at', async () => {
  const endless = { ...TINY, operations: '10000000' };
  const work = withPool(2, (pool, controller) => {
    const begun = new Set<number>();
    return pool.run([pointTask(0, endless), pointTask(1, endless)], (index) => {
      begun.add(index);
      if (begun.size === 2) controller.abort(new Interruption());
    });
  });
  await assert.rejects(work, Interruption);
});

test('thread pool: what one thread refuses is refused', async () => {
  const work = withPool(2, (pool) => pool.run([pointTask(0), pointTask(1, { zipf: '9' })], () => undefined));
  await assert.rejects(work, /--zipf 9: expected/);
});

test('thread pool: a bug in a thread is no refusal', async () => {
  const work = withPool(1, (pool) => pool.run([pointTask(99)], () => undefined));
  await assert.rejects(work, /broken invariant: pegasus-skew has a point 99/);
});
