import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ms, Prng, seconds } from '@ballast/base';
import { NodeClock } from './node-clock.ts';

test('clock: shows virtual time until it is changed', () => {
  const clock = new NodeClock();
  assert.equal(clock.read(12.5), 12.5);
  assert.equal(clock.whenLocal(99), 99);
});

test('clock: a step forward shows at once and moves deadlines closer', () => {
  const clock = new NodeClock();
  clock.step(ms(1), ms(5));
  assert.equal(clock.read(ms(1)), ms(6));
  assert.equal(clock.read(ms(2)), ms(7));
  assert.equal(clock.whenLocal(ms(10)), ms(5));
});

test('clock: after a step back it stands still until virtual time has caught up', () => {
  const clock = new NodeClock();
  assert.equal(clock.read(ms(10)), ms(10));
  clock.step(ms(10), -ms(4));
  assert.equal(clock.read(ms(11)), ms(10));
  assert.equal(clock.read(ms(14)), ms(10));
  assert.equal(clock.read(ms(15)), ms(11));
  assert.equal(clock.whenLocal(ms(12)), ms(16));
});

test('clock: drift gains microseconds by the second, from the moment it is set', () => {
  const clock = new NodeClock();
  clock.drift(seconds(1), 100);
  assert.equal(clock.read(seconds(1)), seconds(1));
  assert.equal(clock.read(seconds(11)), seconds(11) + 1_000_000);
  clock.drift(seconds(11), 0);
  assert.equal(clock.read(seconds(12)), seconds(12) + 1_000_000);
});

test('clock: never runs back, and reaches every deadline, under random changes', () => {
  const prng = new Prng(3);
  const clock = new NodeClock();
  let nowNs = 0;
  let latest = 0;
  for (let i = 0; i < 20_000; i++) {
    nowNs += prng.exponential(1000);
    if (prng.chance(0.1)) clock.step(nowNs, prng.normal(0, 5000));
    if (prng.chance(0.1)) clock.drift(nowNs, prng.normal(0, 300));
    const local = clock.read(nowNs);
    assert.ok(local >= latest);
    latest = local;
    const deadline = local + prng.exponential(100);
    const when = Math.max(clock.whenLocal(deadline), nowNs);
    assert.ok(Math.abs(clock.read(when) - deadline) < 1e-3, 'whenLocal is the inverse of read');
    assert.ok(clock.readAtDeadline(when, deadline) >= deadline, 'a timer never fires early');
    nowNs = when;
    latest = Math.max(latest, deadline);
  }
});
