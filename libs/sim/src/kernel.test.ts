import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure, ms, type Nanos, NEVER, Prng, us } from '@ballast/base';
import { echoRack } from '../testing/echo-rack.ts';
import { TestCore } from '../testing/test-core.ts';
import { Kernel, type PartitionOptions } from './kernel.ts';
import type { SimNode } from './node.ts';

const RACK = { servers: 6, clients: 2, load: 0.7 };

test('kernel: equal seeds give equal trace hashes, other seeds others', () => {
  const hashes = [1, 1, 2, 3].map((seed) => {
    const kernel = echoRack({ ...RACK, seed });
    kernel.runUntil(ms(2));
    assert.ok(kernel.events > 1000);
    return kernel.traceHash;
  });
  assert.equal(hashes[0], hashes[1]);
  assert.equal(new Set(hashes).size, 3);
});

test('kernel: paced in small steps, as a clock would, it does exactly what it does in one', () => {
  const inOne = echoRack({ ...RACK, seed: 4 });
  inOne.runUntil(ms(2));
  const paced = echoRack({ ...RACK, seed: 4 });
  const prng = new Prng(9);
  while (paced.now < ms(2)) {
    // A clock read may fall short of the next event, or far behind it.
    const untilNs = Math.min(
      prng.chance(0.3) ? paced.nextEventNs : paced.now + prng.exponential(us(3)),
      ms(2),
    );
    while (!paced.runUntil(Math.max(untilNs, paced.now), 1 + prng.below(5))) assert.ok(paced.now <= untilNs);
  }
  assert.equal(paced.traceHash, inOne.traceHash);
  assert.equal(paced.events, inOne.events);
});

test('kernel: a node or link more does not shift the random streams of the others', () => {
  const alone = new Kernel({ seed: 5 }).stream('server3/service').u32();
  const kernel = new Kernel({ seed: 5 });
  kernel.stream('another').u32();
  kernel.addNode({ name: 'one more', core: (host) => new TestCore(host.pool) });
  assert.equal(kernel.stream('server3/service').u32(), alone);
  assert.notEqual(kernel.stream('server4/service').u32(), alone);
  assert.notEqual(new Kernel({ seed: 6 }).stream('server3/service').u32(), alone);
});

test('kernel: the strict hash sees bytes, the other one only lengths', () => {
  const run = (isStrict: boolean, text: string): string => {
    const kernel = new Kernel({ seed: 1, isStrict });
    const [a, b] = ['a', 'b'].map((name) =>
      kernel.addNode({ name, core: (host) => new TestCore(host.pool) }),
    );
    kernel.connect(a!.port(0), b!.port(0), { latencyNs: 1 });
    a!.command((core) => core.say(text));
    kernel.runUntil(10);
    return kernel.traceHash;
  };
  assert.equal(run(false, 'left'), run(false, 'leap'));
  assert.notEqual(run(false, 'left'), run(false, 'right'));
  assert.notEqual(run(true, 'left'), run(true, 'leap'));
});

test('kernel: scripted calls happen at their time, at one instant in the order they were given', () => {
  const kernel = new Kernel({ seed: 1 });
  const log: string[] = [];
  const note = (name: string) => (): void => void log.push(`${name}@${kernel.now}`);
  kernel.at(20, note('c'));
  kernel.at(10, () => {
    note('a')();
    kernel.at(10, note('a2'));
    kernel.at(20, note('e'));
  });
  kernel.at(10, note('b'));
  kernel.at(20, note('d'));
  assert.equal(kernel.nextEventNs, 10);
  kernel.runUntil(19);
  assert.deepEqual([kernel.now, kernel.nextEventNs, kernel.events], [19, 20, 3]);
  kernel.runUntil(20);
  assert.deepEqual(log, ['a@10', 'b@10', 'a2@10', 'c@20', 'd@20', 'e@20']);
  assert.equal(kernel.nextEventNs, NEVER);
  assert.throws(() => kernel.at(19, () => {}), AssertionFailure);
  assert.throws(() => kernel.at(NEVER, () => {}), AssertionFailure);
  assert.throws(() => kernel.runUntil(19), AssertionFailure);
  assert.throws(() => kernel.runUntil(NEVER), AssertionFailure);
});

test('kernel: runUntil with a bound on events stops between events, and says when it is done', () => {
  const kernel = new Kernel({ seed: 1 });
  let count = 0;
  for (let i = 1; i <= 5; i++) kernel.at(i * 10, () => count++);
  assert.equal(kernel.runUntil(100, 3), false);
  assert.deepEqual([count, kernel.now], [3, 30]);
  kernel.at(31, () => count++);
  assert.equal(kernel.runUntil(100, 3), true);
  assert.deepEqual([count, kernel.now], [6, 100]);
});

