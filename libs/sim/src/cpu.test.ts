import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AssertionFailure,
  type Core,
  type Frame,
  type FramePool,
  type Nanos,
  NEVER,
  Outbox,
} from '@ballast/base';
import { type PortNumber, type Sink, us } from '@ballast/base';
import { TestCore } from '../testing/test-core.ts';
import { type CpuModel, DRAW_SERVICE_TIME } from './cpu.ts';
import { bimodal, constant, type Distribution, exponential, lognormal } from './distribution.ts';
import { Kernel } from './kernel.ts';
import type { Host, SimNode } from './node.ts';

const SERVICE_NS = us(10);

/** What a station with Poisson arrivals did, once it was in its steady state. */
interface Observation {
  meanWaitNs: Nanos;
  droppedRatio: number;
  utilisation: number;
}

/** Sends a frame at every arrival of a Poisson process; its first eight bytes are the instant it was sent. */
class PoissonSource implements Core {
  deadlineNs: Nanos = 0;
  sent = 0;
  readonly #host: Host;
  readonly #gapNs: Nanos;
  readonly #out = new Outbox();

  constructor(host: Host, gapNs: Nanos) {
    this.#host = host;
    this.#gapNs = gapNs;
  }

  handle(_now: Nanos, _port: PortNumber, frame: Frame): void {
    this.#host.pool.release(frame);
  }

  timeout(now: Nanos): void {
    const frame = this.#host.pool.take();
    frame.length = 8;
    frame.view.setFloat64(frame.start, now);
    this.#out.push(0, frame);
    this.sent++;
    this.deadlineNs = now + this.#host.prng.exponential(this.#gapNs);
  }

  drain(sink: Sink): void {
    this.#out.drain(sink);
  }
}

/** Sums up how long frames sent after `fromNs` were on their way and in the station. */
class Stopwatch implements Core {
  readonly deadlineNs = NEVER;
  sojournNs = 0;
  served = 0;
  readonly #pool: FramePool;
  readonly #fromNs: Nanos;

  constructor(pool: FramePool, fromNs: Nanos) {
    this.#pool = pool;
    this.#fromNs = fromNs;
  }

  handle(now: Nanos, _port: PortNumber, frame: Frame): void {
    const sentNs = frame.view.getFloat64(frame.start);
    this.#pool.release(frame);
    if (sentNs < this.#fromNs) return;
    this.sojournNs += now - sentNs;
    this.served++;
  }

  timeout(): void {}

  drain(): void {}
}

function observe(cpu: CpuModel, load: number, arrivals: number): Observation {
  const kernel = new Kernel({ seed: 11 });
  const gapNs = SERVICE_NS / (load * cpu.cores);
  const warmUpNs = (arrivals * gapNs) / 10;
  const source = kernel.addNode({ name: 'source', core: (host) => new PoissonSource(host, gapNs) });
  const node = kernel.addNode({ name: 'station', cpu, core: (host) => new Stopwatch(host.pool, warmUpNs) });
  kernel.connect(source.port(0), node.port(0), { latencyNs: 0 });
  kernel.runWhile(() => source.core.sent < arrivals);
  const { busyNs, drops, framesIn } = node.stats;
  return {
    meanWaitNs: node.core.sojournNs / node.core.served - SERVICE_NS,
    droppedRatio: drops.queueFull / framesIn,
    utilisation: busyNs / kernel.now / cpu.cores,
  };
}

function station(cores: number, service: Distribution, queueFramesMax = 100_000): CpuModel {
  return { cores, service, queueFramesMax };
}

function assertNear(actual: number, expected: number, ratio: number): void {
  assert.ok(Math.abs(actual - expected) <= ratio * expected, `${actual} is within ${ratio} of ${expected}`);
}

/** Probability that an arrival at c servers of offered load a (erlang) has to wait: Erlang's C formula. */
function erlangC(servers: number, offered: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < servers; k++) sum += term *= offered / k;
  const last = ((term * offered) / servers) * (servers / (servers - offered));
  return last / (sum + last);
}

/** Mean wait of M/G/1 (Pollaczek, Khinchine); `scv`: squared coefficient of variation of the service. */
function meanWaitMG1(load: number, scv: number): number {
  return ((load / (1 - load)) * SERVICE_NS * (1 + scv)) / 2;
}

