import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Frame,
  type FramePool,
  ms,
  NEVER,
  Outbox,
  type PortNumber,
  seconds,
  type Sink,
  us,
} from '@ballast/base';
import { constant } from '@ballast/sim';
import { type UdpPath, writeUdpFrame } from '@ballast/wire';
import { ConstantSize, readWriteMix, UniformKeys, Workload } from '@ballast/workload';
import { clientAddress, type OperationSource, Rack, type RackOptions, SWITCH_MAC } from '../src/index.ts';

const KEYS = 64;
const SERVICE_NS = us(100);

/** Every operation is for the same key: one server does all the work. */
const oneKey: OperationSource = {
  next(_prng, out) {
    out.kind = 'get';
    out.key = 0;
    out.valueBytes = 0;
  },
  settle: () => undefined,
};

function makeRack(more: Partial<RackOptions> = {}): Rack {
  return new Rack({
    seed: 1,
    system: 'hashing',
    servers: 4,
    clients: 2,
    keys: KEYS,
    valueBytes: 16,
    workload: oneKey,
    load: { kind: 'open', ratePerSecond: 20_000 },
    service: constant(SERVICE_NS),
    retransmitNs: seconds(1),
    giveUpNs: seconds(10),
    ...more,
  });
}

const backlogOf = ({ clients }: Rack): number => clients.reduce((sum, node) => sum + node.core.backlog, 0);

test('load: with a limit on what is in progress, a full server holds up everything, and waiting counts', () => {
  const rack = makeRack({ outstandingMax: 8 });
  rack.kernel.runUntil(ms(500));
  const { offeredPerSecond, throughputPerSecond, p99Us } = rack.reading();
  assert.ok(offeredPerSecond > 18_000, 'the load comes all the same');
  assert.ok(Math.abs(throughputPerSecond / 10_000 - 1) < 0.01, 'one server does one server’s work');
  for (const { core } of rack.clients) assert.ok(core.client.outstanding <= 8);
  // Half of what came waits at the clients, the last of it for half of the time so far.
  assert.ok(backlogOf(rack) > 4_000);
  assert.ok(p99Us > 200_000, 'latencies count from the intended instant');
});

test('load: what waited is sent when there is room, each operation once', () => {
  const rack = makeRack({ outstandingMax: 8 });
  rack.kernel.runUntil(ms(200));
  rack.setRate(0);
  rack.kernel.runUntil(seconds(1));
  assert.equal(backlogOf(rack), 0);
  const total = { started: 0, ok: 0, sent: 0 };
  for (const { core } of rack.clients) {
    total.started += core.counters.started;
    total.ok += core.counters.ok;
    total.sent += core.client.counters.sent;
  }
  assert.ok(total.started > 3_000);
  assert.deepEqual(total, { started: total.started, ok: total.started, sent: total.started });
});

test('load: an operation that fits no packet is counted as failed, and the next one goes on', () => {
  let drawn = 0;
  const large: OperationSource = {
    next(_prng, out) {
      out.kind = 'put';
      out.key = 0;
      out.valueBytes = drawn++ % 2 === 0 ? 4_000 : 16;
    },
    settle: () => undefined,
  };
  const rack = makeRack({ workload: large, load: { kind: 'open', ratePerSecond: 1_000 } });
  rack.kernel.runUntil(ms(100));
  rack.setRate(0);
  rack.kernel.runUntil(ms(200));
  const failed = rack.clients.reduce((sum, { core }) => sum + core.counters.failed, 0);
  const ok = rack.clients.reduce((sum, { core }) => sum + core.counters.ok, 0);
  assert.ok(failed > 30 && ok > 30);
  assert.equal(failed + ok, drawn);
  assert.equal(backlogOf(rack), 0);
});

test('measurement: windows add up to the whole, and leave `reading` alone', () => {
  const workload = new Workload({
    mix: readWriteMix({ writeRatio: 0.2 }),
    keys: new UniformKeys(KEYS),
    valueBytes: new ConstantSize(16),
  });
  const run = (windows: number): { operations: number; p99Us: number; inWindows: number } => {
    const rack = makeRack({ workload });
    let inWindows = 0;
    for (let i = 1; i <= windows; i++) {
      rack.kernel.runUntil((ms(120) / windows) * i);
      inWindows += rack.takeWindow().operations;
    }
    const { operations, p99Us } = rack.reading();
    return { operations, p99Us, inWindows };
  };
  const whole = run(1);
  assert.ok(whole.operations > 2_000);
  assert.deepEqual(run(6), { ...whole, inWindows: whole.operations });
});

/** A host that sends frames when it is told, and keeps none that it is sent. */
class Sender {
  readonly deadlineNs = NEVER;
  readonly #pool: FramePool;
  readonly #outbox = new Outbox();
  received = 0;

  constructor(pool: FramePool) {
    this.#pool = pool;
  }
  send(path: UdpPath): void {
    const frame = this.#pool.take();
    writeUdpFrame(frame, path, 32);
    this.#outbox.push(0, frame);
  }
  handle(_now: number, _port: PortNumber, frame: Frame): void {
    this.received++;
    this.#pool.release(frame);
  }
  timeout(): void {
    // Nothing is ever due.
  }
  drain(sink: Sink): void {
    this.#outbox.drain(sink);
  }
}

test('spare ports: a host is reached once the switch knows it, and no more when it was removed', () => {
  const rack = makeRack({ sparePorts: 2, load: { kind: 'open', ratePerSecond: 1 } });
  const { servers, clients } = rack.options;
  const [from, to] = [0, 1].map((spare) => {
    const node = rack.connectSpare(spare, `host${spare}`, (host) => new Sender(host.pool));
    return { node, address: clientAddress(servers, clients + spare) };
  });
  const send = (): number => {
    const path: UdpPath = {
      srcMac: from!.address.mac,
      dstMac: SWITCH_MAC,
      srcIp: from!.address.ip,
      dstIp: to!.address.ip,
      srcPort: 7,
      dstPort: 7,
    };
    from!.node.command((core) => core.send(path));
    rack.kernel.runUntil(rack.kernel.now + us(20));
    return to!.node.core.received;
  };
  assert.equal(send(), 0);
  rack.addHost(to!.address);
  assert.equal(send(), 1);
  rack.removeHost(to!.address);
  assert.equal(send(), 1);
  assert.ok(rack.links.includes('host1-tor'));
});