test('kernel: runWhile stops when its condition fails, at its limit, or when nothing is pending', () => {
  const kernel = new Kernel({ seed: 1 });
  let count = 0;
  for (let i = 1; i <= 5; i++) kernel.at(i * 10, () => count++);
  assert.equal(
    kernel.runWhile(() => count < 2),
    true,
  );
  assert.deepEqual([count, kernel.now], [2, 20]);
  assert.equal(
    kernel.runWhile(() => count < 9, 35),
    false,
  );
  assert.deepEqual([count, kernel.now], [3, 35]);
  assert.equal(
    kernel.runWhile(() => count < 9),
    false,
  );
  assert.deepEqual([count, kernel.now], [5, 50]);
});

/** Three nodes in a triangle, with a channel between the first two, each sending to both others. */
class Triangle {
  readonly kernel = new Kernel({ seed: 1 });
  readonly nodes: readonly SimNode<TestCore>[];
  readonly #messages: string[] = [];
  readonly #send: (id: number) => void;

  constructor() {
    const { kernel } = this;
    this.nodes = ['a', 'b', 'c'].map((name) =>
      kernel.addNode({ name, core: (host) => new TestCore(host.pool) }),
    );
    const [a, b, c] = this.nodes as [SimNode<TestCore>, SimNode<TestCore>, SimNode<TestCore>];
    kernel.connect(a.port(0), b.port(0), { latencyNs: 10 });
    kernel.connect(b.port(1), c.port(1), { latencyNs: 10 });
    kernel.connect(c.port(0), a.port(1), { latencyNs: 10 });
    const channel = kernel.channel<number, number, TestCore, TestCore>(a, b, 10);
    channel.a.onMessage((_core, _nowNs, id) => this.#messages.push(`m${id}:b>a`));
    channel.b.onMessage((_core, _nowNs, id) => this.#messages.push(`m${id}:a>b`));
    this.#send = (id) => {
      channel.a.send(id);
      channel.b.send(id);
    };
  }

  partition(options?: PartitionOptions): { heal(): void } {
    return this.kernel.partition(this.nodes.slice(0, 1), this.nodes.slice(1), options);
  }

  /** Everybody sends to everybody; what has arrived since the last round. */
  round(id: number): string[] {
    for (const node of this.nodes) {
      node.core.arrivals.length = 0;
      node.command((core) => [0, 1].forEach((port) => core.say(node.name, port)));
    }
    this.#send(id);
    this.kernel.runUntil(this.kernel.now + 20);
    assert.equal(this.kernel.pool.inUse, 0);
    const frames = this.nodes.flatMap((node) => node.core.texts.map((from) => `${from}>${node.name}`));
    return [...frames, ...this.#messages.splice(0)].sort();
  }
}

const ALL_FRAMES = ['a>b', 'a>c', 'b>a', 'b>c', 'c>a', 'c>b'];

test('partition: cuts the links between the two sides, and channels when asked, until it heals', () => {
  const triangle = new Triangle();
  const partition = triangle.partition({ channels: true });
  assert.deepEqual(triangle.round(1), ['b>c', 'c>b']);
  partition.heal();
  partition.heal();
  assert.deepEqual(triangle.round(2), [...ALL_FRAMES, 'm1:a>b', 'm1:b>a', 'm2:a>b', 'm2:b>a']);
});

test('partition: channels go on unless asked', () => {
  const triangle = new Triangle();
  triangle.partition();
  assert.deepEqual(triangle.round(1), ['b>c', 'c>b', 'm1:a>b', 'm1:b>a']);
});

test('partition: one way, the other direction goes on', () => {
  const triangle = new Triangle();
  triangle.partition({ isOneWay: true, channels: true });
  assert.deepEqual(triangle.round(1), ['b>a', 'b>c', 'c>a', 'c>b', 'm1:b>a']);
});

test('partition: overlapping ones hold a link until the last has healed, or all are healed at once', () => {
  const triangle = new Triangle();
  const first = triangle.partition({ channels: true });
  const second = triangle.partition({ channels: true });
  first.heal();
  assert.deepEqual(triangle.round(1), ['b>c', 'c>b']);
  triangle.kernel.heal();
  assert.deepEqual(triangle.round(2), [...ALL_FRAMES, 'm1:a>b', 'm1:b>a', 'm2:a>b', 'm2:b>a']);
  second.heal();
  assert.equal(triangle.round(3).length, 8);
});

test('partition: one that cuts nothing is a mistake', () => {
  const { kernel, nodes } = new Triangle();
  assert.throws(() => kernel.partition(nodes, []), AssertionFailure);
});

test('heal: nodes run again at their speed, clocks drift no more', () => {
  const { kernel, nodes } = new Triangle();
  const [a, b, c] = nodes as [SimNode<TestCore>, SimNode<TestCore>, SimNode<TestCore>];
  a.crash();
  b.pause();
  c.driftClock(1000);
  kernel.runUntil(ms(1));
  kernel.heal();
  assert.ok(a.isRunning && b.isRunning);
  const aheadNs: Nanos = c.nowNs - kernel.now;
  assert.ok(aheadNs > 900);
  kernel.runUntil(ms(2));
  assert.ok(Math.abs(c.nowNs - kernel.now - aheadNs) < 1e-6);
});
