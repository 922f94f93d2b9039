/** Schedules in which ranges of the ring move, as servers join and leave as planned; see schedules.ts. */
import assert from 'node:assert/strict';
import { type Frame, NEVER, us } from '@ballast/base';
import { PEGASUS_ACK_OFFSET, PegasusOp, RING_BITS } from '@ballast/wire';
import type { RackOptions, RackParts } from '../src/index.ts';
import {
  delayOne,
  HOME,
  outcomesOf,
  readAndJudge,
  restartController,
  type Schedule,
  scene,
} from './schedules.ts';
import { clientIn, dropping, generationIn, isWrite, opIn, rangeIn, ScriptedRack } from './scripted-rack.ts';

/** Joins later, and gets its share of the ring. */
const JOINER = 2;

interface MoveScene {
  readonly script: ScriptedRack;
  /** Its range is the first of its home's to move, and goes to the joiner. */
  readonly key: number;
  /** Of another home. */
  readonly other: number;
}

function moveScene(parts: Partial<RackParts> | undefined, options: Partial<RackOptions> = {}): MoveScene {
  const script = new ScriptedRack({
    standby: 1,
    hotKeysMax: 0,
    ...options,
    ...(parts === undefined ? {} : { parts }),
  });
  const ofHome = Array.from({ length: script.keys }, (_, key) => key).filter(
    (key) => script.rack.homeOfIndex(key) === HOME,
  );
  const key = ofHome.reduce((first, one) =>
    positionOf(script, one) < positionOf(script, first) ? one : first,
  );
  script.waitFor(() => script.rack.controllerCounters.admitted === 1);
  script.run(us(100));
  const other = script.keyAt(1);
  for (const client of [0, 1, 2]) script.do('get', other, client); // They learn of the new epoch.
  return { script, key, other };
}

function positionOf(script: ScriptedRack, key: number): number {
  return script.hashOf(key)[0] >>> (32 - RING_BITS);
}

function rebalance({ script }: MoveScene): void {
  script.rack.changeServers({ kind: 'rebalance' });
}

/** Is this a message, or an acknowledgement, about the range of the key? */
function isAbout({ script, key }: MoveScene, op: number): (frame: Frame) => boolean {
  const position = positionOf(script, key);
  return (frame) => {
    if (opIn(frame) !== op) return false;
    const { first, count } = rangeIn(frame);
    return position >= first && position < first + count;
  };
}

/** Begins to move the key's range, up to where the joiner has all of it and does not know that it is home. */
function moveUpToAccept(at: MoveScene): void {
  const { script } = at;
  const isAccept = isAbout(at, PegasusOp.Accept);
  let isGiven = false;
  script.fate(JOINER, 'bToA', (frame) => {
    if (!isAccept(frame)) return 0;
    isGiven = true;
    return NEVER;
  });
  rebalance(at);
  script.waitFor(() => isGiven);
}

/** Until the old home has forgotten the key's range. */
function awaitMove(at: MoveScene): void {
  const isDropped = isAbout(at, PegasusOp.Drop + PEGASUS_ACK_OFFSET);
  let isOver = false;
  at.script.fate(HOME, 'aToB', (frame) => {
    if (isDropped(frame)) isOver = true;
    return 0;
  });
  at.script.waitFor(() => isOver);
}

/** A key is written when the new home has got everything, and the switch does not know it yet. */
export const writeBehindTheTransfer: Schedule = (parts) => {
  const at = moveScene(parts);
  const { script, key } = at;
  moveUpToAccept(at);
  script.start('put', key, 2);
  script.run(us(200));
  script.fate(JOINER, 'bToA', null);
  awaitMove(at);
  script.run(us(500));
  return readAndJudge(script, key);
};

/** A read comes to the old home when it has forgotten the range. */
export const lateReadAtTheOldHome: Schedule = (parts) => {
  const at = moveScene(parts, { retransmitNs: us(200_000), giveUpNs: us(400_000) });
  const { script, key } = at;
  const lateAtNs = script.now + us(40_000);
  const delayed = delayOne({ script, server: HOME, direction: 'bToA', atNs: lateAtNs }, (frame) => {
    return opIn(frame) === PegasusOp.Get && clientIn(frame) === 0;
  });
  script.start('get', key, 0);
  script.run(us(20));
  assert.ok(delayed.isDelayed);
  rebalance(at);
  awaitMove(at);
  assert.ok(script.now < lateAtNs, 'the read is late');
  script.rack.kernel.runUntil(lateAtNs + us(500));
  return readAndJudge(script, key);
};

/** A write that the old home executed is sent again when its range has moved. */
export const repeatAfterTheMove: Schedule = (parts) => {
  const at = moveScene(parts, { retransmitNs: us(40_000), giveUpNs: us(200_000) });
  const { script, key } = at;
  script.rack.link('client0-tor').script('bToA', () => NEVER);
  script.start('put', key, 0);
  script.run(us(20));
  script.do('get', key, 1);
  script.do('put', key, 2);
  script.do('get', key, 1);
  let isRepeated = false;
  script.fate(JOINER, 'bToA', (frame) => {
    if (isWrite(frame)) isRepeated = true;
    return 0;
  });
  rebalance(at);
  awaitMove(at);
  script.waitFor(() => isRepeated);
  script.run(us(100));
  return readAndJudge(script, key);
};

