import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FramePool } from '@ballast/base';
import { interpretTarget, type Instance, jsTarget, Outcome, OUTCOME_NAMES } from '@ballast/pipeline';
import { formatFrame, packet, parseIpv4 } from '@ballast/wire';
import { routerProgram } from './router.ts';

const PORT_MAC = 0x02_00_00_00_00_03;
const HOP_MAC = 0x02_00_00_00_aa_01;

interface Case {
  readonly name: string;
  readonly ttl: number;
  readonly dst: string;
  readonly expect: { readonly outcome: Outcome; readonly reason?: string; readonly port?: number };
}

const cases: readonly Case[] = [
  {
    name: 'a known network goes to its next hop',
    ttl: 64,
    dst: '10.1.2.3',
    expect: { outcome: Outcome.Forward, port: 3 },
  },
  { name: 'the longer prefix wins', ttl: 64, dst: '10.1.9.9', expect: { outcome: Outcome.Forward, port: 4 } },
  { name: 'a TTL of 2 still passes', ttl: 2, dst: '10.1.2.3', expect: { outcome: Outcome.Forward, port: 3 } },
  {
    name: 'a TTL of 1 ends here',
    ttl: 1,
    dst: '10.1.2.3',
    expect: { outcome: Outcome.Controller, reason: 'ttl_exceeded' },
  },
  {
    name: 'an unknown network is dropped',
    ttl: 64,
    dst: '172.16.0.1',
    expect: { outcome: Outcome.Drop, reason: 'no_route' },
  },
];

function load(target: typeof jsTarget): Instance {
  const instance = target.load(routerProgram());
  const route = (value: bigint, prefixBits: number, port: bigint): void =>
    instance.control.write([
      {
        type: 'insert',
        entity: {
          entity: 'table',
          table: 'routes',
          match: [{ kind: 'longestPrefix', value, prefixBits }],
          action: 'via',
          parameters: [port, BigInt(HOP_MAC)],
        },
      },
    ]);
  route(0x0a01_0000n, 16, 3n);
  route(0x0a01_0900n, 24, 4n);
  for (const index of [3, 4]) {
    const record = [BigInt(PORT_MAC)];
    instance.control.write([
      { type: 'modify', entity: { entity: 'register', register: 'ports', index, record } },
    ]);
  }
  return instance;
}

for (const target of [interpretTarget, jsTarget]) {
  for (const { name, ttl, dst, expect } of cases) {
    test(`router on ${target.name}: ${name}`, () => {
      const instance = load(target);
      const bytes = packet()
        .eth({})
        .ipv4({ src: parseIpv4('192.0.2.1'), dst: parseIpv4(dst), ttl })
        .udp({})
        .build();
      const frame = new FramePool(1500).take();
      frame.fill(bytes);

      const outcome = instance.process(frame, 0, 0);

      assert.equal(OUTCOME_NAMES[outcome], OUTCOME_NAMES[expect.outcome]);
      const { dropReasons, controllerReasons } = instance.program;
      const reasons = outcome === Outcome.Drop ? dropReasons : controllerReasons;
      if (expect.reason !== undefined) assert.equal(reasons[instance.reason], expect.reason);
      if (outcome !== Outcome.Forward) return;
      assert.equal(instance.destination, expect.port);
      const expected = packet()
        .eth({ src: PORT_MAC, dst: HOP_MAC })
        .ipv4({ src: parseIpv4('192.0.2.1'), dst: parseIpv4(dst), ttl: ttl - 1 })
        .udp({})
        .build();
      assert.deepEqual(
        frame.contents(),
        expected,
        `${formatFrame(frame.contents())}\n${formatFrame(expected)}`,
      );
    });
  }
}
