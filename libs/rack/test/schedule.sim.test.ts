import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEVER, us } from '@ballast/base';
import { LedgerError, type LedgerRecord, PegasusController } from '@ballast/pegasus';
import { PegasusOp } from '@ballast/wire';
import type { RackOptions } from '../src/index.ts';
import { dropping, generationIn, isWrite, opIn, ScriptedRack, targetIn } from './scripted-rack.ts';

/** Server 0 is home of the key at hand. */
const HOME = 0;

/**
 * Writes until one goes to a server that is not home, and stops that server's answers and copies: it alone
 * has the write, and nobody knows. Copies to `late` arrive at `copyAtNs`.
 */
function writeThatNobodySees(
  script: ScriptedRack,
  key: number,
  { late, copyAtNs }: { late: number; copyAtNs: number } = { late: -1, copyAtNs: NEVER },
): number {
  let writer = -1;
  for (const server of [0, 1, 2]) {
    script.fate(server, 'bToA', (frame) => {
      if (isWrite(frame) && generationIn(frame) !== 0 && server !== HOME && server !== late) {
        writer = server;
        script.fate(server, 'aToB', (sent, nowNs) =>
          opIn(sent) === PegasusOp.Replicate && targetIn(sent) === late ? copyAtNs - nowNs : NEVER,
        );
      }
      return 0;
    });
  }
  for (let tries = 0; writer < 0; tries++) {
    assert.ok(tries < 50, 'some request goes to each server');
    script.start('put', key, 2);
    script.run(us(20));
  }
  return writer;
}

test('schedule: a copy that comes after the fence, of a server that has died, is not taken', () => {
  const script = new ScriptedRack();
  const { rack } = script;
  const hot = script.keyAt(HOME);
  const next = script.keyAt(HOME, 1);
  script.heat(hot, 3);
  const copyAtNs = script.now + us(6_000);
  const writer = writeThatNobodySees(script, hot, { late: 2, copyAtNs });
  assert.equal(writer, 1);
  script.waitFor(() => rack.controllerCounters.expelled === 1);
  // The key is demoted; home is to merge only after the late copy has come.
  script.fate(HOME, 'bToA', dropping(PegasusOp.Merge));
  script.readUntil(next, () => script.now > copyAtNs + us(50));
  assert.equal(rack.hotKeys().length, 0, 'the demotion is under way');
  for (let i = 0; i < 4; i++) script.do('get', hot);
  script.fate(HOME, 'bToA', null);
  script.waitFor(() => rack.controllerCounters.demotions === 1);
  script.do('get', hot);
  assert.equal(script.verdict, 'ok');
});

test('schedule: a late request of an earlier epoch does not run again where its first run was lost', () => {
  for (let shift = 0; ; shift++) {
    assert.ok(shift < 10, 'some request goes to a server that is not home');
    const verdict = lateRequest(shift);
    if (verdict !== null) return assert.equal(verdict, 'ok');
  }
});

/** Null when the request at hand, the one after `shift` others, goes home even while its key is hot. */
function lateRequest(shift: number): string | null {
  const script = new ScriptedRack({ retransmitNs: us(3_000), missedPingsMax: 6 });
  const { rack } = script;
  const hot = script.keyAt(HOME);
  const next = script.keyAt(HOME, 1);
  for (let i = 0; i < shift; i++) script.do('get', next, 2);
  // Two writes, one stamped after the other, are on their way to home for a long time.
  const lateAtNs = script.now + us(16_000);
  let late = 0;
  script.fate(HOME, 'bToA', (frame, nowNs) => (isWrite(frame) ? lateAtNs + us(30) * late++ - nowNs : 0));
  script.start('put', hot, 2);
  script.run(us(10));
  script.start('put', hot, 0);
  script.run(us(10));
  rack.link('client0-tor').script('aToB', () => NEVER);
  let runsAtHome = false;
  script.fate(HOME, 'bToA', (frame) => {
    if (isWrite(frame)) runsAtHome = true;
    return 0;
  });
  script.heat(hot, 1);
  // The first one is sent again, and runs at a server that dies before anybody learns of it.
  const writer = writeRepeatedAt(script, () => runsAtHome);
  if (writer === null) return null;
  script.waitFor(() => rack.controllerCounters.expelled === 1);
  script.readUntil(next, () => rack.controllerCounters.demotions === 1);
  assert.ok(script.now < lateAtNs);
  rack.kernel.runUntil(lateAtNs + us(2));
  script.do('get', hot, 1);
  script.run(us(40));
  script.do('get', hot, 1);
  script.fate(writer, 'aToB', null);
  script.waitFor(() => rack.controllerCounters.admitted === 1);
  script.heat(hot, 1);
  script.run(us(200));
  for (let i = 0; i < 6; i++) script.do('get', hot, 1);
  return script.verdict;
}

