import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapStatistics } from 'node:v8';
import { type Frame, FramePool, type PortNumber } from '@ballast/base';
import { bits, packet } from '@ballast/wire';
import { exactly, insert, registerEntry, tableEntry } from '../testing/control-notation.ts';
import { ipFormat } from '../testing/semantics/formats.ts';
import { exact, program } from './builder.ts';
import { interpretTarget } from './interpret/interpreter.ts';
import { jsTarget } from './js/js-target.ts';
import { PACKET_INS_MAX, type PacketIn, SwitchCore } from './switch-core.ts';
import type { Program } from './ir.ts';
import type { Target } from './target.ts';

const MTU_BYTES = 1500;
const PORTS = 8;

/** What becomes of a frame says its destination address (`To`), and where it goes its EtherType. */
const switching: Program = program('switching', (p) => {
  const { ethernet } = p.parse(ipFormat);
  p.ingress(() => {
    p.match(
      ethernet.dst,
      {
        1: () => p.forward(ethernet.etherType),
        2: () => p.multicast(ethernet.etherType),
        4: () => p.toController('asked'),
        5: () => p.pass(),
      },
      () => p.drop('unwanted'),
    );
  });
  p.egress(() => {
    p.when(p.replica.eq(99), () => p.drop('pruned'));
    ethernet.src.set(p.egressPort.concat(p.replica, p.constant(0, bits(16))));
    p.emit();
  });
});
const To = { Port: 1, Group: 2, Nobody: 3, Controller: 4, Host: 5 } as const;

/** A switch, what it sends, and the pool that its frames are from. */
class Bench {
  readonly pool = new FramePool(MTU_BYTES);
  readonly core: SwitchCore;
  readonly sent: { readonly port: PortNumber; readonly contents: Uint8Array }[] = [];

  constructor(target: Target = interpretTarget) {
    this.core = new SwitchCore({ instance: target.load(switching), ports: PORTS, pool: this.pool });
  }