for (const load of [0.3, 0.7, 0.85]) {
  test(`cpu: M/M/1 at load ${load} waits as the formula says`, () => {
    const { meanWaitNs, utilisation } = observe(station(1, exponential(SERVICE_NS)), load, 150_000);
    assertNear(meanWaitNs, meanWaitMG1(load, 1), 0.06);
    assertNear(utilisation, load, 0.02);
  });

  test(`cpu: M/D/1 at load ${load} waits half as long`, () => {
    const { meanWaitNs } = observe(station(1, constant(SERVICE_NS)), load, 150_000);
    assertNear(meanWaitNs, meanWaitMG1(load, 0), 0.05);
  });
}

test('cpu: M/G/1 with lognormal service waits as Pollaczek and Khinchine say', () => {
  const sigma = 0.8;
  const { meanWaitNs } = observe(station(1, lognormal({ meanNs: SERVICE_NS, sigma })), 0.6, 200_000);
  assertNear(meanWaitNs, meanWaitMG1(0.6, Math.exp(sigma * sigma) - 1), 0.06);
});

test('cpu: M/G/1 with bimodal service waits as Pollaczek and Khinchine say', () => {
  const service = bimodal({ shortNs: us(5), longNs: us(55), longRatio: 0.1 });
  const scv = (0.9 * us(5) ** 2 + 0.1 * us(55) ** 2) / SERVICE_NS ** 2 - 1;
  const { meanWaitNs } = observe(station(1, service), 0.6, 200_000);
  assertNear(meanWaitNs, meanWaitMG1(0.6, scv), 0.06);
});

for (const [cores, load] of [
  [2, 0.8],
  [4, 0.8],
  [16, 0.9],
] as const) {
  test(`cpu: M/M/${cores} at load ${load} waits as Erlang's C formula says`, () => {
    const { meanWaitNs, utilisation } = observe(station(cores, exponential(SERVICE_NS)), load, 200_000);
    const expected = (erlangC(cores, load * cores) * SERVICE_NS) / (cores * (1 - load));
    assertNear(meanWaitNs, expected, 0.08);
    assertNear(utilisation, load, 0.02);
  });
}

test('cpu: M/M/1/K drops the share that the formula says', () => {
  const load = 1.2;
  const inSystemMax = 10;
  const { droppedRatio } = observe(station(1, exponential(SERVICE_NS), inSystemMax - 1), load, 100_000);
  const expected = ((1 - load) * load ** inSystemMax) / (1 - load ** (inSystemMax + 1));
  assertNear(droppedRatio, expected, 0.03);
});

interface Server {
  kernel: Kernel;
  server: SimNode<TestCore>;
  /** Sends a frame at an instant; the link takes no time. */
  offer: (atNs: Nanos, text: string) => void;
}

function server(cpu: CpuModel): Server {
  const kernel = new Kernel({ seed: 1 });
  const source = kernel.addNode({ name: 'source', core: (host) => new TestCore(host.pool) });
  const node = kernel.addNode({ name: 'server', core: (host) => new TestCore(host.pool), cpu });
  kernel.connect(source.port(0), node.port(0), { latencyNs: 0 });
  return {
    kernel,
    server: node,
    offer: (atNs, text) => kernel.at(atNs, () => source.command((core) => core.say(text))),
  };
}

function log(node: SimNode<TestCore>): string[] {
  return node.core.arrivals.map(({ nowNs, text }) => `${text}@${nowNs}`);
}

test('cpu: frames are handled in order when their service completes, and answers leave then', () => {
  const { kernel, server: node, offer } = server(station(1, constant(1000)));
  node.core.onFrame = (core, _nowNs, port, frame) => {
    core.send(port, frame);
    return true;
  };
  const sent: Nanos[] = [];
  kernel.links[0]!.bToA.tap((nowNs) => sent.push(nowNs));
  for (const text of ['a', 'b', 'c']) offer(0, text);
  offer(5000, 'd');
  kernel.runUntil(us(10));
  assert.deepEqual(log(node), ['a@1000', 'b@2000', 'c@3000', 'd@6000']);
  assert.deepEqual(sent, [1000, 2000, 3000, 6000]);
  assert.equal(node.stats.busyNs, 4000);
});

