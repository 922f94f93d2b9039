import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure, ms, type Nanos, NEVER, seconds, us } from '@ballast/base';
import { TestCore } from '../testing/test-core.ts';
import { constant } from './distribution.ts';
import { Kernel } from './kernel.ts';
import { type NodeOptions, PAUSED_FRAMES_MAX, type SimNode } from './node.ts';

interface Pair {
  kernel: Kernel;
  peer: SimNode<TestCore>;
  node: SimNode<TestCore>;
}

/** A peer and the node under test, a microsecond apart. */
function pair(options: Partial<NodeOptions<TestCore>> = {}): Pair {
  const kernel = new Kernel({ seed: 1 });
  const peer = kernel.addNode({ name: 'peer', core: (host) => new TestCore(host.pool) });
  const node = kernel.addNode({ name: 'node', core: (host) => new TestCore(host.pool), ...options });
  kernel.connect(peer.port(0), node.port(0), { latencyNs: us(1) });
  return { kernel, peer, node };
}

function sendAt({ kernel, peer }: Pair, atNs: Nanos, text: string): void {
  kernel.at(atNs, () => peer.command((core) => core.say(text)));
}

function setDeadline(node: SimNode<TestCore>, deadlineNs: Nanos): void {
  node.command((core) => (core.deadlineNs = deadlineNs));
}

test('node: answers leave when a frame is handled, by the port the core names', () => {
  const { kernel, peer, node } = pair();
  node.core.onFrame = (core, _nowNs, port, frame) => {
    core.send(port, frame);
    core.say('and more', port);
    return true;
  };
  peer.command((core) => core.say('hello'));
  kernel.runUntil(us(10));
  assert.deepEqual(peer.core.arrivals, [
    { nowNs: us(2), port: 0, text: 'hello' },
    { nowNs: us(2), port: 0, text: 'and more' },
  ]);
  const { framesIn, bytesIn, handled, framesOut, bytesOut } = node.stats;
  assert.deepEqual({ framesIn, bytesIn, handled }, { framesIn: 1, bytesIn: 5, handled: 1 });
  assert.deepEqual({ framesOut, bytesOut }, { framesOut: 2, bytesOut: 13 });
});

test('node: a frame for a port without a link is dropped, counted and released', () => {
  const { kernel, node } = pair();
  node.command((core) => core.say('lost', 3));
  assert.equal(node.stats.drops.unconnected, 1);
  assert.equal(kernel.pool.inUse, 0);
});

test('timer: fires at the deadline, and again when the core asks again', () => {
  const { kernel, node } = pair();
  node.core.onTimeout = (core, nowNs) => {
    if (nowNs < 500) core.deadlineNs = nowNs + 100;
  };
  setDeadline(node, 200);
  kernel.runUntil(us(1));
  assert.deepEqual(node.core.timeouts, [200, 300, 400, 500]);
  assert.equal(node.stats.timeouts, 4);
  assert.equal(kernel.nextEventNs, NEVER);
});

test('timer: a deadline that moves leaves nothing stale behind', () => {
  const { kernel, node } = pair();
  for (let deadlineNs = 10_000; deadlineNs > 5_000; deadlineNs--) setDeadline(node, deadlineNs);
  for (let deadlineNs = 5_000; deadlineNs < 8_000; deadlineNs++) setDeadline(node, deadlineNs);
  kernel.runUntil(us(20));
  assert.deepEqual(node.core.timeouts, [7_999]);
  assert.equal(kernel.events, 1);
});

test('timer: a deadline that is taken back does not fire', () => {
  const { kernel, node } = pair();
  setDeadline(node, 500);
  kernel.at(400, () => setDeadline(node, NEVER));
  kernel.runUntil(us(1));
  assert.deepEqual(node.core.timeouts, []);
});

test('timer: a deadline in the past fires at once, after what is already due', () => {
  const test = pair();
  sendAt(test, 0, 'frame');
  test.kernel.at(us(1), () => setDeadline(test.node, 1));
  test.kernel.runUntil(us(2));
  assert.deepEqual(test.node.core.timeouts, [us(1)]);
  assert.equal(test.node.core.arrivals[0]!.nowNs, us(1));
});

test('timer: an input that moves the deadline re-arms it', () => {
  const test = pair();
  test.node.core.onFrame = (core, nowNs) => {
    core.deadlineNs = nowNs + us(5);
    return false;
  };
  for (const atNs of [0, us(2), us(4)]) sendAt(test, atNs, 'keep alive');
  test.kernel.runUntil(us(20));
  assert.deepEqual(test.node.core.timeouts, [us(10)]);
});

test('timer: a core that never moves its deadline is a bug, not an endless loop', () => {
  const { kernel, node } = pair();
  node.core.onTimeout = (core, nowNs) => (core.deadlineNs = nowNs);
  setDeadline(node, 5);
  assert.throws(() => kernel.runUntil(us(1)), AssertionFailure);
});

