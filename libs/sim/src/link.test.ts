import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure, us } from '@ballast/base';
import { TestCore } from '../testing/test-core.ts';
import { exponential, uniform } from './distribution.ts';
import { Kernel } from './kernel.ts';
import { type Link, type LinkOptions } from './link.ts';
import { ETHERNET_OVERHEAD_BYTES } from './link-direction.ts';
import type { SimNode } from './node.ts';

interface Pair {
  kernel: Kernel;
  a: SimNode<TestCore>;
  b: SimNode<TestCore>;
  link: Link;
}

function pair(options: LinkOptions): Pair {
  const kernel = new Kernel({ seed: 1 });
  const a = kernel.addNode({ name: 'a', core: (host) => new TestCore(host.pool) });
  const b = kernel.addNode({ name: 'b', core: (host) => new TestCore(host.pool) });
  return { kernel, a, b, link: kernel.connect(a.port(0), b.port(0), options) };
}

/** Frames of these lengths, all at this instant. */
function burst(node: SimNode<TestCore>, lengths: readonly number[]): void {
  node.command((core) => lengths.forEach((length) => core.say('x'.repeat(length))));
}

function arrivalTimes(node: SimNode<TestCore>): number[] {
  return node.core.arrivals.map((arrival) => arrival.nowNs);
}

test('link: without bandwidth a frame takes the latency of its direction, whatever its length', () => {
  const { kernel, a, b } = pair({ latencyNs: 500, reverse: { latencyNs: 1250 } });
  burst(a, [1, 1500]);
  burst(b, [64]);
  kernel.runUntil(us(10));
  assert.deepEqual(arrivalTimes(b), [500, 500]);
  assert.deepEqual(arrivalTimes(a), [1250]);
});

test('link: frames are sent one after the other at the bandwidth, then propagate', () => {
  const { kernel, a, b, link } = pair({ latencyNs: 500, bitsPerSecond: 10e9 });
  burst(a, [1000, 125, 1250]);
  assert.equal(link.aToB.queueBytes, 2375);
  kernel.at(400, () => assert.equal(link.aToB.queueBytes, 1875));
  // The wire is idle again from 1900 on.
  kernel.at(2000, () => burst(a, [500]));
  kernel.runUntil(us(10));
  assert.deepEqual(arrivalTimes(b), [800 + 500, 900 + 500, 1900 + 500, 2400 + 500]);
  assert.equal(link.stats.aToB.busyNs, 2300);
  assert.equal(link.stats.bToA.frames, 0);
});

test('link: 10 Gbit/s Ethernet carries 14.88 million smallest frames a second', () => {
  const { kernel, a, b } = pair({
    latencyNs: 0,
    bitsPerSecond: 10e9,
    overheadBytes: ETHERNET_OVERHEAD_BYTES,
  });
  burst(a, new Array<number>(1000).fill(60));
  kernel.runUntil(us(100));
  assert.ok(Math.abs(1e9 / (arrivalTimes(b).at(-1)! / 1000) - 14.88e6) < 0.01e6);
});

test('link: what does not fit the queue is dropped, counted and released', () => {
  const { kernel, a, b, link } = pair({ latencyNs: 100, bitsPerSecond: 8e9, queueBytesMax: 3000 });
  burst(a, [1500, 1500, 1, 1500]);
  assert.equal(link.aToB.queueBytes, 3000);
  // By then 1000 bytes have left.
  kernel.at(1000, () => burst(a, [1001, 1000]));
  kernel.runUntil(us(10));
  assert.deepEqual(arrivalTimes(b), [1600, 3100, 4100]);
  assert.equal(b.core.arrivals[2]!.text.length, 1000);
  const { frames, arrived, drops } = link.stats.aToB;
  assert.deepEqual({ frames, arrived, queueFull: drops.queueFull }, { frames: 6, arrived: 3, queueFull: 3 });
  assert.equal(kernel.pool.inUse, 0);
});

test('link: a frame longer than the queue passes when the wire is idle', () => {
  const { kernel, a, b } = pair({ latencyNs: 0, bitsPerSecond: 8e9, queueBytesMax: 100 });
  burst(a, [1500, 64]);
  kernel.runUntil(us(10));
  assert.equal(b.core.arrivals.length, 1);
});

test('link: jitter delays each frame anew and reorders none', () => {
  const { kernel, a, b } = pair({ latencyNs: 1000, jitter: exponential(400) });
  for (let i = 0; i < 2000; i++) kernel.at(i * 50, () => a.command((core) => core.say(String(i))));
  kernel.runUntil(us(200));
  assert.deepEqual(
    b.core.texts.map(Number),
    Array.from({ length: 2000 }, (_, i) => i),
  );
  const delays = arrivalTimes(b).map((nowNs, i) => nowNs - i * 50 - 1000);
  assert.ok(Math.min(...delays) >= 0 && Math.max(...delays) > 1000);
});

test('link: jitter of spaced frames has the mean of its distribution', () => {
  const { kernel, a, b } = pair({ latencyNs: 1000, jitter: uniform(0, 400) });
  for (let i = 0; i < 5000; i++) kernel.at(i * 500, () => burst(a, [64]));
  kernel.runUntil(us(3000));
  const total = arrivalTimes(b).reduce((sum, nowNs, i) => sum + nowNs - i * 500 - 1000, 0);
  assert.ok(Math.abs(total / 5000 - 200) < 6);
});

test('link: a tap sees both directions in order of time, as sent, until it is taken off', () => {
  const { kernel, a, b, link } = pair({ latencyNs: 700 });
  const seen: string[] = [];
  const untap = link.tap((nowNs, direction, frame) => {
    seen.push(`${nowNs} ${direction} ${String.fromCharCode(...frame.contents())}`);
  });
  b.core.onFrame = (core, _nowNs, port, frame) => {
    frame.bytes[frame.start] = 'P'.charCodeAt(0);
    core.send(port, frame);
    return true;
  };
  link.inject({ lossRatio: 1 }, 'bToA');
  a.command((core) => core.say('ping'));
  kernel.runUntil(us(2));
  untap();
  a.command((core) => core.say('ping'));
  kernel.runUntil(us(4));
  assert.deepEqual(seen, ['0 aToB ping', '700 bToA Ping']);
  assert.equal(a.core.arrivals.length, 0);
});

test('link: names default to those of the nodes, and both names and ports are taken once', () => {
  const { kernel, a, b, link } = pair({ latencyNs: 0 });
  assert.equal(link.name, 'a-b');
  assert.equal(kernel.link('a-b'), link);
  assert.throws(() => kernel.connect(a.port(1), b.port(1), { latencyNs: 0 }), /link name a-b is unique/);
  assert.throws(
    () => kernel.connect(a.port(0), b.port(1), { latencyNs: 0, name: 'c' }),
    /port 0 of a has one link/,
  );
  assert.throws(() => kernel.link('nowhere'), AssertionFailure);
});

test('link: a shape that no cable has is refused', () => {
  for (const options of [
    { latencyNs: -1 },
    { latencyNs: Infinity },
    { latencyNs: 0, bitsPerSecond: 0 },
    { latencyNs: 0, queueBytesMax: -1 },
    { latencyNs: 0, overheadBytes: Number.NaN },
  ]) {
    assert.throws(() => pair(options), AssertionFailure);
  }
});
