import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure, ms, Prng, us } from '@ballast/base';
import { TestCore } from '../testing/test-core.ts';
import { constant } from './distribution.ts';
import {
  FAULT_KINDS,
  FAULT_LIMITS,
  type FaultKind,
  type FaultProfile,
  randomFaults,
} from './fault-profile.ts';
import { type Fault, type FaultEffect, FaultSchedule } from './fault-schedule.ts';
import { Kernel } from './kernel.ts';
import type { SimNode } from './node.ts';

const NODES = ['s0', 's1', 's2', 's3'];
const LINKS = NODES.map((name) => `tor-${name}`);

interface Star {
  readonly kernel: Kernel;
  readonly tor: SimNode<TestCore>;
  /** By NODES. */
  readonly hosts: readonly SimNode<TestCore>[];
}

function star(seed: number): Star {
  const kernel = new Kernel({ seed });
  const tor = kernel.addNode({ name: 'tor', core: (host) => new TestCore(host.pool) });
  const hosts = NODES.map((name, i) => {
    const cpu = { cores: 1, service: constant(1000), queueFramesMax: 10 };
    const node = kernel.addNode({ name, core: (host) => new TestCore(host.pool), cpu });
    kernel.connect(tor.port(i), node.port(0), { latencyNs: 500 });
    return node;
  });
  return { kernel, tor, hosts };
}

/** Every kind, all the time. */
function stormProfile(changes: Partial<FaultProfile> = {}): FaultProfile {
  const rate = { meanGapNs: us(100), meanDurationNs: us(150) };
  const rates = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, rate]));
  return { fromNs: us(50), healNs: ms(4), links: LINKS, nodes: NODES, rates, ...changes };
}

function storm(seed: number, changes: Partial<FaultProfile> = {}): FaultSchedule {
  return randomFaults(new Prng(seed), stormProfile(changes));
}

test('fault profile: equal seeds draw equal schedules, other seeds others', () => {
  assert.equal(storm(1).toString(), storm(1).toString());
  assert.notEqual(storm(1).toString(), storm(2).toString());
});

test('fault profile: draws every kind asked for, within the time and the limits, and no other', () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) {
    const schedule = storm(seed);
    assert.ok(schedule.healNs <= ms(4));
    for (const fault of schedule.faults) {
      assert.ok(fault.atNs >= us(50) && fault.forNs > 0);
      seen.add(fault.kind === 'impair' ? Object.keys(fault.faults)[0]! : fault.kind);
      assertWithinLimits(fault);
    }
  }
  const impairments = ['lossRatio', 'burstLoss', 'duplicateRatio', 'reorderRatio', 'corruptRatio'];
  assert.deepEqual(
    [...seen].sort(),
    [...impairments, 'cut', 'isolate', 'crash', 'pause', 'slow', 'skew', 'drift'].sort(),
  );
  const only = storm(1, { rates: { crash: { meanGapNs: us(100), meanDurationNs: us(10) } } });
  assert.ok(only.faults.length > 10 && only.faults.every((fault) => fault.kind === 'crash'));
});

function assertWithinLimits(fault: Fault): void {
  if (fault.kind === 'impair') {
    for (const name of ['lossRatio', 'duplicateRatio', 'reorderRatio', 'corruptRatio'] as const) {
      const ratio: number | undefined = fault.faults[name];
      assert.ok(ratio === undefined || (ratio > 0 && ratio <= FAULT_LIMITS[name]));
    }
    const burst = fault.faults.burstLoss;
    assert.ok(!burst || burst.leaveRatio >= 1 / FAULT_LIMITS.burstFrames);
  }
  if (fault.kind === 'slow') assert.ok(fault.factor >= 1 && fault.factor <= FAULT_LIMITS.slowdown);
  if (fault.kind === 'skew') assert.ok(Math.abs(fault.byNs) <= FAULT_LIMITS.skewNs);
  if (fault.kind === 'drift') assert.ok(Math.abs(fault.ppm) <= FAULT_LIMITS.driftPpm);
  if (fault.kind === 'isolate') assert.ok(fault.nodes.length >= 1 && fault.nodes.length <= NODES.length / 2);
}

test('fault profile: never takes out more nodes at once than allowed', () => {
  const countsOut = (limits: { nodesOut: number } | undefined): number => {
    const { faults } = storm(3, limits === undefined ? {} : { limits });
    const out = (effect: FaultEffect): readonly string[] =>
      effect.kind === 'isolate'
        ? effect.nodes
        : effect.kind === 'crash' || effect.kind === 'pause'
          ? [effect.node]
          : [];
    const countAt = (atNs: number): number =>
      new Set(faults.filter((f) => f.atNs <= atNs && atNs < f.atNs + f.forNs).flatMap(out)).size;
    return Math.max(...faults.map((fault) => countAt(fault.atNs)));
  };
  assert.equal(countsOut(undefined), 4);
  assert.equal(countsOut({ nodesOut: 2 }), 2);
  assert.equal(countsOut({ nodesOut: 1 }), 1);
  assert.equal(countsOut({ nodesOut: 0 }), 0);
});

