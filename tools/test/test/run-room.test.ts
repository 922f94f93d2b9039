import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { workspaceRoot } from '@ballast/workspace';
import { resultFile } from '../src/results.ts';
import type { RoomResult } from '../src/room-tally.ts';

const RUN_ROOM = join(import.meta.dirname, '../src/run-room.ts');

/** Runs a room that has the given test files; its result is read and removed again. */
function runRoom(
  t: TestContext,
  files: Record<string, string>,
  ...args: string[]
): { status: number | null; output: string; result: RoomResult | undefined } {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-room-'));
  const counts = join(workspaceRoot, resultFile(basename(folder)));
  t.after(() => {
    rmSync(folder, { recursive: true });
    rmSync(counts, { force: true });
  });
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'src', name), text);
  // A runner inside a test would report to the outer runner instead of to its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN_ROOM, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  const ran = !stderr.includes('has no test file');
  return {
    status,
    output: stdout + stderr,
    result: ran ? (JSON.parse(readFileSync(counts, 'utf8')) as RoomResult) : undefined,
  };
}

const MIXED = `
  import assert from 'node:assert/strict';
  import { test } from 'node:test';
  test('a: passes', (t) => t.diagnostic('checker: unknown after 1 ms'));
  test('a: is skipped', { skip: 'needs root: it' }, () => {});
  test('a: fails', () => assert.equal(1, 2));
`;

test('test: a room leaves its counts, and fails when a test does', (t) => {
  const { status, result } = runRoom(t, { 'a.test.ts': MIXED });
  assert.equal(status, 1);
  assert.equal(result?.passed, 1);
  assert.deepEqual(
    result.failures.map(({ name, place }) => `${place} ${name}`),
    ['src/a.test.ts:6 a: fails'],
  );
  assert.deepEqual(
    result.skips.map(({ reason }) => reason),
    ['needs root: it'],
  );
  assert.deepEqual(result.unknowns, ['checker: unknown after 1 ms']);
});

test('test: a room whose tests pass ends well, and one of a name can be chosen', (t) => {
  const { status, result } = runRoom(t, { 'a.test.ts': MIXED }, '--name', 'passes$');
  assert.equal(status, 0);
  assert.equal(result?.passed, 1);
});

test('test: a file that does not load is a failure', (t) => {
  const { status, result } = runRoom(t, { 'a.test.ts': 'import "./missing.ts";' });
  assert.equal(status, 1);
  assert.equal(result?.failures.length, 1);
});

test('test: a room without tests, or without one that was asked for, fails', (t) => {
  assert.equal(runRoom(t, {}).status, 1);
  const { status, output } = runRoom(t, { 'a.test.ts': MIXED }, 'pcap');
  assert.equal(status, 1);
  assert.match(output, /has no test file that matches pcap/);
});
