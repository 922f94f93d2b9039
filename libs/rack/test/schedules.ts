/**
 * Schedules of a few steps, each the shortest way found to what one rule of the protocol is for. The rack as
 * it is passes them; without the rule it fails, whatever else has changed.
 *
 * Server 0 is home of the keys `hot`, the one at hand, and `next`, which takes its place in the directory.
 */
import assert from 'node:assert/strict';
import { type Frame, type Nanos, NEVER, us } from '@ballast/base';
import { PegasusOp } from '@ballast/wire';
import type { RackOptions, RackParts } from '../src/index.ts';
import { clientIn, dropping, generationIn, isWrite, opIn, ScriptedRack, targetIn } from './scripted-rack.ts';

/** Runs on a rack with these parts; 'ok', or what was wrong. */
export type Schedule = (parts?: Partial<RackParts>) => string;

export const HOME = 0;
/** Often enough that every server gets one. */
export const TIMES = 8;

export interface Scene {
  readonly script: ScriptedRack;
  readonly hot: number;
  readonly next: number;
}

export function scene(parts: Partial<RackParts> | undefined, options: Partial<RackOptions> = {}): Scene {
  const script = new ScriptedRack({ ...options, ...(parts === undefined ? {} : { parts }) });
  return { script, hot: script.keyAt(HOME), next: script.keyAt(HOME, 1) };
}

/**
 * Runs a schedule in which a write is to go to some server, which its id decides: after 0, 1, 2 ... other
 * requests, until one does.
 *
 * @param run gives null when the write at hand goes to another server
 */
export function untilRouted(run: (requestsBefore: number) => string | null): string {
  for (let requestsBefore = 0; requestsBefore < 20; requestsBefore++) {
    const outcome = run(requestsBefore);
    if (outcome !== null) return outcome;
  }
  throw new Error('no request goes to the server');
}

/** Operations one after another; the first outcome that is not `ok`, or 'ok'. */
export function outcomesOf(script: ScriptedRack, op: 'get' | 'put', key: number, times = TIMES): string {
  for (let i = 0; i < times; i++) {
    const { outcome } = script.do(op, key, 1);
    if (outcome !== 'ok') return `${op}: ${outcome}`;
  }
  return 'ok';
}

/** Reads the key from all sides, and judges what was seen. */
export function readAndJudge(script: ScriptedRack, key: number, reads = 6): string {
  for (let i = 0; i < reads; i++) script.do('get', key, 1);
  return script.verdict;
}

/** Starts operations, whose servers their ids decide, until one is where it is wanted. */
export function startUntil(
  script: ScriptedRack,
  isThere: () => boolean,
  { op, key, client }: { readonly op: 'get' | 'put'; readonly key: number; readonly client: number },
): void {
  for (let tries = 0; !isThere(); tries++) {
    assert.ok(tries < 50, `some ${op} goes to the server`);
    script.start(op, key, client);
    script.run(us(20));
  }
}

/** The next frame that the predicate picks arrives at `atNs`, in this direction of a server's cable. */
export function delayOne(
  {
    script,
    server,
    direction,
    atNs,
  }: {
    readonly script: ScriptedRack;
    readonly server: number;
    readonly direction: 'aToB' | 'bToA';
    readonly atNs: Nanos;
  },
  isIt: (frame: Frame) => boolean,
): { readonly isDelayed: boolean } {
  const state = { isDelayed: false };
  script.fate(server, direction, (frame, nowNs) => {
    if (state.isDelayed || !isIt(frame)) return 0;
    state.isDelayed = true;
    return atNs - nowNs;
  });
  return state;
}

/** Makes a hot key cold, by way of another one. */
export function coolDown({ script, next }: Scene): void {
  const { demotions } = script.rack.controllerCounters;
  script.readUntil(next, () => script.rack.controllerCounters.demotions > demotions);
}

/** Writes a hot key until the server alone has the newest version. No copies until `allowCopies`. */
export function writeUntilAloneAt({ script, hot }: Scene, server: number): void {
  for (const { id } of serversOf(script)) script.fate(id, 'aToB', dropping(PegasusOp.Replicate));
  for (let tries = 0; script.holdersOf(hot).join() !== `${server}`; tries++) {
    assert.ok(tries < 50, `some write goes to server ${server}`);
    script.do('put', hot, 2);
  }
}

