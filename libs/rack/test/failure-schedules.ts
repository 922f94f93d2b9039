/** Schedules in which servers, the switch and the controller die; see schedules.ts. */
import assert from 'node:assert/strict';
import { NEVER, us } from '@ballast/base';
import { PegasusOp } from '@ballast/wire';
import {
  coolDown,
  delayOne,
  expel,
  HOME,
  outcomesOf,
  readAndJudge,
  restartController,
  type Scene,
  type Schedule,
  scene,
  startUntil,
  takeIn,
  TIMES,
  writeUntilAloneAt,
} from './schedules.ts';
import {
  clientIn,
  dropping,
  generationIn,
  isWrite,
  opIn,
  type ScriptedRack,
  targetIn,
} from './scripted-rack.ts';

function restartSwitch({ rack }: ScriptedRack): void {
  const { switchStarts } = rack.controllerCounters;
  rack.switchNode.crash();
  rack.switchNode.restart();
  rack.kernel.runWhile(() => rack.controllerCounters.switchStarts === switchStarts);
}

/** Begins a demotion, which does not end while servers that are waited for are away. */
function beginCoolDown({ script, next }: Scene): void {
  script.readUntil(next, () => script.rack.hotKeys().length === 0);
}

/** A server that alone has the newest version is dead when its key is to become cold, and comes back. */
export const newestAtADeadServer: Schedule = (parts) => {
  const at = scene(parts);
  const { script, hot } = at;
  script.heat(hot, 3);
  writeUntilAloneAt(at, 1);
  expel(script, 1);
  beginCoolDown(at);
  for (let i = 0; i < TIMES; i++) {
    script.do('get', hot);
    script.run(us(100));
  }
  script.rack.servers[1]!.restart();
  script.waitFor(() => script.rack.controllerCounters.demotions === 1);
  script.do('get', hot);
  return readAndJudge(script, hot);
};

/** The same, and the controller restarts before the demotion. */
export const newestAtADeadServerRecorded: Schedule = (parts) => {
  const at = scene(parts);
  const { script, hot, next } = at;
  script.heat(hot, 3);
  writeUntilAloneAt(at, 1);
  expel(script, 1);
  restartController(script);
  script.readUntil(next, () => script.now > us(6_000));
  return readAndJudge(script, hot);
};

/** The same, and the server is back, but not live yet: there is another hot key that it has not opened. */
export const newestAtAJoiningServer: Schedule = (parts) => {
  const at = scene(parts, { hotKeysMax: 2 });
  const { script, hot, next } = at;
  const other = script.keyAt(HOME, 2);
  script.heat(hot, 3);
  script.heat(other, 1);
  writeUntilAloneAt(at, 1);
  expel(script, 1);
  script.fate(1, 'aToB', dropping(PegasusOp.OpenAck));
  script.rack.servers[1]!.restart();
  script.run(us(500));
  const isCold = (): boolean => {
    script.start('get', other, 1);
    return script.rack.controllerCounters.demotions > 0;
  };
  script.readUntil(next, isCold);
  script.fate(1, 'aToB', null);
  return readAndJudge(script, hot);
};

/**
 * A switch restarts while the newest version of a hot key is at a dead server alone. Then an answer of home
 * comes that is older than the restart.
 */
export const lateReplyToAGuard: Schedule = (parts) => {
  const at = scene(parts);
  const { script, hot } = at;
  script.heat(hot, 3);
  const lateAtNs = script.now + us(8_000);
  const delayed = delayOne({ script, server: HOME, direction: 'aToB', atNs: lateAtNs }, (frame) => {
    return opIn(frame) === PegasusOp.GetReply;
  });
  script.readUntil(hot, () => delayed.isDelayed);
  writeUntilAloneAt(at, 1);
  expel(script, 1);
  restartSwitch(script);
  assert.ok(script.now < lateAtNs, 'the answer is late');
  script.rack.kernel.runUntil(lateAtNs + us(1_000));
  // Another death makes the controller look who holds what.
  expel(script, 2);
  takeIn(script, 2);
  for (let i = 0; i < TIMES; i++) {
    script.do('get', hot);
    script.run(us(100));
  }
  script.rack.servers[1]!.restart();
  script.waitFor(() => script.rack.controllerCounters.demotions === 1);
  return readAndJudge(script, hot);
};

