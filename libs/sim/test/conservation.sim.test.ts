/** Echo servers under every fault, alone and all at once: no frame gets lost track of, and all recover. */
import assert from 'node:assert/strict';
import { type Frame, ms, type Nanos, us } from '@ballast/base';
import {
  exponential,
  FAULT_KINDS,
  type FaultKind,
  randomFaults,
  type SimNode,
  uniform,
} from '../src/index.ts';
import { type SimRun, simTest, TestCore } from '../testing/index.ts';

const SERVERS = 4;
const CLIENT_PORT = SERVERS;
const FAULTS_END_NS = ms(3);
const LOAD_END_NS = ms(4);

// A frame is: the port of the switch that it goes to, the port it comes from, and a number.
const port = (frame: Frame, index: number): number => frame.bytes[frame.start + index]!;

function forward(core: TestCore, _nowNs: Nanos, from: number, frame: Frame): boolean {
  const to = port(frame, 0);
  // A corrupted address must not make two servers echo to each other for ever.
  if (from !== CLIENT_PORT && to !== CLIENT_PORT) return false;
  core.send(to, frame);
  return true;
}

function echo(core: TestCore, _nowNs: Nanos, _port: number, frame: Frame): boolean {
  const server = port(frame, 0);
  frame.bytes[frame.start] = port(frame, 1);
  frame.bytes[frame.start + 1] = server;
  core.send(0, frame);
  return true;
}

interface Rack {
  readonly client: SimNode<TestCore>;
  /** Numbers of the requests sent once all faults were over. */
  readonly sentWhenHealed: string[];
  readonly links: readonly string[];
  readonly servers: readonly string[];
}

function buildRack(sim: SimRun): Rack {
  const { kernel } = sim;
  const link = { latencyNs: 500, bitsPerSecond: 80e6, queueBytesMax: 30, jitter: uniform(0, 200) };
  const answering = (answer: TestCore['onFrame']) => (host: { pool: SimRun['kernel']['pool'] }) => {
    const core = new TestCore(host.pool);
    core.onFrame = answer;
    return core;
  };
  const tor = kernel.addNode({ name: 'tor', core: answering(forward) });
  const servers = Array.from({ length: SERVERS }, (_, i) => {
    const cpu = { cores: 2, service: exponential(us(4)), queueFramesMax: 6 };
    const server = kernel.addNode({ name: `server${i}`, core: answering(echo), cpu });
    kernel.connect(tor.port(i), server.port(0), link);
    return server.name;
  });
  const client = kernel.addNode({ name: 'client', core: answering(null) });
  kernel.connect(tor.port(CLIENT_PORT), client.port(0), link);
  const sentWhenHealed: string[] = [];
  let sent = 0;
  const tick = (): void => {
    const number = String(sent++);
    client.command((core) => core.say(String.fromCharCode(sim.prng.below(SERVERS), CLIENT_PORT) + number));
    // Fast enough for queues to overflow at first; then at leisure, so that only faults could lose anything.
    const gapNs = kernel.now < FAULTS_END_NS ? sim.prng.exponential(us(1)) : us(20);
    if (kernel.now > FAULTS_END_NS + us(200)) sentWhenHealed.push(number);
    if (kernel.now < LOAD_END_NS) kernel.at(kernel.now + gapNs, tick);
  };
  kernel.at(0, tick);
  return { client, sentWhenHealed, links: kernel.links.map(({ name }) => name), servers };
}

function suffer(sim: SimRun, kinds: readonly FaultKind[]): void {
  const { kernel, prng } = sim;
  const rack = buildRack(sim);
  const schedule = randomFaults(prng, {
    fromNs: us(100),
    healNs: FAULTS_END_NS,
    links: rack.links,
    nodes: rack.servers,
    rates: Object.fromEntries(kinds.map((kind) => [kind, { meanGapNs: us(150), meanDurationNs: us(200) }])),
  });
  sim.note(schedule.toString());
  schedule.install(kernel);

  kernel.runUntil(LOAD_END_NS);
  sim.runUntil(() => kernel.nextEventNs === Infinity, { within: ms(10) });

  sim.assertFramesReleased();
  assertFramesAccounted(sim);
  const answered = new Set(rack.client.core.texts.map((text) => text.slice(2)));
  assert.deepEqual(
    rack.sentWhenHealed.filter((number) => !answered.has(number)),
    [],
    'every request after the last fault is answered',
  );
}

/** What went into each link and node came out again, or was dropped for a reason that was counted. */
function assertFramesAccounted({ kernel }: SimRun): void {
  for (const { name, stats } of kernel.links) {
    for (const { frames, duplicated, arrived, drops } of [stats.aToB, stats.bToA]) {
      assert.equal(arrived + sum(drops), frames + duplicated, name);
    }
  }
  for (const { name, stats } of kernel.nodes) {
    const { crashed, down, queueFull } = stats.drops;
    assert.equal(stats.handled + crashed + down + queueFull, stats.framesIn, name);
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

simTest('conservation: frames of a healthy but overloaded rack are all accounted for', (sim) => {
  suffer(sim, []);
  assert.ok(sim.kernel.nodes.some(({ stats }) => stats.drops.queueFull > 0));
  assert.ok(sim.kernel.links.some(({ stats }) => stats.bToA.drops.queueFull > 0));
});

for (const kind of FAULT_KINDS) {
  simTest(`conservation: no frame is lost track of under ${kind}, and the rack recovers`, (sim) =>
    suffer(sim, [kind]),
  );
}

simTest('conservation: no frame is lost track of under all faults at once, and the rack recovers', (sim) => {
  suffer(sim, FAULT_KINDS);
});
