import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox, type PortNumber } from './core.ts';
import { Frame } from './frame.ts';

test('outbox: frames leave in the order in which they were sent, each by its port', () => {
  const outbox = new Outbox();
  const frames = [new Frame(128), new Frame(128), new Frame(128)] as const;
  outbox.push(2, frames[0]);
  outbox.push(0, frames[1]);
  outbox.push(2, frames[2]);

  const sent: [PortNumber, Frame][] = [];
  outbox.drain({ transmit: (port, frame) => sent.push([port, frame]) });

  assert.deepEqual(
    sent.map(([port]) => port),
    [2, 0, 2],
  );
  sent.forEach(([, frame], i) => assert.equal(frame, frames[i]));
});

test('outbox: a frame sent while the outbox drains leaves with the others', () => {
  const outbox = new Outbox();
  const ports: PortNumber[] = [];
  outbox.push(1, new Frame(128));
  outbox.drain({
    transmit: (port) => {
      ports.push(port);
      if (port === 1) outbox.push(2, new Frame(128));
    },
  });
  assert.deepEqual(ports, [1, 2]);
});

test('outbox: a drained outbox hands over nothing again, and serves the next round', () => {
  const outbox = new Outbox();
  const ports: PortNumber[] = [];
  const sink = { transmit: (port: PortNumber) => ports.push(port) };
  outbox.push(1, new Frame(128));
  outbox.drain(sink);
  outbox.drain(sink);
  outbox.push(5, new Frame(128));
  outbox.drain(sink);
  assert.deepEqual(ports, [1, 5]);
});