/**
 * Servers 1 and 2 have the newest version. Server 1 dies, nobody waits for it, and it comes back during the
 * demotion; then server 2 dies before it has handed over.
 */
export const holderBackDuringTheFence: Schedule = (parts) => {
  const at = scene(parts);
  const { script, hot } = at;
  script.heat(hot, 3);
  for (const server of [0, 1, 2])
    script.fate(server, 'aToB', (frame) => {
      return opIn(frame) === PegasusOp.Replicate && targetIn(frame) === HOME ? NEVER : 0;
    });
  for (let tries = 0; script.holdersOf(hot).join() !== '1,2'; tries++) {
    assert.ok(tries < 50, 'some write goes to server 1 or 2, and is copied to the other');
    script.do('put', hot, 2);
    for (let reads = 0; reads < 4 * TIMES; reads++) script.do('get', hot, 1);
  }
  expel(script, 1);
  script.fate(2, 'bToA', dropping(PegasusOp.Fence));
  beginCoolDown(at);
  script.run(us(100));
  takeIn(script, 1);
  expel(script, 2);
  script.run(us(1_000));
  return readAndJudge(script, hot);
};

/** The switch restarts while the newest version of a hot key is not at home. */
export const switchRestart: Schedule = (parts) => {
  const at = scene(parts);
  const { script, hot } = at;
  script.heat(hot, 3);
  writeUntilAloneAt(at, 1);
  script.fate(HOME, 'bToA', dropping(PegasusOp.Merge));
  restartSwitch(script);
  script.start('get', hot, 1);
  script.run(us(1_000));
  script.fate(HOME, 'bToA', null);
  return readAndJudge(script, hot);
};

/** The switch restarts, and the controller too: versions go on. */
export const versionsAfterRestarts: Schedule = (parts) => {
  const { script, hot } = scene(parts);
  const isWritten = (): string => {
    for (let i = 0; i < 2; i++) script.do('put', hot, 2);
    return script.do('put', hot, 2).outcome;
  };
  for (let i = 0; i < 2; i++) {
    script.do('put', hot, 2);
    restartSwitch(script);
    script.run(us(200));
    isWritten();
    script.do('get', hot, 1);
    restartController(script);
    script.run(us(500));
    script.do('put', hot, 2);
    script.do('put', hot, 2);
    script.do('get', hot, 1);
  }
  return script.verdict;
};

/**
 * Server 1 executes a write and dies, its answer is late. Where the key is cold again and the write is lost,
 * the answer must not tell the client that it is there.
 */
function lateReplyOfADeadServer(parts: Parameters<Schedule>[0], isBack: boolean): string {
  const at = scene(parts, { retransmitNs: us(40_000), giveUpNs: us(60_000) });
  const { script, hot } = at;
  script.heat(hot, 3);
  const lateAtNs = script.now + us(12_000);
  let isWritten = false;
  script.fate(1, 'aToB', (frame, nowNs) => {
    if (isWritten) return NEVER;
    if (opIn(frame) !== PegasusOp.WriteReply) return 0;
    isWritten = true;
    return lateAtNs - nowNs;
  });
  startUntil(script, () => isWritten, { op: 'put', key: hot, client: 0 });
  expel(script, 1);
  // A holder that lives frees the key of the dead: nobody has heard of the write.
  beginCoolDown(at);
  script.waitFor(() => script.rack.controllerCounters.demotions === 1);
  script.fate(1, 'aToB', null);
  if (isBack) takeIn(script, 1);
  assert.ok(script.now < lateAtNs, 'the answer is late');
  script.rack.kernel.runUntil(lateAtNs + us(100));
  return readAndJudge(script, hot);
}
export const lateReplyOfTheDead: Schedule = (parts) => lateReplyOfADeadServer(parts, false);
export const lateReplyOfAnEarlierStart: Schedule = (parts) => lateReplyOfADeadServer(parts, true);

/** A dead server is in a replica set, and others hold the key as well. */
export const readsBesideADeadHolder: Schedule = (parts) => {
  const { script, hot } = scene(parts);
  script.heat(hot, 3);
  expel(script, 1);
  return outcomesOf(script, 'get', hot);
};

