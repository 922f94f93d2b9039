import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExecutedRequests, UNKNOWN } from './executed-requests.ts';

test('executed requests: behave like a map with a watermark per client', () => {
  const client = fc.integer({ min: 1, max: 4 });
  const id = fc.integer({ min: 1, max: 300 });
  const step = fc.record({ kind: fc.constantFrom('add' as const, 'settle' as const), client, id });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const executed = new ExecutedRequests(16);
      const model = new Map<string, number>();
      const marks = new Map<number, number>();
      steps.forEach(({ kind, client: c, id: requestId }, counter) => {
        const mark = marks.get(c) ?? 0;
        if (kind === 'settle') {
          executed.settle(c, requestId);
          if (requestId > mark) marks.set(c, requestId);
          for (let i = 0; i < requestId; i++) model.delete(`${c}:${i}`);
        } else if (requestId >= mark) {
          executed.add(c, requestId, 1, 2, 3, counter);
          if (!model.has(`${c}:${requestId}`)) model.set(`${c}:${requestId}`, counter);
        }
      });
      assert.equal(executed.size, model.size);
      for (const [name, counter] of model) {
        const [c, requestId] = name.split(':').map(Number) as [number, number];
        const entry = executed.find(c, requestId);
        assert.notEqual(entry, UNKNOWN);
        assert.equal(executed.counter(entry), counter);
        assert.equal(executed.incarnation(entry), 3);
      }
      for (const [c, mark] of marks) assert.equal(executed.watermark(c), mark);
    }),
    { numRuns: 200, seed: 12 },
  );
});

test('executed requests: a watermark never goes back', () => {
  const executed = new ExecutedRequests();
  executed.settle(7, 100);
  executed.settle(7, 50);
  assert.equal(executed.watermark(7), 100);
});

test('executed requests: a long jump of the watermark forgets the same as many short ones', () => {
  const long = new ExecutedRequests();
  const short = new ExecutedRequests();
  for (const executed of [long, short]) {
    executed.settle(1, 1);
    for (const id of [3, 900, 5_000_000]) executed.add(1, id, 0, 0, 1, id);
  }
  long.settle(1, 1_000_000);
  for (let mark = 2; mark <= 1000; mark++) short.settle(1, mark);
  assert.equal(long.size, 1);
  assert.equal(short.size, 1);
  assert.notEqual(long.find(1, 5_000_000), UNKNOWN);
});

test('executed requests: those of one key are found by its hash', () => {
  const executed = new ExecutedRequests();
  executed.add(1, 10, 5, 6, 1, 100);
  executed.add(2, 11, 5, 6, 1, 101);
  executed.add(3, 12, 5, 7, 1, 102);
  const found = executed.ofHash(5, 6).map((e) => e.requestId);
  assert.deepEqual(found.sort(), [10, 11]);
});
