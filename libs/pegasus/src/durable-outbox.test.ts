import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Frame, FramePool } from '@ballast/base';
import fc from 'fast-check';
import { DurableOutbox } from './durable-outbox.ts';

test('durable outbox: frames leave in order, each once what was logged before it is durable', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('push' as const), logged: fc.nat(5) }),
    fc.record({ kind: fc.constant('durable' as const), lag: fc.nat(12) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const pool = new FramePool(64);
      const log = { position: 0 };
      const outbox = new DurableOutbox(log);
      const waiting: { frame: Frame; position: number }[] = [];
      const sent: Frame[] = [];
      let durable = 0;
      for (const s of steps) {
        if (s.kind === 'push') {
          log.position += s.logged;
          const frame = pool.take();
          outbox.push(0, frame);
          waiting.push({ frame, position: log.position });
        } else {
          durable = Math.max(durable, log.position - s.lag);
          outbox.durable(durable);
        }
        outbox.drain({ transmit: (_port, frame) => void sent.push(frame) });
        while (waiting.length > 0 && waiting[0]!.position <= durable)
          assert.equal(sent.shift(), waiting.shift()!.frame);
        assert.equal(sent.length, 0);
        assert.equal(outbox.length, waiting.length);
      }
      outbox.discard(pool);
      assert.equal(outbox.length, 0);
    }),
  );
});

test('durable outbox: without a log nothing waits, and what is discarded goes back to its pool', () => {
  const pool = new FramePool(64);
  const outbox = new DurableOutbox(null);
  outbox.push(3, pool.take());
  let ports = 0;
  outbox.drain({
    transmit: (port, frame) => {
      ports += port;
      pool.release(frame);
    },
  });
  assert.equal(ports, 3);
  outbox.push(0, pool.take());
  outbox.discard(pool);
  assert.equal(pool.inUse, 0);
});