/** Waits until a write of a hot key comes to a server that is not home, and cuts that server off. */
function writeRepeatedAt(script: ScriptedRack, isAtHome: () => boolean): number | null {
  let writer: number | null = null;
  for (const server of [1, 2]) {
    script.fate(server, 'bToA', (frame) => {
      if (isWrite(frame)) {
        writer = server;
        script.fate(server, 'aToB', () => NEVER);
      }
      return 0;
    });
  }
  script.waitFor(() => writer !== null || isAtHome());
  return writer;
}

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

test('schedule: a key whose newest version a dead server alone holds is unavailable, and comes back', () => {
  const script = new ScriptedRack();
  const { rack } = script;
  const hot = script.keyAt(HOME);
  const next = script.keyAt(HOME, 1);
  script.heat(hot, 3);
  for (const server of [0, 1, 2]) script.fate(server, 'aToB', dropping(PegasusOp.Replicate));
  while (script.holdersOf(hot).join() !== '1') script.do('put', hot, 2);
  rack.servers[1]!.crash();
  script.waitFor(() => rack.controllerCounters.expelled === 1);
  script.readUntil(next, () => rack.hotKeys().length === 0);
  for (let i = 0; i < 20; i++) {
    assert.equal(script.do('get', hot).outcome, 'fail');
    script.run(us(100));
  }
  rack.servers[1]!.restart();
  script.waitFor(() => rack.controllerCounters.demotions === 1);
  script.do('get', hot);
  assert.equal(script.do('get', hot).outcome, 'ok');
  assert.equal(script.verdict, 'ok');
});

test('schedule: a late reply that a new switch lets pass does not make its sender a holder', () => {
  const script = new ScriptedRack();
  const { rack } = script;
  const hot = script.keyAt(HOME);
  script.heat(hot, 3);
  for (const server of [0, 1, 2]) script.fate(server, 'aToB', dropping(PegasusOp.Replicate));
  // An answer of server 2, of before the write that server 1 alone executes.
  const lateAtNs = script.now + us(3_000);
  script.fate(2, 'aToB', (frame, nowNs) => {
    if (opIn(frame) === PegasusOp.Replicate) return NEVER;
    return opIn(frame) === PegasusOp.GetReply && nowNs < lateAtNs ? lateAtNs - nowNs : 0;
  });
  for (let i = 0; i < 6; i++) script.start('get', hot, 1);
  script.run(us(30));
  while (script.holdersOf(hot).join() !== '1') script.do('put', hot, 2);
  assert.equal(script.do('get', hot).outcome, 'ok');
  assert.ok(script.now < lateAtNs - us(150));
  rack.kernel.runUntil(lateAtNs - us(150)); // The switch is set up by then, and nobody is missed yet.
  rack.servers[1]!.crash();
  rack.switchNode.crash();
  rack.switchNode.restart();
  script.waitFor(() => rack.controllerCounters.expelled === 1);
  assert.ok(script.now > lateAtNs);
  script.run(us(1_000));
  assert.equal(script.do('get', hot).outcome, 'fail', 'nobody has the newest version');
  rack.servers[1]!.restart();
  script.waitFor(() => rack.controllerCounters.demotions === 1);
  script.do('get', hot);
  assert.equal(script.do('get', hot).outcome, 'ok');
  assert.equal(script.verdict, 'ok');
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
