import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEVER, us } from '@ballast/base';
import { PegasusOp } from '@ballast/wire';
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
  script.heat(hot);
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
