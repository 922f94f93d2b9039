import { Frame } from '@ballast/base';
import { bits, ethernetHeader, EtherType, ipv4Header, packet } from '@ballast/wire';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exact, program } from '../builder.ts';
import { interpretTarget } from '../interpret/interpreter.ts';
import { packetFormat } from '../parser-graph.ts';
import { ObservedProgram } from './observed-program.ts';

const format = packetFormat('test', { ethernet: ethernetHeader, ipv4: ipv4Header }, 'ethernet', {
  ethernet: { on: ['ethernet.etherType'], cases: [{ match: [EtherType.Ipv4], next: 'ipv4' }] },
});

const observedProgram = program('observed', (p) => {
  const { ipv4 } = p.parse(format);
  const routes = p.table('routes', {
    match: { dst: exact(ipv4.dst) },
    actions: { via: { port: bits(16) } },
    size: 8,
  });
  p.ingress(() => {
    p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
    ipv4.ttl.set(ipv4.ttl.minus(1));
    routes.apply({ via: ({ port }) => p.forward(port), miss: () => p.pass() });
  });
});

function frameOf(bytes: Uint8Array): Frame {
  const frame = new Frame(512);
  frame.fill(bytes);
  return frame;
}

const toHost = packet()
  .eth({ src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' })
  .ipv4({ src: '10.0.0.1', dst: '10.0.0.2' })
  .build();
const notIpv4 = new Uint8Array(20);

test('observation: the interpreter is seen to reach what a packet makes it execute, once a packet', () => {
  const observed = new ObservedProgram(observedProgram);
  const instance = interpretTarget.load(observed.program);
  for (let i = 0; i < 3; i++) {
    observed.begin();
    instance.process(frameOf(toHost), 0, 0);
    observed.end();
  }
  const counts = observed.counts();
  assert.equal(counts.get('statement set field'), 3);
  assert.equal(counts.get('expression sub'), 3);
  assert.equal(counts.get('match exact'), 3);
  assert.equal(counts.get('table miss'), 3);
  assert.equal(counts.get('table hit'), 0);
  assert.equal(counts.get('statement pass'), 3);
  assert.equal(counts.get('statement drop'), 0);
});

test('observation: a packet tells how much of the program it was the first to reach', () => {
  const observed = new ObservedProgram(observedProgram);
  const instance = interpretTarget.load(observed.program);
  const run = (bytes: Uint8Array): ReturnType<ObservedProgram['end']> => {
    observed.begin();
    instance.process(frameOf(bytes), 0, 0);
    return observed.end();
  };
  assert.equal(run(notIpv4).effects, 0, 'nothing but a guard and a drop');
  const first = run(toHost);
  assert.ok(first.freshNodes > 0);
  assert.equal(first.effects, 3, 'set, apply and pass');
  assert.equal(run(toHost).freshNodes, 0);
});

test('observation: nothing is noted outside of packets', () => {
  const observed = new ObservedProgram(observedProgram);
  interpretTarget.load(observed.program).process(frameOf(toHost), 0, 0);
  assert.ok([...observed.counts().values()].every((count) => count === 0));
  assert.ok(observed.statements().every((s) => !s.isReached));
});