test('cpu: several cores serve side by side from one queue', () => {
  const { kernel, server: node, offer } = server(station(2, constant(1000)));
  offer(0, 'a');
  offer(400, 'b');
  offer(500, 'c');
  offer(600, 'd');
  kernel.runUntil(us(10));
  assert.deepEqual(log(node), ['a@1000', 'b@1400', 'c@2000', 'd@2400']);
});

test('cpu: frames beyond those that may wait are dropped, counted and released', () => {
  const { kernel, server: node, offer } = server(station(1, constant(1000), 2));
  for (const text of ['a', 'b', 'c', 'd', 'e']) offer(0, text);
  offer(1500, 'f');
  kernel.runUntil(us(10));
  assert.deepEqual(log(node), ['a@1000', 'b@2000', 'c@3000', 'f@4000']);
  assert.equal(node.stats.drops.queueFull, 2);
  assert.equal(kernel.pool.inUse, 0);
});

test('cpu: the queue length counts frames waiting or in service, without the one being handled', () => {
  const { kernel, server: node, offer } = server(station(1, constant(1000)));
  const lengths: number[] = [];
  node.core.onFrame = () => {
    lengths.push(node.queueLength);
    return false;
  };
  for (const text of ['a', 'b', 'c']) offer(0, text);
  kernel.runUntil(999);
  assert.equal(node.queueLength, 3);
  kernel.runUntil(us(10));
  assert.deepEqual(lengths, [2, 1, 0]);
});

test('cpu: a classifier prices frames one by one, and the others are drawn', () => {
  const costNs = (frame: { bytes: Uint8Array; start: number }): Nanos => {
    const first = String.fromCharCode(frame.bytes[frame.start]!);
    return first === 'c' ? 50 : first === 'z' ? 0 : DRAW_SERVICE_TIME;
  };
  const { kernel, server: node, offer } = server({ ...station(1, constant(1000)), costNs });
  for (const text of ['data', 'control', 'z', 'data']) offer(0, text);
  kernel.runUntil(us(10));
  assert.deepEqual(log(node), ['data@1000', 'control@1050', 'z@1050', 'data@2050']);
});

test('cpu: urgent frames wait only for the service that has begun and for each other', () => {
  const isUrgent = (frame: Frame): boolean => frame.bytes[frame.start] === 'u'.charCodeAt(0);
  const { kernel, server: node, offer } = server({ ...station(1, constant(1000), 2), isUrgent });
  for (const text of ['a', 'b', 'c']) offer(0, text);
  // Neither class takes up room of the other; the third urgent one finds no place in its own.
  for (const text of ['u1', 'u2', 'u3', 'd']) offer(500, text);
  offer(2500, 'u4');
  kernel.at(1500, () => node.pause());
  kernel.at(1700, () => node.resume());
  kernel.runUntil(us(10));
  assert.deepEqual(log(node), ['a@1000', 'u1@2200', 'u2@3200', 'u4@4200', 'b@5200', 'c@6200']);
  assert.equal(node.stats.drops.queueFull, 2);
  assert.equal(kernel.pool.inUse, 0);
});

test('cpu: a slow node takes longer for frames it starts from then on', () => {
  const { kernel, server: node, offer } = server(station(1, constant(1000)));
  for (const text of ['a', 'b', 'c', 'd']) offer(0, text);
  kernel.at(500, () => node.slow(3));
  kernel.at(4500, () => node.slow(1));
  kernel.runUntil(us(10));
  assert.deepEqual(log(node), ['a@1000', 'b@4000', 'c@7000', 'd@8000']);
});

test('cpu: timers, commands and messages do not queue behind frames', () => {
  const { kernel, server: node, offer } = server(station(1, constant(us(100))));
  offer(0, 'a');
  kernel.at(500, () => node.command((core) => (core.deadlineNs = 1000)));
  kernel.runUntil(2000);
  assert.deepEqual(node.core.timeouts, [1000]);
  assert.equal(node.core.arrivals.length, 0);
});

test('cpu: a model that no machine has is refused', () => {
  for (const cpu of [station(0, constant(1)), station(1.5, constant(1)), station(1, constant(1), -1)]) {
    assert.throws(() => server(cpu), AssertionFailure);
  }
  const { server: node } = server(station(1, constant(1)));
  assert.throws(() => node.slow(0), AssertionFailure);
});