/** A write that was executed is sent again, and comes when its server has restarted. */
export const repeatInALaterLife: Schedule = (parts) => {
  const { script, hot } = scene(parts);
  const lateAtNs = script.now + us(6_000);
  const { rack } = script;
  rack.link('client0-tor').script('bToA', () => NEVER);
  let sent = 0;
  script.fate(HOME, 'bToA', (frame, nowNs) => {
    if (!isWrite(frame) || clientIn(frame) !== 0) return 0;
    return sent++ === 0 ? 0 : lateAtNs - nowNs;
  });
  script.start('put', hot, 0);
  script.run(us(20));
  script.do('get', hot, 1);
  script.do('put', hot, 2);
  script.do('get', hot, 1);
  script.waitFor(() => sent === 2);
  expel(script, HOME);
  takeIn(script, HOME);
  script.do('get', hot, 1);
  assert.ok(script.now < lateAtNs, 'the write is late');
  rack.kernel.runUntil(lateAtNs + us(100));
  return readAndJudge(script, hot);
};

/** Writes that were executed are sent again in the next epoch, in which some have another writer. */
export const requestOfAnEarlierEpoch: Schedule = (parts) => {
  const { script, hot } = scene(parts, { giveUpNs: us(60_000), retransmitNs: us(5_000) });
  script.heat(hot, 3);
  script.rack.link('client0-tor').script('bToA', () => NEVER);
  for (let i = 0; i < 2 * TIMES; i++) {
    script.start('put', hot, 0);
    script.run(us(20));
    script.do('get', hot, 1);
  }
  expel(script, 2);
  for (let i = 0; i < 2; i++) script.do('put', hot, 2);
  // They come one by one: each is read, if it has an effect.
  for (let i = 0; i < 60 * TIMES; i++) {
    script.do('get', hot, 1);
    script.run(us(10));
  }
  return script.verdict;
};

/** A key becomes hot under a number that home has forgotten, and other servers have not. */
export const generationsAfterRestarts: Schedule = (parts) => {
  const at = scene(parts);
  const { script, hot } = at;
  script.heat(hot, 3);
  coolDown(at);
  script.heat(hot, 1);
  coolDown(at);
  restartController(script);
  expel(script, HOME);
  takeIn(script, HOME);
  script.heat(hot, 1);
  for (const client of [0, 1, 2]) script.do('put', hot, client);
  return outcomesOf(script, 'put', hot) === 'ok' ? script.verdict : 'writes get no answer';
};

/** The controller dies when the switch has a key's entry, before it hears of it. */
export const entryOfADeadController: Schedule = (parts) => {
  const at = scene(parts);
  const { script, hot, next } = at;
  let isHot = false;
  script.fate(HOME, 'bToA', (frame) => {
    if (generationIn(frame) !== 0 && opIn(frame) === PegasusOp.Get) isHot = true;
    return 0;
  });
  script.readUntil(hot, () => isHot);
  restartController(script);
  for (let i = 0; i < TIMES; i++) script.do('put', hot, 2);
  script.readUntil(next, () => script.now > us(8_000));
  for (let i = 0; i < TIMES; i++) {
    script.do('put', hot, 2);
    script.do('put', next, 2);
    script.do('get', hot, 1);
  }
  return script.verdict;
};

/** A server loses power as soon as its client has an answer. */
export const powerCutBehindTheAnswer: Schedule = (parts) => {
  const { script, hot, next } = scene(parts, { durability: 'disk' });
  for (let i = 0; i < TIMES; i++) {
    script.do('put', hot, 2);
    expel(script, HOME);
    takeIn(script, HOME);
    script.do('put', next, 2);
    script.do('get', hot, 1);
  }
  return script.verdict;
};

/** A server loses power as soon as the switch takes it for a holder. */
export const powerCutBehindTheCopy: Schedule = (parts) => {
  const at = scene(parts, { durability: 'disk' });
  const { script, hot } = at;
  script.heat(hot, 3);
  for (let i = 0; i < TIMES; i++) {
    // Reads make copies worth their while; a write is copied soon after.
    const isCopied = (): boolean => script.holdersOf(hot).length > 1 && script.holdersOf(hot).includes(2);
    for (let reads = 0; reads < 4 * TIMES; reads++) script.do('get', hot, 1);
    script.do('put', hot, 2);
    if (isCopied() || !script.rack.kernel.runWhile(() => !isCopied(), script.now + us(200))) continue;
    expel(script, 2);
    takeIn(script, 2);
    for (let reads = 0; reads < TIMES; reads++) script.do('get', hot, 1);
  }
  return script.verdict;
};
