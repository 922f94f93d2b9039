import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure, NEVER, Prng, seconds } from '@ballast/base';
import { EventKind, EventQueue } from './event-queue.ts';
import { NO_SLOT } from './timing-wheel.ts';

/** What the queue must do, as a list that is searched from end to end. */
class ListModel {
  readonly pending: { timeNs: number; order: number; name: string }[] = [];
  #order = 0;

  put(name: string, timeNs: number): void {
    this.drop(name);
    this.pending.push({ name, timeNs, order: this.#order++ });
  }

  drop(name: string): void {
    const index = this.pending.findIndex((event) => event.name === name);
    if (index >= 0) this.pending.splice(index, 1);
  }

  first(): { timeNs: number; name: string } | undefined {
    return this.pending.reduce<(typeof this.pending)[number] | undefined>((best, event) => {
      if (best === undefined || event.timeNs < best.timeNs) return event;
      return event.timeNs === best.timeNs && event.order < best.order ? event : best;
    }, undefined);
  }
}

const STANDING = 20;

/** A random walk over all operations, on a time scale of its own; every answer is compared with the model. */
function walk(seed: number, scaleNs: number, steps: number): void {
  const prng = new Prng(seed);
  const queue = new EventQueue();
  const model = new ListModel();
  const slots = Array.from({ length: STANDING }, (_, i) => queue.reserve(EventKind.Timer, i));
  // Multiples of a quarter make ties likely and stay exact; clusters put several events into one bucket.
  const draw = (): number => {
    if (prng.chance(0.3)) return queue.nowNs + Math.floor(prng.exponential(scaleNs)) / 4;
    const clusterNs = Math.ceil(queue.nowNs / scaleNs + prng.below(3)) * scaleNs;
    return clusterNs + Math.floor(prng.exponential(scaleNs / 200)) / 4;
  };
  for (let step = 0; step < steps; step++) {
    const choice = prng.below(10);
    if (choice < 4) {
      const timeNs = prng.chance(0.2) ? queue.nowNs : draw();
      queue.post(timeNs, EventKind.Call, 0, `call ${step}`);
      model.put(`call ${step}`, timeNs);
    } else if (choice < 6) {
      const index = prng.below(STANDING);
      const timeNs = draw();
      queue.schedule(slots[index]!, timeNs);
      model.put(`timer ${index}`, timeNs);
    } else if (choice === 6) {
      const index = prng.below(STANDING);
      queue.cancel(slots[index]!);
      model.drop(`timer ${index}`);
    } else {
      takeBoth(queue, model, prng.chance(0.5) ? NEVER : draw());
    }
    assert.equal(queue.nextNs, model.first()?.timeNs ?? NEVER, `seed ${seed}, step ${step}`);
  }
  while (model.pending.length > 0) takeBoth(queue, model, NEVER);
  assert.equal(queue.take(NEVER), NO_SLOT);
}

function takeBoth(queue: EventQueue, model: ListModel, limitNs: number): void {
  const expected = model.first();
  const slot = queue.take(limitNs);
  if (expected === undefined || expected.timeNs > limitNs) {
    assert.equal(slot, NO_SLOT);
    // As the kernel does; later insertions must not fall behind what `take` has looked at.
    if (limitNs < NEVER) queue.nowNs = limitNs;
    return;
  }
  const isCall = queue.kindOf(slot) === EventKind.Call;
  const name = isCall ? queue.claim(slot) : `timer ${queue.targetOf(slot)}`;
  assert.deepEqual({ name, timeNs: queue.nowNs }, { name: expected.name, timeNs: expected.timeNs });
  model.drop(expected.name);
}

for (const [label, scaleNs] of [
  ['nanoseconds', 20],
  ['microseconds', 5_000],
  ['milliseconds', 5e6],
  ['minutes', 5e10],
  ['days', 2e14],
] as const) {
  test(`event queue: agrees with a searched list over random operations at the scale of ${label}`, () => {
    for (let seed = 1; seed <= 6; seed++) walk(seed, scaleNs, 1500);
  });
}

test('event queue: events of one time come in the order of insertion, moved ones last', () => {
  const queue = new EventQueue();
  const timer = queue.reserve(EventKind.Timer, 7);
  queue.schedule(timer, 100);
  for (let i = 0; i < 1000; i++) queue.post(100, EventKind.Call, i, undefined);
  queue.schedule(timer, 100);
  const targets: number[] = [];
  for (let slot = queue.take(NEVER); slot !== NO_SLOT; slot = queue.take(NEVER)) {
    targets.push(queue.targetOf(slot));
    if (slot !== timer) queue.claim(slot);
  }
  assert.deepEqual(targets, [...Array.from({ length: 1000 }, (_, i) => i), 7]);
});

test('event queue: a look far ahead does not spoil an insertion before it', () => {
  const queue = new EventQueue();
  queue.post(seconds(1), EventKind.Call, 1, undefined);
  queue.post(seconds(1) + 5, EventKind.Call, 2, undefined);
  assert.equal(queue.nextNs, seconds(1));
  assert.equal(queue.take(seconds(1) - 1), NO_SLOT);
  queue.post(300, EventKind.Call, 0, undefined);
  assert.equal(queue.targetOf(queue.take(NEVER)), 0);
  assert.equal(queue.nowNs, 300);
});

test('event queue: the payload goes with its event and the slot is used again', () => {
  const queue = new EventQueue();
  queue.post(1, EventKind.Call, 0, 'first');
  const slot = queue.take(NEVER);
  assert.equal(queue.claim(slot), 'first');
  queue.post(2, EventKind.Arrive, 3, 'second');
  assert.equal(queue.take(NEVER), slot);
  assert.equal(queue.kindOf(slot), EventKind.Arrive);
  assert.equal(queue.targetOf(slot), 3);
  assert.equal(queue.claim(slot), 'second');
});

test('event queue: an event in the past, at no time, or beyond the horizon is a bug', () => {
  const queue = new EventQueue();
  queue.post(10, EventKind.Call, 0, undefined);
  queue.take(NEVER);
  const slot = queue.reserve(EventKind.Timer, 0);
  assert.throws(() => queue.post(9, EventKind.Call, 0, undefined), AssertionFailure);
  assert.throws(() => queue.schedule(slot, 9), AssertionFailure);
  assert.throws(() => queue.schedule(slot, Number.NaN), AssertionFailure);
  assert.throws(() => queue.schedule(slot, NEVER), AssertionFailure);
  assert.throws(() => queue.timeOf(slot), AssertionFailure);
});