/** Everything moves to the joiner and back; then come repeats of what the first moves told their old home. */
export const thereAndBack: Schedule = (parts) => {
  const at = moveScene(parts);
  const { script } = at;
  const lateAtNs = script.now + us(80_000);
  const late = new Set<number>();
  script.fate(HOME, 'bToA', (frame, nowNs) => {
    if (opIn(frame) !== PegasusOp.Drop || late.has(generationIn(frame))) return 0;
    late.add(generationIn(frame));
    return lateAtNs - nowNs;
  });
  const { controller } = script.rack.controller.core;
  rebalance(at);
  script.waitFor(() => controller.isSettled);
  const moved = script.rack.controllerCounters.rangesMoved;
  assert.ok(moved > 0);
  script.rack.changeServers({ kind: 'leave', server: JOINER });
  script.waitFor(() => controller.isSettled && script.rack.controllerCounters.rangesMoved > moved);
  assert.ok(script.now < lateAtNs, 'the messages are late');
  script.rack.kernel.runUntil(lateAtNs + us(500));
  for (const op of ['get', 'put'] as const)
    for (let key = 0; key < script.keys; key++) {
      const outcome = outcomesOf(script, op, key, 2);
      if (outcome !== 'ok') return outcome;
    }
  return script.verdict;
};

/** The range of a hot key moves. */
export const moveOfAHotKey: Schedule = (parts) => {
  const at = moveScene(parts, { hotKeysMax: 1 });
  const { script, key, other } = at;
  script.heat(key, 1);
  rebalance(at);
  awaitMove(at);
  for (let i = 0; i < 8; i++) script.do('put', key, 2);
  script.heat(other, 1);
  return readAndJudge(script, key);
};

/** A key is read often while its range moves. */
export const heatDuringAMove: Schedule = (parts) => {
  const at = moveScene(parts, { hotKeysMax: 1 });
  const { script, key, other } = at;
  moveUpToAccept(at);
  const { now } = script;
  script.readUntil(key, () => script.now > now + us(2_000));
  if (script.rack.hotKeys().length > 0) for (let i = 0; i < 8; i++) script.do('put', key, 2);
  script.fate(JOINER, 'bToA', null);
  awaitMove(at);
  script.heat(other, 1);
  return readAndJudge(script, key);
};

/**
 * The controller restarts when the switch has the new home, and the old one has not forgotten the range. Then
 * a write comes there that passed the switch before.
 */
export const restartBehindTheTurn: Schedule = (parts) => {
  const at = moveScene(parts, { retransmitNs: us(40_000), giveUpNs: us(200_000) });
  const { script, key } = at;
  const lateAtNs = script.now + us(10_000);
  const isDrop = isAbout(at, PegasusOp.Drop);
  let isTurned = false;
  script.fate(HOME, 'bToA', (frame, nowNs) => {
    if (isWrite(frame)) return lateAtNs - nowNs;
    if (isDrop(frame)) isTurned = true;
    // Nothing else moves meanwhile.
    return isTurned && (isDrop(frame) || opIn(frame) === PegasusOp.Yield) ? NEVER : 0;
  });
  script.start('put', key, 0);
  script.run(us(20));
  rebalance(at);
  script.waitFor(() => isTurned);
  restartController(script);
  assert.ok(script.now < lateAtNs, 'the write is late');
  script.rack.kernel.runUntil(lateAtNs + us(200));
  script.do('get', key, 1);
  script.fate(HOME, 'bToA', null);
  return readAndJudge(script, key);
};

/** The new home dies before the switch has it: the old one goes on. */
export const moveGivenUp: Schedule = (parts) => moveThatFails(parts, () => undefined);

/** And the controller with it. */
export const moveGivenUpAfterARestart: Schedule = (parts) => moveThatFails(parts, restartController);

function moveThatFails(parts: Parameters<Schedule>[0], more: (script: ScriptedRack) => void): string {
  const at = moveScene(parts);
  const { script, key } = at;
  moveUpToAccept(at);
  script.rack.servers[JOINER]!.crash();
  more(script);
  script.waitFor(() => script.rack.controllerCounters.expelled === 1);
  script.run(us(500));
  return outcomesAfterAnEpoch(script, key);
}

/** A server leaves while the fence of a key is on its way to it, and others hold what it holds. */
export const leaveDuringAFence: Schedule = (parts) => {
  const { script, hot, next } = scene(parts);
  const { rack } = script;
  script.heat(hot, 3);
  script.fate(2, 'bToA', dropping(PegasusOp.Fence));
  script.readUntil(next, () => rack.hotKeys().length === 0);
  rack.changeServers({ kind: 'leave', server: 2 });
  const { epoch } = rack;
  script.waitFor(() => rack.epoch !== epoch); // It is out of the live set.
  script.run(us(2_000));
  script.fate(2, 'bToA', null);
  const isCold = rack.kernel.runWhile(() => rack.controllerCounters.demotions === 0, script.now + us(5_000));
  return isCold ? outcomesAfterAnEpoch(script, hot) : 'the demotion never ends';
};

/** The first write may end as unknown: it is of the epoch before. */
function outcomesAfterAnEpoch(script: ScriptedRack, key: number): string {
  script.do('put', key, 1);
  const outcome = outcomesOf(script, 'put', key, 4);
  return outcome === 'ok' ? readAndJudge(script, key) : outcome;
}
