import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEVER, Prng, us } from '@ballast/base';
import { ClosedLoop } from './closed-loop.ts';
import { WorkloadError } from './workload-error.ts';

test('closed loop: no more operations are in progress than there are users', () => {
  const prng = new Prng(1);
  const loop = new ClosedLoop({ users: 3, thinkTime: { kind: 'constant', ns: 0 }, startNs: 100 }, prng);
  assert.equal(loop.nextNs, 100);
  assert.deepEqual([loop.take(), loop.take(), loop.take()], [0, 1, 2]);
  assert.equal(loop.nextNs, NEVER);
  loop.complete(1, 500, prng);
  assert.equal(loop.nextNs, 500);
  assert.equal(loop.take(), 1);
});

test('closed loop: a user thinks after each reply', () => {
  const prng = new Prng(1);
  const loop = new ClosedLoop({ users: 1, thinkTime: { kind: 'constant', ns: us(10) }, startNs: 0 }, prng);
  assert.equal(loop.nextNs, us(10));
  loop.take();
  loop.complete(0, us(50), prng);
  assert.equal(loop.nextNs, us(60));
});

test('closed loop: users come in the order of their instants, as a sorted list would give them', () => {
  const thinkTime = { kind: 'exponential', meanNs: 20 } as const; // Short, so that instants coincide.
  const prng = new Prng(71);
  const twin = new Prng(71);
  const choices = new Prng(72);
  const loop = new ClosedLoop({ users: 37, thinkTime, startNs: 0 }, prng);
  const waiting: { user: number; at: number }[] = [];
  const wait = (user: number, now: number): void => {
    waiting.push({ user, at: Math.round(now + twin.exponential(20)) });
    waiting.sort((a, b) => a.at - b.at || a.user - b.user);
  };
  for (let user = 0; user < 37; user++) wait(user, 0);
  const busy: number[] = [];
  let now = 0;
  for (let step = 0; step < 20_000; step++) {
    if (waiting.length > 0 && (busy.length === 0 || choices.chance(0.5))) {
      const first = waiting.shift()!;
      assert.equal(loop.nextNs, first.at);
      now = Math.max(now, first.at);
      assert.equal(loop.take(), first.user);
      busy.push(first.user);
    } else {
      const user = busy.splice(choices.below(busy.length), 1)[0]!;
      loop.complete(user, now, prng);
      wait(user, now);
    }
  }
});

test('closed loop: Little, users = throughput x (think time + response time)', () => {
  const prng = new Prng(72);
  const loop = new ClosedLoop(
    { users: 10, thinkTime: { kind: 'exponential', meanNs: us(90) }, startNs: 0 },
    prng,
  );
  let completed = 0;
  const replies: { user: number; at: number }[] = [];
  const end = 1e9;
  for (;;) {
    const reply = replies[0];
    if (reply !== undefined && reply.at <= loop.nextNs) {
      if (reply.at > end) break;
      replies.shift();
      loop.complete(reply.user, reply.at, prng);
      completed++;
    } else {
      const now = loop.nextNs;
      replies.push({ user: loop.take(), at: now + us(10) });
    }
  }
  assert.ok(Math.abs(completed / 100_000 - 1) < 0.02, `${completed} completed`);
});

test('closed loop: a reply to nobody is a bug, no users are refused', () => {
  const prng = new Prng(0);
  const thinkTime = { kind: 'constant', ns: 0 } as const;
  const loop = new ClosedLoop({ users: 2, thinkTime, startNs: 0 }, prng);
  assert.throws(() => loop.complete(0, 5, prng), /has an operation in progress/);
  assert.throws(() => loop.complete(7, 5, prng), /has an operation in progress/);
  assert.throws(() => new ClosedLoop({ users: 0, thinkTime, startNs: 0 }, prng), WorkloadError);
});