test('fault profile: a swarm draws which kinds take part', () => {
  const kinds = Array.from({ length: 40 }, (_, seed) => {
    const { faults } = storm(seed, { isSwarm: true });
    return new Set(faults.map((fault) => fault.kind)).size;
  });
  assert.ok(Math.min(...kinds) <= 3 && Math.max(...kinds) >= 6);
});

test('fault profile: a kind without anything to strike is refused', () => {
  assert.throws(() => storm(1, { links: [] }), AssertionFailure);
  assert.throws(() => storm(1, { nodes: [] }), AssertionFailure);
  assert.throws(() => storm(1, { fromNs: ms(5) }), AssertionFailure);
});

/** What is wrong with the star right now. */
function damage(kernel: Kernel): string[] {
  const links = kernel.links.flatMap(({ name, aToB, bToA }) => {
    const impaired = [aToB, bToA].some(({ faults }) => faults.lossRatio > 0 || faults.burstLoss !== null);
    return [...(aToB.isCut || bToA.isCut ? [`cut ${name}`] : []), ...(impaired ? [`lossy ${name}`] : [])];
  });
  const nodes = kernel.nodes.flatMap(({ name, isUp, isPaused }) => [
    ...(isUp ? [] : [`down ${name}`]),
    ...(isPaused ? [`paused ${name}`] : []),
  ]);
  return [...links, ...nodes];
}

const EFFECTS: readonly (readonly [FaultKind | 'impair', FaultEffect, string[]])[] = [
  ['loss', { kind: 'impair', link: 'tor-s1', faults: { lossRatio: 0.5 } }, ['lossy tor-s1']],
  ['cut', { kind: 'cut', link: 'tor-s1' }, ['cut tor-s1']],
  ['isolate', { kind: 'isolate', nodes: ['s0', 's2'] }, ['cut tor-s0', 'cut tor-s2']],
  ['crash', { kind: 'crash', node: 's3' }, ['down s3']],
  ['pause', { kind: 'pause', node: 's3' }, ['paused s3']],
];

for (const [name, effect, expected] of EFFECTS) {
  test(`fault schedule: ${name} lasts from its beginning to its end`, () => {
    const { kernel } = star(1);
    new FaultSchedule([{ ...effect, atNs: 100, forNs: 50 }]).install(kernel);
    kernel.runUntil(99);
    assert.deepEqual(damage(kernel), []);
    kernel.runUntil(149);
    assert.deepEqual(damage(kernel), expected);
    kernel.runUntil(150);
    assert.deepEqual(damage(kernel), []);
  });
}

test('fault schedule: clocks are off and services slow while it says so', () => {
  const { kernel, tor } = star(1);
  const s0 = kernel.node('s0');
  new FaultSchedule([
    { kind: 'skew', node: 's0', byNs: 500, atNs: 100, forNs: 1000 },
    { kind: 'drift', node: 's1', ppm: 1000, atNs: 0, forNs: us(1000) },
    { kind: 'slow', node: 's2', factor: 4, atNs: us(1), forNs: us(2000) },
  ]).install(kernel);
  kernel.at(us(10), () => tor.command((core) => core.say('work', 2)));
  kernel.runUntil(100);
  assert.equal(s0.nowNs, 600);
  kernel.runUntil(us(3000));
  assert.equal(s0.nowNs, us(3000));
  assert.ok(Math.abs(kernel.node('s1').nowNs - us(3001)) < 0.01);
  assert.equal(kernel.node('s2').stats.busyNs, 4000);
});

/** Lets a host say who it is and whom it speaks to, 's0>s2'; the switch forwards by that. */
function speak({ tor, hosts }: Star, from: number, to: number): void {
  tor.core.onFrame = (core, _nowNs, _port, frame) => {
    const [, target] = String.fromCharCode(...frame.contents()).split('>');
    core.send(NODES.indexOf(target!), frame);
    return true;
  };
  hosts[from]!.command((core) => core.say(`${NODES[from]}>${NODES[to]}`));
}

function knowAddresses({ kernel }: Star): void {
  kernel.pairFilter = (one, other) => (frame) => {
    const text = String.fromCharCode(...frame.contents());
    return text === `${one}>${other}` || text === `${other}>${one}`;
  };
}

/** What is not heard when every host speaks to every other. */
function unheard(net: Star): string[] {
  const { kernel, hosts } = net;
  const pairs = NODES.flatMap((_, from) => NODES.map((_, to) => [from, to] as const));
  const spoken = pairs.filter(([from, to]) => from !== to);
  for (const [from, to] of spoken) speak(net, from, to);
  kernel.runUntil(kernel.now + us(20));
  const heard = hosts.flatMap(({ core }) => core.arrivals.splice(0).map(({ text }) => text));
  return spoken.map(([from, to]) => `${NODES[from]}>${NODES[to]}`).filter((text) => !heard.includes(text));
}