export function allowCopies(script: ScriptedRack): void {
  for (const { id } of serversOf(script)) script.fate(id, 'aToB', null);
}

function serversOf({ rack }: ScriptedRack): readonly { readonly id: number }[] {
  return rack.servers.map((_, id) => ({ id }));
}

/** A server stops; over when it counts as dead and the switch has said what is lost with it. */
export function expel(script: ScriptedRack, server: number): void {
  const { expelled } = script.rack.controllerCounters;
  script.rack.servers[server]!.crash();
  script.waitFor(() => script.rack.controllerCounters.expelled > expelled);
  script.run(us(200));
}

export function restartController(script: ScriptedRack): void {
  script.rack.controller.crash();
  script.rack.controller.restart();
  script.run(us(100));
}

export function takeIn(script: ScriptedRack, server: number): void {
  const { admitted } = script.rack.controllerCounters;
  script.rack.servers[server]!.restart();
  script.waitFor(() => script.rack.controllerCounters.admitted > admitted);
  script.run(us(200));
}

const isRead = (frame: Frame): boolean => opIn(frame) === PegasusOp.Get;

/** A read that was routed to server 1 in a key's first hot life comes there in its second one. */
export const lateReadOfEarlierLife: Schedule = (parts) => {
  const at = scene(parts, { retransmitNs: us(20_000), giveUpNs: us(60_000) });
  const { script, hot } = at;
  script.heat(hot, 3);
  const lateAtNs = script.now + us(8_000);
  const delayed = delayOne({ script, server: 1, direction: 'bToA', atNs: lateAtNs }, (frame) => {
    return isRead(frame) && clientIn(frame) === 0 && generationIn(frame) !== 0;
  });
  startUntil(script, () => delayed.isDelayed, { op: 'get', key: hot, client: 0 });
  coolDown(at);
  for (const server of [0, 1, 2]) script.fate(server, 'aToB', dropping(PegasusOp.Replicate));
  script.heat(hot, 1);
  assert.ok(script.now < lateAtNs, 'the read is late');
  // Server 1 has a write of the second life, and nobody knows: its answer comes after that of the late read.
  let isWritten = false;
  script.fate(1, 'aToB', (frame, nowNs) => {
    if (opIn(frame) === PegasusOp.Replicate) return NEVER;
    if (opIn(frame) !== PegasusOp.WriteReply) return 0;
    isWritten = true;
    return lateAtNs + us(100) - nowNs;
  });
  startUntil(script, () => isWritten, { op: 'put', key: hot, client: 2 });
  assert.ok(script.now < lateAtNs, 'the read is late');
  script.rack.kernel.runUntil(lateAtNs + us(200));
  return readAndJudge(script, hot);
};

/**
 * Home executed a write of a cold key. It is sent again when the key is hot, to a server that knows of it
 * but has at most a copy of the key's first hot life.
 */
export const repeatWhereAnOldCopyIs: Schedule = (parts) =>
  untilRouted((requestsBefore) => {
    const at = scene(parts, { retransmitNs: us(5_000), giveUpNs: us(40_000) });
    const { script, hot, next } = at;
    script.heat(hot, 3);
    coolDown(at);
    for (let i = 0; i < requestsBefore; i++) script.do('get', next, 0);
    script.rack.link('client0-tor').script('bToA', () => NEVER);
    script.start('put', hot, 0);
    script.run(us(20));
    script.do('get', hot, 1);
    script.fate(HOME, 'aToB', dropping(PegasusOp.Replicate));
    script.heat(hot, 1);
    const writer = nextWriter(script);
    return writer === HOME ? null : readAndJudge(script, hot);
  });

/** Waits for the next write, and until it is answered; the server that it goes to. */
function nextWriter(script: ScriptedRack): number {
  let writer = -1;
  for (const server of [0, 1, 2]) {
    script.fate(server, 'bToA', (frame) => {
      if (isWrite(frame)) writer = server;
      return 0;
    });
  }
  script.waitFor(() => writer >= 0);
  script.run(us(100));
  return writer;
}

