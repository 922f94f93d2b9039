import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PegasusOp } from '@ballast/wire';
import { Exchange } from './exchange.ts';
import { PART_BYTES_MAX } from './hand-over.ts';

const NOTHING = new Uint8Array(0);

test('exchange: is done when every server has acknowledged, and only then', () => {
  const exchange = new Exchange(PegasusOp.Forget, [0, 1, 2], NOTHING);
  assert.deepEqual([...exchange.pending()], [0, 1, 2]);
  exchange.acknowledge(1, 0, 1, NOTHING);
  assert.deepEqual([...exchange.pending()], [0, 2]);
  exchange.acknowledge(0, 0, 1, NOTHING);
  assert.equal(exchange.isDone, false);
  exchange.acknowledge(2, 0, 1, NOTHING);
  assert.equal(exchange.isDone, true);
});

test('exchange: repeated and unexpected acknowledgements change nothing', () => {
  const exchange = new Exchange(PegasusOp.Open, [0, 1], NOTHING);
  exchange.acknowledge(0, 0, 1, NOTHING);
  exchange.acknowledge(0, 0, 1, NOTHING);
  exchange.acknowledge(9, 0, 1, NOTHING);
  exchange.acknowledge(1, 3, 1, NOTHING);
  assert.deepEqual([...exchange.pending()], [1]);
});

test('exchange: a long message goes out part by part', () => {
  const payload = Uint8Array.from({ length: PART_BYTES_MAX * 2 + 5 }, (_, i) => i & 0xff);
  const exchange = new Exchange(PegasusOp.Merge, [4], payload);
  const sent: number[] = [];
  for (let wantsMore = true; wantsMore;) {
    const { part, parts, body } = exchange.partFor(4);
    assert.equal(parts, 3);
    sent.push(...body);
    wantsMore = exchange.acknowledge(4, part, parts, NOTHING);
  }
  assert.deepEqual(Uint8Array.from(sent), payload);
  assert.equal(exchange.isDone, true);
});

test('exchange: a long answer is gathered part by part, repeats counted once', () => {
  const exchange = new Exchange(PegasusOp.Fence, [4], null);
  assert.equal(exchange.acknowledge(4, 0, 2, Uint8Array.of(1, 2)), true);
  assert.equal(exchange.acknowledge(4, 0, 2, Uint8Array.of(1, 2)), false);
  assert.equal(exchange.partFor(4).part, 1);
  assert.equal(exchange.acknowledge(4, 1, 2, Uint8Array.of(3)), false);
  assert.equal(exchange.isDone, true);
  assert.deepEqual(exchange.answers(), [Uint8Array.of(1, 2, 3)]);
});
