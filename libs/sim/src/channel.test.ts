import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure, type Nanos, us } from '@ballast/base';
import { TestCore } from '../testing/test-core.ts';
import type { Channel } from './channel.ts';
import { Kernel } from './kernel.ts';
import type { SimNode } from './node.ts';

interface Request {
  readonly id: number;
}

type Control = Channel<Request, string, TestCore, TestCore>;

interface Plane {
  kernel: Kernel;
  controller: SimNode<TestCore>;
  agent: SimNode<TestCore>;
  control: Control;
  /** What the agent took, and when. */
  taken: string[];
}

function plane(): Plane {
  const kernel = new Kernel({ seed: 1 });
  const controller = kernel.addNode({ name: 'controller', core: (host) => new TestCore(host.pool) });
  const agent = kernel.addNode({ name: 'agent', core: (host) => new TestCore(host.pool) });
  kernel.connect(controller.port(0), agent.port(0), { latencyNs: 100 });
  const control: Control = kernel.channel(controller, agent, us(10));
  const taken: string[] = [];
  control.b.onMessage((_core, nowNs, request) => taken.push(`${request.id}@${nowNs / 1000}`));
  return { kernel, controller, agent, control, taken };
}

function sendAt({ kernel, control }: Plane, atNs: Nanos, id: number): void {
  kernel.at(atNs, () => control.a.send({ id }));
}

test('channel: messages arrive in order after the latency, both ways', () => {
  const { kernel, control, taken } = plane();
  const answers: string[] = [];
  control.b.onMessage((_core, nowNs, { id }) => {
    taken.push(`${id}@${nowNs / 1000}`);
    control.b.send(`done ${id}`);
  });
  control.a.onMessage((_core, nowNs, answer) => answers.push(`${answer}@${nowNs / 1000}`));
  control.a.send({ id: 1 });
  control.a.send({ id: 2 });
  kernel.at(us(5), () => control.a.send({ id: 3 }));
  kernel.runUntil(us(100));
  assert.deepEqual(taken, ['1@10', '2@10', '3@15']);
  assert.deepEqual(answers, ['done 1@20', 'done 2@20', 'done 3@25']);
  assert.deepEqual(control.aToB.stats, { sent: 3, lost: 0, waiting: 0 });
});

test('channel: a message is an input like any other: the core is drained and its timer armed', () => {
  const { kernel, controller, agent, control } = plane();
  control.b.onMessage((core, nowNs) => {
    core.say('frame');
    core.deadlineNs = nowNs + us(1);
  });
  control.a.send({ id: 1 });
  kernel.runUntil(us(100));
  assert.deepEqual(controller.core.texts, ['frame']);
  assert.deepEqual(agent.core.timeouts, [us(11)]);
});

test('channel: during a cut messages wait, those in flight too, and then arrive in order', () => {
  const test = plane();
  for (const id of [0, 1, 2, 3, 4]) sendAt(test, us(id * 10), id);
  test.kernel.at(us(15), () => {
    const cut = test.control.cut();
    test.kernel.at(us(50), () => cut.heal());
  });
  test.kernel.runUntil(us(200));
  assert.deepEqual(test.taken, ['0@10', '1@60', '2@60', '3@60', '4@60']);
});

test('channel: a message sent just before the heal does not arrive before its own latency', () => {
  const test = plane();
  const cut = test.control.cut();
  sendAt(test, us(0), 1);
  sendAt(test, us(29), 2);
  test.kernel.at(us(30), () => cut.heal());
  sendAt(test, us(35), 3);
  test.kernel.runUntil(us(200));
  assert.deepEqual(test.taken, ['1@40', '2@40', '3@45']);
});

test('channel: a paused receiver gets its messages after the pause', () => {
  const test = plane();
  test.kernel.at(us(5), () => test.agent.pause());
  sendAt(test, us(0), 1);
  sendAt(test, us(20), 2);
  test.kernel.at(us(50), () => test.agent.resume());
  test.kernel.runUntil(us(200));
  assert.deepEqual(test.taken, ['1@60', '2@60']);
  assert.equal(test.control.aToB.stats.waiting, 0);
});

test('channel: a receiver that is down loses what arrives, and what it had waiting is counted', () => {
  const test = plane();
  test.kernel.at(us(5), () => test.agent.crash());
  sendAt(test, us(0), 1);
  sendAt(test, us(25), 2);
  test.kernel.at(us(30), () => test.agent.restart());
  test.kernel.runUntil(us(200));
  assert.deepEqual(test.taken, ['2@35']);
  assert.equal(test.control.aToB.stats.lost, 1);
});

test('channel: a receiver that crashes in its pause loses what waited', () => {
  const test = plane();
  test.kernel.at(us(5), () => test.agent.pause());
  sendAt(test, us(0), 1);
  test.kernel.at(us(20), () => test.agent.crash());
  test.kernel.at(us(40), () => test.agent.restart());
  sendAt(test, us(50), 2);
  test.kernel.runUntil(us(200));
  assert.deepEqual(test.taken, ['2@60']);
  assert.deepEqual(test.control.aToB.stats, { sent: 2, lost: 1, waiting: 0 });
});

test('channel: the receiver sees its own clock', () => {
  const test = plane();
  test.agent.stepClock(us(1000));
  test.control.a.send({ id: 1 });
  test.kernel.runUntil(us(20));
  assert.deepEqual(test.taken, ['1@1010']);
});

test('channel: a message to an end that nobody listens at is a bug', () => {
  const { kernel, control } = plane();
  control.b.send('unheard');
  assert.throws(() => kernel.runUntil(us(20)), AssertionFailure);
});
