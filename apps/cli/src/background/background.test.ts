import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimTask } from '../sim/worker.ts';
import { runInBackground, TaskRefused } from './background.ts';
import { interruptible, Interruption } from './interruption.ts';

const SIM = new URL('../sim/worker.ts', import.meta.url);
const CHECK = new URL('../check/worker.ts', import.meta.url);
const ENDLESS: SimTask = {
  firstSeed: 1,
  lastSeed: 2 ** 32,
  stride: 1,
  system: 'pegasus',
  faults: 'none',
  durability: null,
  fixed: { shape: {}, durationNs: null },
  plan: null,
  isTwice: false,
  historyPath: null,
};

function run(script: URL, input: unknown, onProgress = (): void => undefined): Promise<unknown> {
  return interruptible((signal) => runInBackground({ script, input, onProgress, signal }));
}

test('background: work that would go on for days ends when its signal is aborted', async () => {
  const controller = new AbortController();
  const onProgress = (): void => controller.abort(new Interruption());
  const work = runInBackground({ script: SIM, input: ENDLESS, onProgress, signal: controller.signal });
  await assert.rejects(work, Interruption);
});

test('background: Ctrl-C ends the work, and afterwards means what it meant before', async () => {
  const listeners = process.listenerCount('SIGINT');
  await assert.rejects(
    run(SIM, ENDLESS, () => process.emit('SIGINT')),
    Interruption,
  );
  assert.equal(process.listenerCount('SIGINT'), listeners);
});

test('background: a refusal of the operating system keeps its code and its path', async () => {
  await assert.rejects(run(CHECK, { path: 'no-such-file', secondsMax: null }), (error) => {
    assert.ok(error instanceof TaskRefused);
    const { code, path } = error as NodeJS.ErrnoException;
    assert.deepEqual([code, path], ['ENOENT', 'no-such-file']);
    return true;
  });
});
