import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, us } from '@ballast/base';
import { checkLinearizable } from '@ballast/checkers';
import { ESTIMATORS } from '@ballast/programs';
import { constant } from '@ballast/sim';
import {
  ConstantSize,
  KeySpace,
  readWriteMix,
  UniformKeys,
  Workload,
  ycsbWorkload,
  ZipfKeys,
} from '@ballast/workload';
import { dealRing, homeOnRing, Rack, type RackOptions, randomRun, type System } from '../src/index.ts';

const SEEDS = Number(process.env['BALLAST_SEEDS'] ?? 12);
const KEYS = 400;

function workload(theta: number, writeRatio = 0): Workload {
  return new Workload({
    mix: readWriteMix({ writeRatio }),
    keys: theta === 0 ? new UniformKeys(KEYS) : new ZipfKeys({ n: KEYS, theta }),
    keySpace: new KeySpace({ n: KEYS, scrambleSeed: 3 }),
    valueBytes: new ConstantSize(32),
  });
}

function openLoad(ratePerSecond: number): RackOptions['load'] {
  return { kind: 'open', ratePerSecond };
}

function makeRack(system: System, more: Partial<RackOptions> = {}): Rack {
  return new Rack({
    seed: 5,
    system,
    servers: 8,
    clients: 2,
    keys: KEYS,
    valueBytes: 32,
    workload: workload(1.2),
    load: openLoad(400_000),
    service: constant(us(10)),
    epochNs: ms(1),
    sampleRatio: 4,
    ...more,
  });
}

test('rack: random runs under loss, duplication and reordering are linearizable and come to rest', (t) => {
  let promotions = 0;
  let demotions = 0;
  const estimators = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = randomRun({ seed });
    if (run.verdict.verdict === 'unknown') t.diagnostic(`checker: unknown, seed ${seed}`);
    assert.equal(run.verdict.verdict, 'ok', `seed ${seed}; replay: ballast sim --seed ${seed}`);
    assert.ok(run.cameToRest, `seed ${seed} came to rest after the last fault`);
    assert.equal(run.framesInUse, 0, `seed ${seed} lost a frame`);
    promotions += run.promotions;
    demotions += run.demotions;
    estimators.add(run.shape.estimator);
  }
  assert.deepEqual([...estimators].sort(), [...ESTIMATORS].sort());
  assert.ok(promotions > SEEDS && demotions > SEEDS, `${promotions} promotions, ${demotions} demotions`);
});

test('rack: consistent hashing is linearizable under the same faults', () => {
  for (let seed = 1; seed <= 4; seed++) {
    const run = randomRun({ seed, system: 'hashing' });
    assert.equal(run.verdict.verdict, 'ok', `seed ${seed}`);
    assert.equal(run.promotions, 0);
  }
});

test('rack: the same seed gives the same trace, another seed another', () => {
  const hashes = [7, 7, 8].map((seed) => randomRun({ seed }).traceHash);
  assert.equal(hashes[0], hashes[1]);
  assert.notEqual(hashes[0], hashes[2]);
});

test('rack: a skewed load overloads one server with hashing and none with Pegasus', () => {
  const [hashing, pegasus] = (['hashing', 'pegasus'] as const).map((system) => {
    const rack = makeRack(system);
    rack.kernel.runUntil(ms(20));
    rack.setRate(600_000);
    rack.kernel.runUntil(ms(60));
    rack.measureFrom();
    rack.kernel.runUntil(ms(100));
    return rack.reading();
  });
  assert.ok(Math.max(...hashing!.utilisation) > 0.99, 'the home of the hottest key is full');
  const fullest = Math.max(...pegasus!.utilisation);
  assert.ok(fullest < 0.9, `three quarters of the capacity is offered, and it is spread: ${fullest}`);
  assert.ok(pegasus!.throughputPerSecond > 0.99 * pegasus!.offeredPerSecond);
  assert.ok(hashing!.throughputPerSecond < 0.9 * hashing!.offeredPerSecond);
});

test('rack: a home that drowns in requests for its hottest key still does what relieves it', () => {
  // All keys are cold and the load is there from the start: messages of the controller that waited behind
  // requests would find a queue of 40 ms, and be sent again long before.
  const rack = makeRack('pegasus', { load: { kind: 'open', ratePerSecond: 600_000 }, epochNs: ms(20) });
  rack.kernel.runUntil(ms(20));
  const drowning = Math.max(...rack.servers.map((server) => server.queueLength));
  assert.ok(drowning > 500, `the fullest queue holds ${drowning} requests`);
  rack.kernel.runUntil(ms(22));
  assert.ok(rack.controllerCounters.promotions > 0, 'the directory has changed within 2 ms');
  assert.ok(Math.max(...rack.servers.map((server) => server.queueLength)) > 500, 'while they wait');
  rack.kernel.runUntil(ms(200));
  rack.measureFrom();
  rack.kernel.runUntil(ms(220));
  assert.ok(rack.reading().throughputPerSecond > 0.99 * rack.reading().offeredPerSecond);
});