test('crash: queue and core are thrown away, and frames that arrive at a dead node are dropped', () => {
  const test = pair({ cpu: { cores: 1, service: constant(us(10)), queueFramesMax: 10 } });
  const { kernel, node } = test;
  for (let i = 0; i < 3; i++) sendAt(test, us(i), `before ${i}`);
  setDeadline(node, us(25));
  kernel.at(us(12), () => node.crash());
  for (let i = 0; i < 4; i++) sendAt(test, us(15 + i), `during ${i}`);
  kernel.at(us(30), () => {
    assert.equal(kernel.pool.inUse, 0);
    assert.equal(node.isUp, false);
    assert.throws(() => node.core, AssertionFailure);
    assert.equal(
      node.command(() => assert.fail('a dead node takes no commands')),
      false,
    );
    node.crash();
    node.restart();
  });
  sendAt(test, us(40), 'after');
  kernel.runUntil(us(100));
  assert.deepEqual(node.core.texts, ['after']);
  assert.deepEqual(node.core.timeouts, []);
  const { crashed, down } = node.stats.drops;
  assert.deepEqual({ crashed, down, handled: node.stats.handled }, { crashed: 2, down: 4, handled: 2 });
  assert.equal(kernel.pool.inUse, 0);
});

test('crash: a frame in flight reaches the node if it is up again', () => {
  const test = pair();
  sendAt(test, 0, 'in flight');
  test.kernel.at(100, () => test.node.crash());
  test.kernel.at(900, () => test.node.restart());
  test.kernel.runUntil(us(2));
  assert.deepEqual(test.node.core.texts, ['in flight']);
});

test('scrap: a node that crashes for good stays down, whoever restarts it', () => {
  const { kernel, node } = pair();
  node.scrap();
  node.restart();
  kernel.heal();
  kernel.runUntil(us(1));
  assert.equal(node.isUp, false);
  assert.equal(kernel.pool.inUse, 0);
});

test('restart: makes the core anew from what the caller kept, with a new incarnation and stream', () => {
  const disk: string[] = [];
  const draws: number[] = [];
  const kernel = new Kernel({ seed: 1 });
  const node = kernel.addNode({
    name: 'store',
    core: (host) => {
      draws.push(host.prng.u32());
      const core = new TestCore(host.pool);
      core.say(`read ${disk.join()} as ${host.incarnation} at ${host.nowNs}`, 0);
      core.deadlineNs = host.nowNs;
      return core;
    },
    onCrash: () => disk.push('log'),
  });
  const sent: string[] = [];
  const sink = kernel.addNode({ name: 'sink', core: (host) => new TestCore(host.pool) });
  kernel.connect(node.port(0), sink.port(0), { latencyNs: 0 }).tap((_nowNs, _direction, frame) => {
    sent.push(String.fromCharCode(...frame.contents()));
  });
  for (const atNs of [100, 300]) {
    kernel.at(atNs, () => node.crash());
    kernel.at(atNs + 50, () => node.restart());
  }
  kernel.runUntil(us(1));
  assert.deepEqual(sent, ['read  as 0 at 0', 'read log as 1 at 150', 'read log,log as 2 at 350']);
  assert.equal(new Set(draws).size, 3);
});

test('crash: a tap may crash the node that is sending', () => {
  const { kernel, peer, node } = pair();
  const untap = kernel.links[0]!.tap(() => node.crash());
  node.core.deadlineNs = 5;
  node.command((core) => {
    core.say('first');
    core.say('second');
  });
  untap();
  kernel.runUntil(us(5));
  assert.equal(node.isUp, false);
  assert.deepEqual(peer.core.texts, ['first']);
  assert.equal(node.stats.drops.crashed, 1);
  assert.equal(kernel.pool.inUse, 0);
});

test('pause: without a CPU model input waits and is handled in order at the resume; timers are late', () => {
  const test = pair();
  const { kernel, node } = test;
  setDeadline(node, us(5));
  kernel.at(us(2), () => node.pause());
  for (const [i, text] of ['a', 'b', 'c'].entries()) sendAt(test, us(3 + i), text);
  kernel.at(us(10), () => {
    assert.equal(node.queueLength, 3);
    assert.equal(
      node.command(() => assert.fail('a paused node takes no commands')),
      false,
    );
  });
  kernel.at(us(20), () => node.resume());
  sendAt(test, us(30), 'd');
  kernel.runUntil(us(50));
  assert.deepEqual(
    node.core.arrivals.map(({ nowNs, text }) => `${text}@${nowNs / 1000}`),
    ['a@20', 'b@20', 'c@20', 'd@31'],
  );
  assert.deepEqual(node.core.timeouts, [us(20)]);
});

