import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, us } from '@ballast/base';
import { FaultSchedule, Kernel } from '@ballast/sim';
import { randomRun } from '../src/index.ts';

test('random run: parted hosts hear nothing of each other, and everything of the others', () => {
  const kernel = new Kernel({ seed: 5 });
  const faults = new FaultSchedule([
    { kind: 'part', nodes: ['server0', 'client0'], atNs: us(10), forNs: ms(4) },
    { kind: 'part', nodes: ['server0', 'server1'], atNs: us(10), forNs: ms(4) },
    { kind: 'part', nodes: ['controller', 'server2'], atNs: us(10), forNs: ms(2) },
  ]);
  const shape = { servers: 3, clients: 2, lossRatio: 0, keys: 8, missedPingsMax: 1000 };
  const run = randomRun({ seed: 5, kernel, faults, shape, durationNs: ms(6) });
  assert.equal(run.verdict.verdict, 'ok');
  assert.ok(run.cameToRest);
  const parted = (link: string): number => {
    const { aToB, bToA } = kernel.link(link).stats;
    assert.equal(aToB.drops.cut + bToA.drops.cut, 0);
    return aToB.drops.parted + bToA.drops.parted;
  };
  for (const link of ['server0-tor', 'controller-tor']) assert.ok(parted(link) > 0, link);
  for (const link of ['client0-tor', 'client1-tor']) assert.equal(parted(link), 0, link);
});

test('random run: the same seed and faults are the same run, whatever ran before', () => {
  const first = randomRun({ seed: 11, faults: 'all' });
  randomRun({ seed: 12, faults: 'gentle' });
  const second = randomRun({ seed: 11, faults: first.faults, durability: first.durability });
  assert.equal(second.traceHash, first.traceHash);
});

test('random run: hosts drop frames with flipped bits, and never act on them', () => {
  for (const seed of [1, 2, 3]) {
    const kernel = new Kernel({ seed });
    const { verdict, cameToRest } = randomRun({
      seed,
      kernel,
      shape: { corruptRatio: 0.2 },
      durationNs: ms(6),
    });
    assert.equal(verdict.verdict, 'ok');
    assert.ok(cameToRest);
    const servers = kernel.links.filter(({ name }) => name.startsWith('server'));
    const corrupted = servers.reduce((sum, { stats }) => sum + stats.bToA.corrupted, 0);
    assert.ok(corrupted > 20, `${corrupted} frames were corrupted`);
    for (const { stats } of kernel.links) assert.equal(stats.aToB.corrupted, 0, 'the switch got none');
  }
});
