import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEVER, us } from '@ballast/base';
import { LedgerError, type LedgerRecord, PegasusController } from '@ballast/pegasus';
import { PegasusOp } from '@ballast/wire';
import type { RackOptions } from '../src/index.ts';
import { leaveDuringAFence } from './move-schedules.ts';
import { dropping, opIn, ScriptedRack } from './scripted-rack.ts';

/** Server 0 is home of the key at hand. */
const HOME = 0;

test('schedule: a key that a later write has freed of a dead server does not wait for it', () => {
  const script = new ScriptedRack();
  const { rack } = script;
  const hot = script.keyAt(HOME);
  const next = script.keyAt(HOME, 1);
  script.heat(hot, 3);
  for (const server of [0, 1, 2]) script.fate(server, 'aToB', dropping(PegasusOp.Replicate));
  while (script.holdersOf(hot).join() !== '1') script.do('put', hot, 2);
  rack.servers[1]!.crash();
  script.waitFor(() => rack.controllerCounters.expelled === 1);
  script.run(us(200));
  assert.equal(script.do('get', hot).outcome, 'fail', 'nobody has the newest version');
  assert.equal(script.do('put', hot, 2).outcome, 'unknown', 'the client learns of the new epoch');
  assert.equal(script.do('put', hot, 2).outcome, 'ok');
  for (const server of [0, 1, 2]) script.fate(server, 'aToB', null);
  script.readUntil(next, () => rack.controllerCounters.demotions === 1);
  assert.equal(script.do('get', hot).outcome, 'ok');
  assert.equal(script.verdict, 'ok');
});

test('schedule: a server that dies before a promotion is over is not waited for by the demotion', () => {
  const script = new ScriptedRack();
  const { rack } = script;
  const hot = script.keyAt(HOME);
  const next = script.keyAt(HOME, 1);
  for (const server of [1, 2]) script.fate(server, 'bToA', dropping(PegasusOp.Open));
  script.readUntil(hot, () => rack.servers[HOME]!.core.server.hotKeys.find(...script.hashOf(hot)) !== null);
  rack.servers[2]!.crash();
  script.waitFor(() => rack.controllerCounters.expelled === 1);
  script.run(us(200));
  script.fate(1, 'bToA', null);
  script.heat(hot, 2);
  // Who has forgotten the directory cannot tell who holds what.
  rack.switchNode.crash();
  rack.switchNode.restart();
  script.readUntil(next, () => rack.controllerCounters.demotions === 1);
  script.do('get', hot);
  assert.equal(script.do('get', hot).outcome, 'ok');
  assert.equal(script.verdict, 'ok');
});

test('schedule: a server that leaves while the fence of a key is on its way to it answers first', () => {
  assert.equal(leaveDuringAFence(), 'ok');
});

for (const apartNs of [us(10), us(30), us(50)]) {
  test(`schedule: a switch that restarts twice within ${apartNs / 1000} us is set up`, () => {
    const script = new ScriptedRack();
    const { rack } = script;
    const hot = script.keyAt(HOME);
    script.heat(hot, 3);
    for (let starts = 0; starts < 2; starts++) {
      rack.switchNode.crash();
      rack.switchNode.restart();
      script.run(apartNs);
    }
    script.waitFor(() => rack.controllerCounters.switchStarts === 2);
    script.heat(hot, 3);
    for (const key of [hot, script.keyAt(1), script.keyAt(2)]) {
      script.do('put', key, 1);
      assert.equal(script.do('put', key, 1).outcome, 'ok');
      assert.equal(script.do('get', key, 1).outcome, 'ok');
    }
    assert.equal(script.verdict, 'ok');
  });
}

