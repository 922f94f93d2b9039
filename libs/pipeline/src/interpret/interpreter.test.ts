import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame } from '@ballast/base';
import { ethernetHeader, packet, vlanHeader } from '@ballast/wire';
import { buildIp } from '../../testing/program-refusal.ts';
import { program, type ProgramBuilder } from '../builder.ts';
import type { Program } from '../ir.ts';
import { packetFormat } from '../parser-graph.ts';
import { Outcome } from '../target.ts';
import { interpretTarget } from './interpreter.ts';

const format = packetFormat('ethernet_only', { ethernet: ethernetHeader }, 'ethernet', {});

function programOf(body: (p: ProgramBuilder) => () => void): Program {
  return program('test', (p) => {
    p.parse(format);
    const statements = body(p);
    p.ingress(statements);
  });
}

function frameOf(contents: Uint8Array, start: number): Frame {
  const frame = new Frame(256);
  frame.start = start;
  frame.length = contents.length;
  frame.bytes.set(contents, start);
  return frame;
}

/** Pushes a tag in front of everything. */
const tagging = programOf((p) => {
  const tag = p.added('tag', vlanHeader, { before: 'ethernet' });
  return () => {
    p.push(tag);
    p.forward(1);
  };
});

test('interpreter: what is pushed goes into the headroom, and the payload stays where it is', () => {
  const frame = frameOf(packet().eth().payload('stays').build(), 10);
  assert.equal(interpretTarget.load(tagging).process(frame, 0, 0), Outcome.Forward);
  assert.equal(frame.start, 6);
  assert.equal(frame.length, 23);
  assert.equal(new TextDecoder().decode(frame.bytes.subarray(24, 29)), 'stays');
});

test('interpreter: a header more than the headroom holds is a bug of the port', () => {
  const frame = frameOf(packet().eth().build(), 3);
  assert.throws(() => interpretTarget.load(tagging).process(frame, 0, 0), {
    name: 'AssertionFailure',
    message: /a port leaves the headroom that programs need/,
  });
});

test('interpreter: what is popped frees the bytes in front', () => {
  const popping = buildIp(
    (p, { vlan }) =>
      () =>
        p.when(vlan.isValid(), () => p.pop(vlan)),
  );
  const frame = frameOf(packet().eth().vlan().arp().build(), 20);
  assert.equal(interpretTarget.load(popping).process(frame, 0, 0), Outcome.Pass);
  assert.equal(frame.start, 24);
});

test('interpreter: two instances of a program share nothing', () => {
  const counting = programOf((p) => {
    const seen = p.counter('seen', 1);
    return () => {
      seen.count(0);
      p.drop('counted');
    };
  });
  const [first, second] = [interpretTarget.load(counting), interpretTarget.load(counting)];
  first.process(frameOf(packet().eth().build(), 0), 0, 0);
  assert.deepEqual(first.dump().counters['seen'], [{ packets: 1n, bytes: 14n }]);
  assert.deepEqual(second.dump().counters['seen'], [{ packets: 0n, bytes: 0n }]);
  assert.deepEqual([first.drops[0], second.drops[0]], [1, 0]);
});

test('interpreter: a dump is a copy', () => {
  const instance = interpretTarget.load(programOf((p) => () => p.drop('x')));
  const before = instance.dump();
  instance.process(frameOf(packet().eth().build(), 0), 0, 0);
  assert.deepEqual(before.drops, [0, 0, 0]);
  assert.deepEqual(instance.dump().drops, [1, 0, 0]);
});

test('interpreter: the same program gives the same source of randomness for the same seed', () => {
  const drawing = buildIp(
    (p, { ethernet }) =>
      () =>
        ethernet.src.set(p.random({ width: 32 }).extend(48)),
  );
  const draw = (seed: number): Uint8Array => {
    const frame = frameOf(packet().eth().build(), 0);
    interpretTarget.load(drawing, { seed }).process(frame, 0, 0);
    return frame.contents().slice();
  };
  assert.deepEqual(draw(5), draw(5));
  assert.notDeepEqual(draw(5), draw(6));
});
