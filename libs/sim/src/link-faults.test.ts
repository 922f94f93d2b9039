import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure, ms, NEVER, us } from '@ballast/base';
import { TestCore } from '../testing/test-core.ts';
import { exponential } from './distribution.ts';
import { Kernel } from './kernel.ts';
import type { Link, LinkOptions } from './link.ts';
import type { SimNode } from './node.ts';

const FRAMES = 20_000;
const GAP_NS = 1000;

class Stream {
  readonly kernel: Kernel;
  readonly a: SimNode<TestCore>;
  readonly b: SimNode<TestCore>;
  readonly link: Link;

  constructor(options: LinkOptions = { latencyNs: 500 }, seed = 1) {
    this.kernel = new Kernel({ seed });
    this.a = this.kernel.addNode({ name: 'a', core: (host) => new TestCore(host.pool) });
    this.b = this.kernel.addNode({ name: 'b', core: (host) => new TestCore(host.pool) });
    this.link = this.kernel.connect(this.a.port(0), this.b.port(0), options);
  }

  /** Sends numbered frames a microsecond apart; the numbers in order of arrival, when all is over. */
  send(count = FRAMES): number[] {
    const fromNs = this.kernel.now;
    for (let i = 0; i < count; i++) {
      this.kernel.at(fromNs + i * GAP_NS, () => this.a.command((core) => core.say(String(i))));
    }
    this.kernel.runUntil(fromNs + count * GAP_NS + ms(1));
    assert.equal(this.kernel.pool.inUse, 0, 'every frame was released');
    return this.b.core.texts.map(Number);
  }
}

/** Within five standard deviations of a binomial proportion, a fixed seed not being chosen for luck. */
function assertRatio(count: number, of: number, ratio: number): void {
  const slack = 5 * Math.sqrt((ratio * (1 - ratio)) / of);
  assert.ok(Math.abs(count / of - ratio) <= slack, `${count} of ${of} is within ${slack} of ${ratio}`);
}

test('loss: strikes the given share of frames, and both directions alike', () => {
  const stream = new Stream();
  stream.link.inject({ lossRatio: 0.1 });
  stream.b.core.onFrame = (core, _nowNs, port, frame) => {
    core.send(port, frame);
    return true;
  };
  const arrived = stream.send().length;
  assertRatio(FRAMES - arrived, FRAMES, 0.1);
  assert.equal(stream.link.stats.aToB.drops.lost, FRAMES - arrived);
  assertRatio(arrived - stream.a.core.arrivals.length, arrived, 0.1);
});

test('loss: one direction alone can be struck, changed and healed while running', () => {
  const stream = new Stream();
  stream.link.inject({ lossRatio: 1 }, 'bToA');
  assert.equal(stream.send(100).length, 100);
  stream.link.inject({ lossRatio: 1 }, 'aToB');
  assert.equal(stream.send(100).length, 100);
  stream.link.heal();
  assert.equal(stream.send(100).length, 200);
});

test('burst loss: the share and the mean length of bursts follow from the chain', () => {
  const stream = new Stream();
  stream.link.inject({ burstLoss: { enterRatio: 0.01, leaveRatio: 0.2, goodLossRatio: 0, badLossRatio: 1 } });
  const arrived = stream.send(100_000);
  const gaps = arrived.slice(1).map((number, i) => number - arrived[i]! - 1);
  const bursts = gaps.filter((gap) => gap > 0);
  const lost = bursts.reduce((sum, gap) => sum + gap, 0);
  // Stationary: enter / (enter + leave) of the frames, in bursts of 1 / leave.
  assert.ok(Math.abs(lost / 100_000 - 0.01 / 0.21) < 0.005);
  assert.ok(Math.abs(lost / bursts.length - 5) < 0.5);
  assert.ok(
    Math.abs(stream.link.stats.aToB.drops.lostInBurst - lost) <= 100,
    'but for a burst at either end',
  );
});

test('burst loss: both states lose with their own probability', () => {
  const stream = new Stream();
  stream.link.inject({
    burstLoss: { enterRatio: 0.5, leaveRatio: 0.5, goodLossRatio: 0.1, badLossRatio: 0.5 },
  });
  assertRatio(FRAMES - stream.send().length, FRAMES, 0.3);
});

test('burst loss: when it is healed within a burst, it begins anew in the good state', () => {
  const stream = new Stream();
  const { link } = stream;
  link.inject({ burstLoss: { enterRatio: 1, leaveRatio: 0, goodLossRatio: 0, badLossRatio: 1 } });
  assert.equal(stream.send(100).length, 0);
  link.heal();
  link.inject({ burstLoss: { enterRatio: 0, leaveRatio: 0, goodLossRatio: 0, badLossRatio: 1 } });
  assert.equal(stream.send(100).length, 100);
});

test('duplication: copies follow their frame, and each copy is struck by itself', () => {
  const stream = new Stream();
  stream.link.inject({ duplicateRatio: 0.25 });
  const arrived = stream.send();
  assertRatio(arrived.length - FRAMES, FRAMES, 0.25);
  assert.deepEqual(
    arrived,
    [...arrived].sort((x, y) => x - y),
  );
  assert.equal(stream.link.stats.aToB.duplicated, arrived.length - FRAMES);
  stream.link.inject({ duplicateRatio: 1, lossRatio: 0.5 });
  const before = stream.b.core.arrivals.length;
  assertRatio(stream.send().length - before, 2 * FRAMES, 0.5);
});