test('schedule: a late request to be taken in, of a life that is over, expels nobody', () => {
  const script = new ScriptedRack();
  const { rack } = script;
  let delayNs = us(3_000);
  script.fate(1, 'aToB', (frame) => {
    if (opIn(frame) !== PegasusOp.Join) return 0;
    const lateNs = delayNs;
    delayNs = 0;
    return lateNs;
  });
  for (let lives = 1; lives <= 2; lives++) {
    rack.servers[1]!.crash();
    rack.servers[1]!.restart();
    script.waitFor(() => rack.controllerCounters.admitted === lives);
  }
  script.run(us(5_000));
  assert.equal(rack.controllerCounters.expelled, 2);
});

test('schedule: a server that came back empty, and was expelled before it was live, is still empty', () => {
  const script = new ScriptedRack({ durability: 'none' });
  const { rack } = script;
  const hot = script.keyAt(HOME);
  script.heat(hot, 3);
  rack.servers[2]!.crash();
  rack.servers[2]!.restart();
  // It hears that it is welcome, and is not heard. Copies do not reach it.
  script.fate(2, 'bToA', dropping(PegasusOp.Replicate));
  script.fate(2, 'aToB', (frame) => (opIn(frame) === PegasusOp.Join ? 0 : NEVER));
  script.waitFor(() => rack.servers[2]!.core.server.counters.expelled === 1);
  script.fate(2, 'aToB', null);
  script.waitFor(() => rack.controllerCounters.admitted === 1);
  script.run(us(200));
  assert.deepEqual(script.holdersOf(hot), [0, 1]);
  assert.equal(script.do('get', hot, 1).outcome, 'ok');
  assert.equal(script.verdict, 'ok');
});

test('schedule: a request to be taken in that comes after a later one keeps nobody out', () => {
  const script = new ScriptedRack();
  const { rack } = script;
  let joins = 0;
  script.fate(1, 'aToB', (frame) => (opIn(frame) === PegasusOp.Join && joins++ === 0 ? us(400) : 0));
  script.fate(1, 'bToA', dropping(PegasusOp.Welcome));
  rack.servers[1]!.crash();
  rack.servers[1]!.restart();
  script.run(us(10));
  rack.servers[1]!.crash();
  rack.servers[1]!.restart();
  script.run(us(600));
  assert.ok(joins > 2);
  script.fate(1, 'bToA', null);
  script.waitFor(() => rack.controllerCounters.admitted === 1);
});

/** A rack that has given out so many incarnations, as its journal says. */
function aged(incarnation: number): Partial<RackOptions> {
  const past: LedgerRecord[] = [
    { kind: 'switch', incarnation, epoch: 1 },
    { kind: 'switch', incarnation: 1, epoch: 1 },
  ];
  return {
    parts: {
      controller: (config) => {
        const isFirst = ![...config.records].some(({ kind }) => kind === 'start');
        if (isFirst) for (const record of past) config.journal.append(record);
        return new PegasusController({ ...config, records: [...config.records, ...(isFirst ? past : [])] });
      },
    },
  };
}

test('schedule: a server is turned away when the incarnations for servers are spent; the others go on', () => {
  const script = new ScriptedRack(aged(0xffff - 256));
  const { rack } = script;
  rack.servers[1]!.crash();
  rack.servers[1]!.restart();
  script.run(us(3_000));
  assert.ok(rack.controllerCounters.turnedAway > 0);
  assert.equal(rack.controllerCounters.admitted, 0);
  for (const client of [0, 1]) script.do('put', script.keyAt(HOME), client);
  assert.equal(script.do('put', script.keyAt(HOME)).outcome, 'ok');
  assert.equal(script.do('get', script.keyAt(1)).outcome, 'fail');
});

test('schedule: a switch that would get the first incarnation again is not set up, and the error says why', () => {
  const script = new ScriptedRack(aged(0xffff));
  script.rack.switchNode.crash();
  script.rack.switchNode.restart();
  assert.throws(
    () => script.run(us(100)),
    (error: Error) => error instanceof LedgerError && error.message.includes('a new journal'),
  );
});