/** A write on its way to server 1 comes there between the fence and the end of the demotion. */
export const writeAfterTheFence: Schedule = (parts) => {
  const at = scene(parts);
  const { script, hot, next } = at;
  script.heat(hot, 3);
  const lateAtNs = script.now + us(4_000);
  const delayed = delayOne({ script, server: 1, direction: 'bToA', atNs: lateAtNs }, isWrite);
  startUntil(script, () => delayed.isDelayed, { op: 'put', key: hot, client: 0 });
  script.rack.link('client0-tor').script('aToB', () => NEVER);
  script.fate(HOME, 'bToA', dropping(PegasusOp.Merge));
  script.readUntil(next, () => script.now > lateAtNs + us(50));
  assert.equal(script.rack.controllerCounters.demotions, 0, 'the demotion is under way');
  script.do('get', hot, 1);
  script.do('get', hot, 1);
  script.fate(HOME, 'bToA', null);
  script.waitFor(() => script.rack.controllerCounters.demotions === 1);
  return readAndJudge(script, hot);
};

/** A write that home executed is sent again when its key is hot, and goes to another server. */
export const repeatAfterThePromotion: Schedule = (parts) =>
  untilRouted((requestsBefore) => {
    const { script, hot, next } = scene(parts, { retransmitNs: us(3_000), giveUpNs: us(40_000) });
    for (let i = 0; i < requestsBefore; i++) script.do('get', next, 0);
    script.rack.link('client0-tor').script('bToA', () => NEVER);
    script.start('put', hot, 0);
    script.run(us(20));
    script.do('get', hot, 1);
    script.do('put', hot, 2);
    script.heat(hot, 1);
    const writer = nextWriter(script);
    return writer === HOME ? null : readAndJudge(script, hot);
  });

/** The other way round: executed at server 1 while the key was hot, sent again when it is cold. */
export const repeatAfterTheDemotion: Schedule = (parts) => {
  const at = scene(parts, { retransmitNs: us(3_000), giveUpNs: us(40_000) });
  const { script, hot } = at;
  script.heat(hot, 3);
  let isAtOne = false;
  script.fate(1, 'bToA', (frame) => {
    if (isWrite(frame)) isAtOne = true;
    return 0;
  });
  script.rack.link('client0-tor').script('bToA', () => (isAtOne ? NEVER : 0));
  startUntil(script, () => isAtOne, { op: 'put', key: hot, client: 0 });
  script.do('get', hot, 1);
  script.do('put', hot, 2);
  script.do('get', hot, 1);
  coolDown(at);
  let isRepeated = false;
  script.fate(HOME, 'bToA', (frame) => {
    if (isWrite(frame)) isRepeated = true;
    return 0;
  });
  script.waitFor(() => isRepeated);
  script.run(us(100));
  return readAndJudge(script, hot);
};

/**
 * Writes until one goes to a server that is not home, and stops that server's answers and copies: it alone
 * has the write, and nobody knows. Copies to `late` arrive at `copyAtNs`.
 */
function writeThatNobodySees(
  script: ScriptedRack,
  key: number,
  { late, copyAtNs }: { readonly late: number; readonly copyAtNs: Nanos },
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
  startUntil(script, () => writer >= 0, { op: 'put', key: key, client: 2 });
  return writer;
}

/** A copy comes after the fence, of a server that has died. */
export const copyAfterTheFence: Schedule = (parts) => {
  const { script, hot, next } = scene(parts);
  const { rack } = script;
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
  return readAndJudge(script, hot);
};

/** The first copy of a request comes home when its second one has run at a server that died. */
export const requestOfAnEpochBeforeTheMerge: Schedule = (parts) =>
  untilRouted((requestsBefore) => {
    const { script, hot, next } = scene(parts, { retransmitNs: us(3_000), missedPingsMax: 6 });
    const { rack } = script;
    for (let i = 0; i < requestsBefore; i++) script.do('get', next, 2);
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
    return readAndJudge(script, hot);
  });

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
