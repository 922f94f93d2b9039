import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure, ms, Prng } from '@ballast/base';
import { type Fault, FaultSchedule } from './fault-schedule.ts';
import { drawFaults, type NodeFaultKind, type RandomFaults } from './random-faults.ts';

const KINDS: readonly NodeFaultKind[] = ['crash', 'pause', 'cut', 'slow', 'skew', 'drift'];
const NODES = ['s0', 's1', 's2'];
const OPTIONS: RandomFaults = {
  targets: NODES.map((node) => ({ node, link: `${node}-tor`, kinds: KINDS })),
  pairs: [
    ['s0', 's1'],
    ['s0', 's2'],
    ['s1', 's2'],
  ],
  durationNs: ms(5),
  countMax: 12,
  longestNs: ms(3),
};
const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

function draw(seed: number, changes: Partial<RandomFaults> = {}): FaultSchedule {
  return drawFaults(new Prng(seed), { ...OPTIONS, ...changes });
}

test('random faults: equal seeds draw equal schedules, most seeds one of their own', () => {
  const texts = SEEDS.map((seed) => draw(seed).toString());
  assert.deepEqual(
    texts,
    SEEDS.map((seed) => draw(seed).toString()),
  );
  assert.ok(new Set(texts).size > SEEDS.length * 0.9);
});

test('random faults: lie within the duration, are at most so many, and survive JSON', () => {
  for (const seed of SEEDS) {
    const schedule = draw(seed);
    assert.ok(schedule.faults.length <= OPTIONS.countMax);
    assert.ok(schedule.healNs < OPTIONS.durationNs);
    for (const { atNs, forNs } of schedule.faults) {
      assert.ok(Number.isInteger(atNs) && Number.isInteger(forNs), 'times are whole nanoseconds');
      assert.ok(atNs >= 0 && forNs > 0 && forNs <= OPTIONS.longestNs);
    }
    const copy = new FaultSchedule(JSON.parse(JSON.stringify(schedule)) as Fault[]);
    assert.deepEqual(copy.faults, schedule.faults);
  }
});

test('random faults: every kind strikes every node and every pair, and some seeds have no fault', () => {
  const seen = new Set<string>();
  for (const seed of SEEDS) {
    const { faults } = draw(seed);
    if (faults.length === 0) seen.add('nothing');
    for (const fault of faults) {
      if (fault.kind === 'part') seen.add(`part ${fault.nodes.join()}`);
      else if ('node' in fault) seen.add(`${fault.kind} ${fault.node}`);
      else if ('link' in fault) seen.add(`${fault.kind} ${fault.link.replace('-tor', '')}`);
    }
  }
  const ofNodes = NODES.flatMap((node) => KINDS.map((kind) => `${kind} ${node}`));
  const ofPairs = OPTIONS.pairs!.map((nodes) => `part ${nodes.join()}`);
  assert.deepEqual([...seen].sort(), ['nothing', ...ofNodes, ...ofPairs].sort());
});

test('random faults: a node is never down and paused at once, nor twice at once the same', () => {
  for (const seed of SEEDS) {
    const { faults } = draw(seed, { countMax: 40 });
    for (const [index, one] of faults.entries()) {
      for (const other of faults.slice(index + 1)) {
        if (!('node' in one && 'node' in other) || one.node !== other.node) continue;
        const isState = (kind: string): boolean => kind === 'crash' || kind === 'pause';
        if (one.kind !== other.kind && !(isState(one.kind) && isState(other.kind))) continue;
        assert.ok(one.atNs + one.forNs < other.atNs, `seed ${seed}: ${one.kind} and ${other.kind}`);
      }
    }
  }
});

test('random faults: strike nothing that is not asked for', () => {
  for (const seed of SEEDS) {
    const targets = [
      { node: 's0', link: 's0-tor', kinds: ['pause'] as const },
      { node: 's1', link: 's1-tor', kinds: [] },
    ];
    for (const fault of drawFaults(new Prng(seed), { ...OPTIONS, targets, pairs: [] }).faults) {
      assert.ok(fault.kind === 'pause' && fault.node === 's0');
    }
  }
  assert.throws(() => draw(1, { targets: [] }), AssertionFailure);
});