test('pause: services stand still and go on where they were, and waiting frames follow', () => {
  const test = pair({ cpu: { cores: 2, service: constant(us(10)), queueFramesMax: 3 } });
  const { kernel, node } = test;
  sendAt(test, us(0), 'a');
  kernel.at(us(5), () => node.pause());
  for (const text of ['b', 'c', 'd', 'e', 'f']) sendAt(test, us(6), text);
  kernel.at(us(105), () => node.resume());
  kernel.runUntil(us(200));
  assert.deepEqual(
    node.core.arrivals.map(({ nowNs, text }) => `${text}@${nowNs / 1000}`),
    ['a@111', 'b@115', 'c@121', 'd@125'],
  );
  assert.equal(node.stats.drops.queueFull, 2);
  assert.equal(node.stats.busyNs, us(40));
  assert.equal(kernel.pool.inUse, 0);
});

test('pause: a paused node may crash, and comes back running', () => {
  const test = pair({ cpu: { cores: 1, service: constant(us(10)), queueFramesMax: 3 } });
  const { kernel, node } = test;
  sendAt(test, 0, 'a');
  sendAt(test, us(3), 'b');
  kernel.at(us(2), () => node.pause());
  kernel.at(us(10), () => node.crash());
  kernel.at(us(12), () => node.pause());
  kernel.at(us(20), () => node.restart());
  kernel.at(us(21), () => node.resume());
  sendAt(test, us(30), 'c');
  kernel.runUntil(us(100));
  assert.deepEqual(node.core.texts, ['c']);
  assert.equal(node.stats.drops.crashed, 2);
  assert.equal(kernel.pool.inUse, 0);
});

test('pause: what a node without a CPU model held is released when it crashes', () => {
  const test = pair();
  test.node.pause();
  sendAt(test, 0, 'a');
  test.kernel.at(us(2), () => test.node.crash());
  test.kernel.runUntil(us(3));
  assert.equal(test.node.stats.drops.crashed, 1);
  assert.equal(test.kernel.pool.inUse, 0);
});

test('pause: a node without a CPU model holds a bounded number of frames', () => {
  const test = pair();
  test.node.pause();
  test.peer.command((core) => {
    for (let i = 0; i < PAUSED_FRAMES_MAX + 5; i++) core.say('x');
  });
  test.kernel.runUntil(us(2));
  assert.equal(test.node.queueLength, PAUSED_FRAMES_MAX);
  assert.equal(test.node.stats.drops.queueFull, 5);
});

test('clock: a node that starts ahead and drifts sees its own time and its timers keep to it', () => {
  const test = pair({ skewNs: ms(3), driftPpm: 500 });
  const { kernel, node } = test;
  assert.equal(node.nowNs, ms(3));
  sendAt(test, seconds(1) - us(1), 'frame');
  setDeadline(node, ms(3) + seconds(2) * 1.0005);
  let firedNs = 0;
  node.core.onTimeout = () => (firedNs = kernel.now);
  kernel.runUntil(seconds(3));
  assert.ok(Math.abs(node.core.arrivals[0]!.nowNs - (ms(3) + seconds(1) * 1.0005)) < 0.01);
  assert.ok(Math.abs(firedNs - seconds(2)) < 0.01);
  assert.ok(node.core.timeouts[0]! >= ms(3) + seconds(2) * 1.0005);
});

test('clock: a step moves pending timers, forward at once and back by standing still', () => {
  const { kernel, node } = pair();
  const firedNs: Nanos[] = [];
  node.core.onTimeout = () => firedNs.push(kernel.now);
  setDeadline(node, ms(10));
  kernel.at(ms(1), () => node.stepClock(ms(4)));
  kernel.at(ms(7), () => setDeadline(node, ms(20)));
  kernel.at(ms(8), () => node.stepClock(-ms(4)));
  kernel.runUntil(ms(30));
  assert.deepEqual(firedNs, [ms(6), ms(20)]);
});

test('clock: local time never runs back, and each timer fires once at its deadline or later', () => {
  const { kernel, node } = pair();
  const prng = kernel.stream('clock test');
  let wantedNs = 0;
  let latestNs = 0;
  let fired = 0;
  node.core.onTimeout = (core, nowNs) => {
    assert.ok(nowNs >= wantedNs && nowNs >= latestNs);
    fired++;
    latestNs = nowNs;
    wantedNs = nowNs + prng.exponential(us(10));
    core.deadlineNs = wantedNs;
  };
  setDeadline(node, us(1));
  for (let atNs = 0; atNs < ms(20); atNs += prng.exponential(us(20))) {
    kernel.at(atNs, () => node.stepClock(prng.normal(0, us(5))));
    kernel.at(atNs, () => node.driftClock(prng.normal(0, 300)));
  }
  kernel.runUntil(ms(20));
  assert.ok(fired > 1000);
  assert.equal(node.stats.timeouts, fired);
});

test('node: names are unique, as random streams are named by them', () => {
  const { kernel } = pair();
  assert.throws(
    () => kernel.addNode({ name: 'node', core: (host) => new TestCore(host.pool) }),
    AssertionFailure,
  );
});