  /** One frame in, everything out; what was sent goes back to the pool as a sink's frames do. */
  receive(dst: number, etherType: number, payload = ''): void {
    const frame = this.pool.take();
    frame.fill(frameOf(dst, etherType, 0, payload));
    this.core.handle(0, 6, frame);
    this.core.drain({ transmit: (port, out) => this.#take(port, out) });
  }

  #take(port: PortNumber, frame: Frame): void {
    this.sent.push({ port, contents: frame.contents().slice() });
    this.pool.release(frame);
  }
}

function frameOf(dst: number, etherType: number, src: number, payload = ''): Uint8Array {
  return packet().eth({ dst, src, etherType }).payload(payload).build();
}

/** The source address that the egress part gives a copy. */
const egressSrc = (port: number, replica: number): number => port * 2 ** 32 + replica * 2 ** 16;

test('switch core: a forwarded frame leaves by its port, through the egress part', () => {
  const bench = new Bench();
  bench.receive(To.Port, 7, 'payload');
  assert.deepEqual(bench.sent, [{ port: 7, contents: frameOf(1, 7, egressSrc(7, 0), 'payload') }]);
  assert.deepEqual(bench.core.counters, counts({ forwarded: 1 }));
  assert.equal(bench.pool.inUse, 0);
});

test('switch core: a port that does not exist drops the frame and is counted', () => {
  const bench = new Bench();
  bench.receive(To.Port, PORTS);
  bench.receive(To.Port, 65_535);
  assert.deepEqual(bench.sent, []);
  assert.deepEqual(bench.core.counters, counts({ dropped: 2, badPort: 2 }));
  assert.equal(bench.pool.inUse, 0);
});

test('switch core: a dropped frame and one for the host go back to the pool', () => {
  const bench = new Bench();
  bench.receive(To.Nobody, 0);
  assert.deepEqual(bench.core.counters, counts({ dropped: 1 }));
  bench.receive(To.Host, 0);
  assert.deepEqual(bench.core.counters, counts({ dropped: 1, passed: 1 }));
  assert.deepEqual(bench.sent, []);
  assert.equal(bench.pool.inUse, 0);
});

test('switch core: copies of a multicast are independent, each through the egress part on its own', () => {
  const bench = new Bench();
  bench.core.control.setGroup(300, [
    { port: 1, replica: 5 },
    { port: 2, replica: 6 },
    { port: 1, replica: 7 },
  ]);
  bench.receive(To.Group, 300, 'copied');
  assert.deepEqual(bench.sent, [
    { port: 1, contents: frameOf(2, 300, egressSrc(1, 5), 'copied') },
    { port: 2, contents: frameOf(2, 300, egressSrc(2, 6), 'copied') },
    { port: 1, contents: frameOf(2, 300, egressSrc(1, 7), 'copied') },
  ]);
  assert.deepEqual(bench.core.counters, counts({ copied: 3 }));
  assert.equal(bench.pool.inUse, 0);
});

test('switch core: a copy that is dropped takes no other with it', () => {
  for (const bad of [0, 1, 2]) {
    const bench = new Bench();
    const replicas = [1, 2, 3].map((port, i) => ({ port, replica: i === bad ? 99 : 0 }));
    bench.core.control.setGroup(1, replicas);
    bench.receive(To.Group, 1);
    assert.deepEqual(
      bench.sent.map(({ port }) => port),
      [1, 2, 3].filter((_, i) => i !== bad),
    );
    assert.deepEqual(bench.core.counters, counts({ copied: 2, dropped: 1 }));
    assert.equal(bench.pool.inUse, 0);
  }
});

test('switch core: a copy to a port that does not exist is dropped alone', () => {
  const bench = new Bench();
  bench.core.control.setGroup(1, [
    { port: PORTS, replica: 0 },
    { port: 0, replica: 0 },
  ]);
  bench.receive(To.Group, 1);
  assert.deepEqual(
    bench.sent.map(({ port }) => port),
    [0],
  );
  assert.deepEqual(bench.core.counters, counts({ copied: 1, dropped: 1, badPort: 1 }));
  assert.equal(bench.pool.inUse, 0);
});

test('switch core: a group that does not exist drops the frame and is counted', () => {
  const bench = new Bench();
  const { control } = bench.core;
  bench.receive(To.Group, 1);
  control.setGroup(1, [{ port: 1, replica: 0 }]);
  bench.receive(To.Group, 1);
  control.setGroup(1, []);
  assert.equal(control.group(1), undefined);
  bench.receive(To.Group, 1);
  assert.equal(bench.sent.length, 1);
  assert.deepEqual(bench.core.counters, counts({ copied: 1, dropped: 2, badGroup: 2 }));
  assert.equal(bench.pool.inUse, 0);
});

test('switch core: a group is a copy of what was set', () => {
  const { control } = new Bench().core;
  const replicas = [{ port: 1, replica: 0 }];
  control.setGroup(1, replicas);
  replicas.push({ port: 2, replica: 0 });
  assert.deepEqual(control.group(1), [{ port: 1, replica: 0 }]);
});

test('switch core: a packet for the controller says why and where it came from', () => {
  const bench = new Bench();
  bench.receive(To.Controller, 9, 'look');
  const expected: PacketIn = { reason: 'asked', ingressPort: 6, contents: frameOf(4, 9, 0, 'look') };
  assert.equal(bench.pool.inUse, 0);
  bench.receive(To.Nobody, 0, 'reuses the frame');
  assert.deepEqual(bench.core.takePacketIns(), [expected]);
  assert.deepEqual(bench.core.takePacketIns(), []);
  assert.deepEqual(bench.core.counters, counts({ toController: 1, dropped: 1 }));
});

test('switch core: packets that the controller does not fetch are bounded', () => {
  const bench = new Bench(jsTarget);
  for (let i = 0; i < PACKET_INS_MAX + 3; i++) bench.receive(To.Controller, i);
  assert.deepEqual(
    bench.core.counters,
    counts({ toController: PACKET_INS_MAX, dropped: 3, controllerFull: 3 }),
  );
  assert.equal(bench.pool.inUse, 0);
  const taken = bench.core.takePacketIns();
  assert.equal(taken.length, PACKET_INS_MAX);
  assert.deepEqual(taken.at(-1)?.contents, frameOf(4, PACKET_INS_MAX - 1, 0));
  bench.receive(To.Controller, 1);
  assert.equal(bench.core.takePacketIns().length, 1);
});

test('switch core: it waits for nothing', () => {
  const { core } = new Bench();
  assert.equal(core.deadlineNs, Number.POSITIVE_INFINITY);
  core.timeout();
  core.drain({ transmit: () => assert.fail('nothing was sent') });
});

test('switch core: its control plane is the program’s', () => {
  const routing = program('routing', (p) => {
    const { ethernet } = p.parse(ipFormat);
    const routes = p.table('routes', { match: { dst: exact(ethernet.dst) }, actions: { to: {} }, size: 4 });
    p.register('loads', { depth: bits(32) }, 2);
    p.ingress(() => {
      routes.apply({ to: () => undefined, miss: () => undefined });
      p.pass();
    });
  });
  const { control } = new SwitchCore({
    instance: interpretTarget.load(routing),
    ports: PORTS,
    pool: new FramePool(MTU_BYTES),
  });
  control.write([insert(tableEntry('routes', [exactly(1n)], ['to']))]);
  assert.equal(control.read({ entity: 'table', name: 'routes' }).length, 1);
  assert.deepEqual(control.read({ entity: 'register', name: 'loads', index: 1 }), [
    registerEntry('loads', 1, [0n]),
  ]);
});

test('switch core: forwarding allocates nothing', () => {
  const bench = new Bench(jsTarget);
  const template = frameOf(To.Port, 3, 0, 'payload');
  const sink = { transmit: (_port: PortNumber, frame: Frame) => bench.pool.release(frame) };
  const run = (packets: number): void => {
    for (let i = 0; i < packets; i++) {
      const frame = bench.pool.take();
      frame.fill(template);
      bench.core.handle(i, 0, frame);
      bench.core.drain(sink);
    }
  };
  const packets = 100_000;
  run(packets); // Until the compiler has had its turn.
  const before = getHeapStatistics().total_allocated_bytes;
  run(packets);
  const bytesPerPacket = (getHeapStatistics().total_allocated_bytes - before) / packets;
  // The smallest object is 16 bytes.
  assert.ok(bytesPerPacket < 8, `${bytesPerPacket} bytes a packet`);
  assert.equal(bench.pool.inUse, 0);
  assert.equal(bench.core.counters.forwarded, 2 * packets);
});

/** All counters, those not given at 0. */
function counts(of: Partial<SwitchCore['counters']>): SwitchCore['counters'] {
  const zero = {
    forwarded: 0,
    copied: 0,
    dropped: 0,
    toController: 0,
    passed: 0,
    badPort: 0,
    badGroup: 0,
    controllerFull: 0,
  };
  return { ...zero, ...of };
}
