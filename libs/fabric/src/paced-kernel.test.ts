import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms } from '@ballast/base';
import { Kernel } from '@ballast/sim';
import { PacedKernel } from './paced-kernel.ts';

test('pacing: events happen in order of the kernel, and the run ends exactly at its instant', async () => {
  const kernel = new Kernel({ seed: 1 });
  const seen: number[] = [];
  for (const at of [ms(9), ms(1), ms(3), ms(10) + 1]) kernel.at(at, () => seen.push(at));
  await new PacedKernel(kernel).run(ms(10));
  assert.deepEqual(seen, [ms(1), ms(3), ms(9)]);
  assert.equal(kernel.now, ms(10));
});

test('pacing: the kernel is never ahead of the clock', async () => {
  const kernel = new Kernel({ seed: 1 });
  const startedMs = performance.now();
  let aheadMsMax = -Infinity;
  for (let at = 1; at <= 20; at++) {
    kernel.at(ms(at), () => {
      aheadMsMax = Math.max(aheadMsMax, at - (performance.now() - startedMs));
    });
  }
  await new PacedKernel(kernel).run(ms(20));
  assert.ok(aheadMsMax <= 0, `an event happened ${aheadMsMax} ms early`);
});

test('pacing: sockets and timers get their turn although the kernel never catches up', async () => {
  const kernel = new Kernel({ seed: 1 });
  // Each event makes the next one due at once: time stands still, and there is always work.
  const again = (): void => kernel.at(kernel.now, again);
  again();
  const paced = new PacedKernel(kernel);
  const run = paced.run(ms(1_000));
  await new Promise((resolve) => setTimeout(resolve, 5));
  paced.stop();
  await run;
  assert.ok(kernel.events > 0);
  assert.ok(kernel.now < ms(1_000));
});

test('pacing: a stopped kernel goes on where it was, and what passed meanwhile is no lag', async () => {
  const kernel = new Kernel({ seed: 1 });
  const paced = new PacedKernel(kernel);
  const first = paced.run();
  await new Promise((resolve) => setTimeout(resolve, 3));
  paced.stop();
  await first;
  assert.equal(paced.isRunning, false);
  const stoppedAt = kernel.now;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(kernel.now, stoppedAt);
  const instants: number[] = [];
  kernel.at(stoppedAt + ms(1), () => instants.push(kernel.now));
  await paced.run(stoppedAt + ms(2));
  assert.deepEqual(instants, [stoppedAt + ms(1)]);
});

test('pacing: what is thrown inside the kernel rejects the run', async () => {
  const kernel = new Kernel({ seed: 1 });
  kernel.at(ms(1), () => {
    throw new RangeError('a bad line');
  });
  const paced = new PacedKernel(kernel);
  await assert.rejects(paced.run(ms(5)), { name: 'RangeError', message: 'a bad line' });
  assert.equal(paced.isRunning, false);
});

test('pacing: the lag is what the kernel was behind, since it was asked last', async () => {
  const kernel = new Kernel({ seed: 1 });
  kernel.at(ms(1), () => {
    const until = performance.now() + 20;
    while (performance.now() < until);
  });
  const paced = new PacedKernel(kernel);
  await paced.run(ms(30));
  assert.ok(paced.takeLagNs() >= ms(15));
  assert.equal(paced.takeLagNs(), 0);
});