test('reordering: the given share is late by up to the delay, and overtaken', () => {
  const stream = new Stream();
  stream.link.inject({ reorderRatio: 0.1, reorderDelayNs: us(5) });
  const arrived = stream.send();
  assert.deepEqual(
    [...arrived].sort((x, y) => x - y),
    Array.from({ length: FRAMES }, (_, i) => i),
  );
  const delays = stream.b.core.arrivals.map(({ nowNs, text }) => nowNs - Number(text) * GAP_NS - 500);
  const late = delays.filter((delay) => delay > 0);
  assertRatio(late.length, FRAMES, 0.1);
  assert.equal(stream.link.stats.aToB.reordered, late.length);
  assert.ok(Math.max(...late) <= us(5) && Math.max(...late) > us(4.5));
  const overtaken = arrived.filter((number, i) => i > 0 && number < arrived[i - 1]!).length;
  assert.ok(overtaken > late.length / 2, 'most of the late ones are overtaken');
});

test('corruption: flips between one and the given number of bits in the given share of frames', () => {
  const stream = new Stream();
  stream.link.inject({ corruptRatio: 0.2, corruptBitsMax: 3 });
  const original = 'the quick brown fox';
  for (let i = 0; i < FRAMES; i++)
    stream.kernel.at(i * 10, () => stream.a.command((core) => core.say(original)));
  stream.kernel.runUntil(ms(1));
  const flips = stream.b.core.texts.map((text) => differingBits(text, original));
  assertRatio(flips.filter((bits) => bits > 0).length, FRAMES, 0.2);
  for (const bits of [1, 2, 3]) assertRatio(flips.filter((count) => count === bits).length, FRAMES, 0.2 / 3);
  assert.ok(Math.max(...flips) === 3);
  const damagedAt = new Set(stream.b.core.texts.flatMap((text) => differingBytes(text, original)));
  assert.equal(damagedAt.size, original.length, 'every byte is hit some time');
});

function differingBits(text: string, original: string): number {
  let count = 0;
  for (let i = 0; i < original.length; i++) {
    for (let bits = text.charCodeAt(i) ^ original.charCodeAt(i); bits !== 0; bits &= bits - 1) count++;
  }
  return count;
}

function differingBytes(text: string, original: string): number[] {
  return Array.from(original, (_, i) => i).filter((i) => text[i] !== original[i]);
}

test('script: drops or delays exactly the frames it names', () => {
  const stream = new Stream();
  stream.link.script('aToB', (_nowNs, frame) => {
    const text = String.fromCharCode(...frame.contents());
    return text === '3' ? NEVER : text === '5' ? 2500 : 0;
  });
  assert.deepEqual(stream.send(10), [0, 1, 2, 4, 6, 7, 5, 8, 9]);
  assert.equal(stream.link.stats.aToB.drops.script, 1);
  stream.link.script('aToB', null);
  assert.equal(stream.send(10).length, 19);
});

test('cut: drops what enters and what would arrive, until every cut has healed', () => {
  const stream = new Stream({ latencyNs: us(10) });
  const { kernel, link } = stream;
  const first = link.cut();
  kernel.at(us(1), () => {
    const second = link.cut('aToB');
    kernel.at(us(99.5), () => second.heal());
  });
  kernel.at(us(50), () => first.heal());
  kernel.at(us(200), () => {
    const short = link.cut('aToB');
    kernel.at(us(205.5), () => short.heal());
  });
  const arrived = new Set(stream.send(300));
  const missing = Array.from({ length: 300 }, (_, i) => i).filter((number) => !arrived.has(number));
  // Frame n enters at n us and arrives at n + 10 us; these two met the short cut.
  const inFlight = [190, 191, 192, 193, 194, 195];
  const entering = [200, 201, 202, 203, 204, 205];
  assert.deepEqual(missing, [...Array.from({ length: 100 }, (_, i) => i), ...inFlight, ...entering]);
  assert.equal(link.stats.aToB.drops.cut, missing.length);
});

test('faults: do not shift the random stream of the jitter', () => {
  const arrivals = (lossRatio: number): string[] => {
    const stream = new Stream({ latencyNs: 500, jitter: exponential(100) });
    // Too small to lose anything here, but it is drawn for every frame.
    stream.link.inject({ lossRatio });
    stream.send(1000);
    return stream.b.core.arrivals.map(({ text, nowNs }) => `${text}@${nowNs}`);
  };
  assert.deepEqual(arrivals(1e-12), arrivals(0));
});

test('faults: a network-wide fault reaches links that are laid later, and heals everywhere', () => {
  const stream = new Stream();
  stream.kernel.inject({ lossRatio: 1 });
  const later = stream.kernel.connect(stream.a.port(1), stream.b.port(1), { latencyNs: 0, name: 'later' });
  assert.equal(later.aToB.faults.lossRatio, 1);
  assert.equal(stream.send(10).length, 0);
  stream.kernel.heal();
  assert.equal(later.aToB.faults.lossRatio, 0);
  assert.equal(stream.send(10).length, 10);
});

test('faults: values that are no faults are refused', () => {
  const { link } = new Stream();
  for (const faults of [
    { lossRatio: 1.1 },
    { duplicateRatio: -0.1 },
    { corruptRatio: Number.NaN },
    { reorderDelayNs: -1 },
    { corruptBitsMax: 0 },
    { burstLoss: { enterRatio: 2, leaveRatio: 0, goodLossRatio: 0, badLossRatio: 0 } },
  ]) {
    assert.throws(() => link.inject(faults), AssertionFailure);
  }
});