test('rack: at a uniform load Pegasus is neither better nor worse', () => {
  const [hashing, pegasus] = (['hashing', 'pegasus'] as const).map((system) => {
    const rack = makeRack(system, { workload: workload(0), sampleRatio: 64 });
    rack.kernel.runUntil(ms(10));
    rack.measureFrom();
    rack.kernel.runUntil(ms(60));
    return rack.reading();
  });
  const ratio = pegasus!.throughputPerSecond / hashing!.throughputPerSecond;
  assert.ok(Math.abs(ratio - 1) < 0.02, `ratio ${ratio}`);
});

for (const estimator of ESTIMATORS) {
  test(`rack: by ${estimator}, the directory holds the hottest keys, and for reads every server a copy`, () => {
    const rack = makeRack('pegasus', { hotKeysMax: 4, estimator });
    rack.kernel.runUntil(ms(30));
    const space = new KeySpace({ n: KEYS, scrambleSeed: 3 });
    const hottest = [0, 1, 2, 3].map((rank) => rack.keyNames.format(space.keyOf(rank)));
    const held = rack.hotKeys();
    assert.deepEqual(held.map((h) => h.key).sort(), hottest.sort());
    assert.ok(
      held.every((h) => h.replicas.length === 8),
      'read-only keys are everywhere',
    );
  });
}

test('rack: a server leaves although keys become hot all the time', () => {
  const keySpace = new KeySpace({ n: KEYS, scrambleSeed: 3 });
  const churning = new Workload({
    mix: readWriteMix({ writeRatio: 0.2 }),
    keys: new ZipfKeys({ n: KEYS, theta: 0.9 }),
    keySpace,
    valueBytes: new ConstantSize(32),
  });
  const churn = { workload: churning, load: openLoad(200_000), hotKeysMax: 16, sampleRatio: 1 };
  const rack = makeRack('pegasus', { servers: 4, ...churn });
  for (let at = ms(1); at < ms(120); at += ms(1)) rack.kernel.at(at, () => keySpace.hotIn(16));
  rack.kernel.runUntil(ms(20));
  rack.changeServers({ kind: 'leave', server: 2 });
  const isLeft = (): boolean => rack.status?.members[2]?.status === 'left';
  rack.kernel.runWhile(() => !isLeft(), ms(120));
  assert.ok(isLeft(), `it is ${rack.status?.members[2]?.status}`);
  assert.ok(rack.controllerCounters.promotions > 100, `${rack.controllerCounters.promotions} promotions`);
});

test('rack: latency counts from the intended instant, so a rack that stands still shows it', () => {
  const rack = makeRack('hashing', { workload: workload(0), load: { kind: 'open', ratePerSecond: 50_000 } });
  rack.kernel.runUntil(ms(5));
  rack.measureFrom();
  for (const node of rack.clients) node.pause();
  rack.kernel.runUntil(ms(15));
  for (const node of rack.clients) node.resume();
  rack.kernel.runUntil(ms(25));
  // Half of the operations of these 20 ms were meant to start in the 10 ms of the pause.
  assert.ok(rack.reading().p50Us > 100, `p50 ${rack.reading().p50Us} us`);
});

for (const name of ['A', 'B', 'C', 'D', 'F'] as const) {
  test(`rack: YCSB ${name} runs and its history is linearizable`, () => {
    const ycsb = ycsbWorkload(name, { n: KEYS, theta: 0.99, valueBytes: new ConstantSize(16) });
    const rack = makeRack('pegasus', { workload: ycsb, history: true, load: { kind: 'closed', users: 12 } });
    rack.kernel.runUntil(ms(15));
    rack.stopLoad();
    rack.kernel.runUntil(ms(40));
    rack.history!.finish();
    assert.ok(rack.history!.length > 1000);
    assert.equal(checkLinearizable(rack.history!.operations()).verdict, 'ok');
    assert.equal(rack.reading().lost, 0);
  });
}

test('ring: every server gets the same share in arcs of its own', () => {
  for (const servers of [1, 2, 3, 7, 28, 32]) {
    const ring = dealRing(servers);
    const counts = new Array<number>(servers).fill(0);
    for (const server of ring) counts[server]!++;
    const mean = ring.length / servers;
    assert.ok(
      counts.every((count) => Math.abs(count / mean - 1) < 0.02),
      `${servers} servers: ${counts.join()}`,
    );
  }
});

test('ring: the home follows from the highest bits of the hash', () => {
  const ring = dealRing(4);
  assert.equal(homeOnRing(ring, 0), ring[0]);
  assert.equal(homeOnRing(ring, 0xffff_ffff), ring[ring.length - 1]);
  assert.equal(homeOnRing(ring, 0x8000_0000), ring[ring.length / 2]);
});
