/**
 * kill -9, for real: a process writes to a log, is killed in the midst of it, and the next one goes on with
 * the same log. What the process said it had kept must be there, and nothing without what came before it.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { ItemStore, SipKeyHasher } from '@ballast/pegasus';
import { type Durability, LogFile } from '../src/log-file.ts';
import { describeStore, Expected } from '../testing/log-history.ts';

const SEED = 17;
/** Goes on until some process was killed within a write or a rewrite: one in seven is. */
const ROUNDS_MIN = 10;
const ROUNDS_MAX = 60;
/** A process is killed after so many of its acknowledgements at most, each of a batch. */
const ACKNOWLEDGEMENTS_MAX = 100;
const MOMENT_MS_MAX = 4;
/** More writes than any process gets to behind the last one that it acknowledged. */
const UNACKNOWLEDGED_MAX = 5_000;
const WRITER = join(import.meta.dirname, '../testing/log-writer.ts');

interface Killed {
  /** The newest write that was acknowledged; 0 when none was. */
  readonly acknowledged: number;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

interface Round {
  readonly path: string;
  readonly durability: Durability;
  /** The writer's first write. */
  readonly first: number;
  readonly acknowledgements: number;
  readonly momentMs: number;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a writer until it has acknowledged so many batches, and kills it a moment later. */
async function runAndKill(round: Round): Promise<Killed> {
  const { path, durability, first, acknowledgements, momentMs, env } = round;
  const args = [WRITER, path, durability, String(SEED), String(first)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let stderr = '';
  child.stderr.on('data', (text) => (stderr += String(text)));
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('close', (_code, signal) => {
      resolve(signal);
    });
  });
  let acknowledged = 0;
  let seen = 0;
  // What stands in the pipe when the process ends was acknowledged as well.
  for await (const line of createInterface(child.stdout)) {
    acknowledged = Number(line);
    if (++seen === acknowledgements) setTimeout(kill, momentMs, child);
  }
  return { acknowledged, signal: await ended, stderr };
}

/** Lets all starts of one program compile it once: by a writer that cannot start, and so ends well. */
function compileOnce(folder: string): NodeJS.ProcessEnv {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') };
  spawnSync(process.execPath, [WRITER, join(folder, 'missing', 'log')], { env });
  return env;
}

function kill(child: ChildProcess): void {
  assert.ok(child.kill('SIGKILL'), 'the writer was running');
}

test('log file: a process that is killed at any moment loses nothing that it acknowledged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-kill-'));
  const path = join(folder, 'server0.log');
  const env = compileOnce(folder);
  const prng = new Prng(SEED);
  const expected = new Expected(SEED);
  let written = 0;
  let unfinished = 0;
  try {
    for (let n = 0; n < ROUNDS_MIN || unfinished === 0; n++) {
      assert.ok(n < ROUNDS_MAX, 'some process is killed within a write or a rewrite');
      const durability: Durability = prng.chance(0.5) ? 'process' : 'disk';
      const acknowledgements = 1 + prng.below(ACKNOWLEDGEMENTS_MAX);
      const momentMs = prng.below(MOMENT_MS_MAX);
      const round = { path, durability, first: written + 1, acknowledgements, momentMs, env };
      const { acknowledged, signal, stderr } = await runAndKill(round);
      assert.equal(signal, 'SIGKILL', stderr);

      const store = new ItemStore();
      const warn = (): number => unfinished++;
      const file = LogFile.open({ path, durability, store, hasher: new SipKeyHasher(), warn });
      await file.close();
      const fewest = Math.max(written, acknowledged);
      const found = expected.writesIn(describeStore(store), fewest, fewest + UNACKNOWLEDGED_MAX);
      assert.notEqual(found, null, `round ${n}, ${durability}: ${fewest} acknowledged writes, some are lost`);
      written = found ?? 0;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