test('fault schedule: a pair is parted both ways, behind a switch, and from nobody else', () => {
  const net = star(1);
  const { kernel } = net;
  knowAddresses(net);
  new FaultSchedule([
    { kind: 'part', nodes: ['s0', 's1'], atNs: us(100), forNs: us(100) },
    { kind: 'part', nodes: ['s0', 's2'], atNs: us(150), forNs: us(150) },
  ]).install(kernel);
  const unheardAt = (atNs: number): string[] => {
    kernel.runUntil(atNs);
    return unheard(net);
  };
  assert.deepEqual(unheardAt(us(50)), []);
  assert.deepEqual(unheardAt(us(110)), ['s0>s1', 's1>s0']);
  assert.deepEqual(unheardAt(us(160)), ['s0>s1', 's0>s2', 's1>s0', 's2>s0']);
  assert.deepEqual(unheardAt(us(210)), ['s0>s2', 's2>s0']);
  assert.deepEqual(unheardAt(us(310)), []);
  assert.equal(kernel.link('tor-s0').bToA.stats.drops.parted, 4);
  assert.equal(kernel.pool.inUse, 0);
});

test('fault schedule: healing ends a part, too; who knows no addresses cannot part', () => {
  const parted = new FaultSchedule([{ kind: 'part', nodes: ['s0', 's1'], atNs: 10, forNs: us(100) }]);
  const ignorant = star(1).kernel;
  parted.install(ignorant);
  assert.throws(() => ignorant.runUntil(20), /has been told whose frames are whose/);
  const net = star(1);
  knowAddresses(net);
  parted.install(net.kernel);
  net.kernel.runUntil(us(1));
  net.kernel.heal();
  assert.deepEqual(unheard(net), []);
});

test('fault schedule: the same fault may begin where the one before it ends', () => {
  const { kernel } = star(1);
  const loss = { kind: 'impair', link: 'tor-s1', faults: { lossRatio: 0.5 } } as const;
  new FaultSchedule([
    { ...loss, atNs: 150, forNs: 50 },
    { ...loss, atNs: 100, forNs: 50 },
  ]).install(kernel);
  kernel.runUntil(150);
  assert.deepEqual(damage(kernel), ['lossy tor-s1']);
  kernel.runUntil(200);
  assert.deepEqual(damage(kernel), []);
});

test('fault schedule: faults that would undo each other are refused, other overlaps are not', () => {
  const crash = { kind: 'crash', node: 's0', forNs: 100 } as const;
  assert.throws(
    () =>
      new FaultSchedule([
        { ...crash, atNs: 0 },
        { ...crash, atNs: 99 },
      ]),
    /99 ns for 100 ns: crash s0: the same fault before it is over/,
  );
  new FaultSchedule([
    { ...crash, atNs: 0 },
    { ...crash, atNs: 99, node: 's1' },
    { ...crash, atNs: 50, kind: 'pause' },
  ]);
  assert.throws(() => new FaultSchedule([{ ...crash, atNs: 0, forNs: 0 }]), AssertionFailure);
});

test('fault schedule: everything is healed at its end, whatever it did', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { kernel } = star(seed);
    const schedule = storm(seed);
    schedule.install(kernel);
    kernel.runUntil(ms(2));
    const during = damage(kernel);
    kernel.runUntil(schedule.healNs);
    assert.deepEqual(damage(kernel), [], `seed ${seed}, after ${during.join()}`);
    for (const { aToB, bToA } of kernel.links) {
      for (const { faults } of [aToB, bToA]) {
        assert.equal(faults.duplicateRatio + faults.reorderRatio + faults.corruptRatio, 0);
      }
    }
  }
});

test('fault schedule: prints a line a fault and replays from JSON to the same trace', () => {
  const schedule = storm(7);
  assert.equal(schedule.toString().split('\n').length, schedule.faults.length);
  const copy = new FaultSchedule(JSON.parse(JSON.stringify(schedule)) as Fault[]);
  const [first, second] = [schedule, copy].map((faults) => {
    const { kernel, tor } = star(7);
    faults.install(kernel);
    for (let i = 0; i < 400; i++) {
      kernel.at(i * us(10), () => tor.command((core) => core.say('hello', i % 4)));
    }
    kernel.runUntil(ms(5));
    return kernel.traceHash;
  });
  assert.equal(first, second);
  const lines = new FaultSchedule([
    { kind: 'crash', node: 's0', atNs: us(1.5), forNs: us(20) },
    { kind: 'impair', link: 'tor-s1', faults: { lossRatio: 0.25 }, atNs: us(2), forNs: ms(1) },
    { kind: 'isolate', nodes: ['s1', 's2'], atNs: us(3), forNs: ms(1) },
    { kind: 'skew', node: 's2', byNs: -500, atNs: us(4), forNs: ms(1) },
    { kind: 'part', nodes: ['s0', 's2'], atNs: us(5), forNs: ms(1) },
  ]);
  assert.equal(
    lines.toString(),
    '1.5 us for 20 us: crash s0\n2 us for 1 ms: tor-s1: lossRatio 0.25\n' +
      '3 us for 1 ms: isolate s1, s2\n4 us for 1 ms: skew s2 by -500 ns\n' +
      '5 us for 1 ms: part s0 from s2',
  );
});
