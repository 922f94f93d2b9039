import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { recordedOutput, type RecordedOutput, temporaryFolder } from '../test/command-run.ts';
import { TaskRefused } from './background/background.ts';
import { runCheck } from './check/run-check.ts';
import { ExitCode } from './terminal/exit-codes.ts';
import { describeFailure, exitCodeOf } from './terminal/failure.ts';
import { verdictExit, verdictText } from './verdict.ts';

const PUT = { process: 1, invoke: 0, return: 10, operation: 'put', key: 'k', value: 'v', outcome: 'ok' };
const GET = { ...PUT, process: 2, invoke: 20, return: 30, operation: 'get' };

function fileOf(t: TestContext, lines: readonly unknown[]): string {
  const path = join(temporaryFolder(t), 'history.jsonl');
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

async function check(path: string, json = false): Promise<{ code: ExitCode; output: RecordedOutput }> {
  const output = recordedOutput();
  return { code: await runCheck({ path, secondsMax: null }, { json }, output), output };
}

test('check: a linearizable history exits with 0', async (t) => {
  const { code, output } = await check(fileOf(t, [PUT, GET]));
  assert.equal(code, ExitCode.Ok);
  assert.deepEqual(output.printed, ['ok: linearizable (2 operations, 1 key)']);
});

test('check: a stale read is a violation, shown with its operations, and exits with 1', async (t) => {
  const stale = { ...GET, value: null };
  const { code, output } = await check(fileOf(t, [PUT, stale]));
  assert.equal(code, ExitCode.Failed);
  assert.match(output.printed.join(''), /^violation: key "k" is not linearizable:\n[^]*<- cannot be placed/);
});

test('check: --json prints the verdict with the operations of the violation', async (t) => {
  const { output } = await check(fileOf(t, [PUT, { ...GET, value: 'other' }]), true);
  const document = JSON.parse(output.printed.join('')) as { verdict: string; violation: { key: string } };
  assert.equal(document.verdict, 'violation');
  assert.equal(document.violation.key, 'k');
});

const refused = [
  { name: 'a missing field', line: { process: 1 }, message: /^ballast: line 2 has no field "invoke"$/ },
  {
    name: 'a bad field',
    line: { ...GET, outcome: 'maybe' },
    message: /^ballast: line 2: "outcome" is "maybe"; expected one of "ok", "fail", "unknown"$/,
  },
  { name: 'no object', line: 7, message: /^ballast: line 2 is not a JSON object/ },
];
for (const { name, line, message } of refused) {
  test(`check: ${name} is refused with its line, and exits with 2`, async (t) => {
    await assert.rejects(check(fileOf(t, [PUT, line])), (error) => {
      assert.ok(error instanceof TaskRefused);
      assert.match(describeFailure(error) ?? '', message);
      assert.equal(exitCodeOf(error), ExitCode.Usage);
      return true;
    });
  });
}

test('check: a file that is not there, and a folder, are refused by name', async (t) => {
  const folder = temporaryFolder(t);
  for (const path of [join(folder, 'nowhere'), folder]) {
    await assert.rejects(check(path), (error) => {
      assert.equal(exitCodeOf(error), ExitCode.Usage);
      assert.ok(describeFailure(error)?.startsWith(`ballast: ${path}: `));
      return true;
    });
  }
});

test('check: an unknown verdict says how far the search came, and exits with 3', () => {
  const undecided = [{ key: 'k', limit: 'time', operations: 50, returned: 20, reached: 900 }] as const;
  const text = verdictText({
    verdict: 'unknown',
    operations: 90,
    keys: 3,
    steps: 7,
    undecided,
    keysNotReached: 2,
  });
  assert.match(
    text,
    /gave up 1 key for want of time; the first was "k", after 20 of 50 operations; 2 keys not reached$/,
  );
  assert.equal(verdictExit(['ok', 'unknown']), ExitCode.Unknown);
  assert.equal(verdictExit(['unknown', 'violation', 'ok']), ExitCode.Failed);
});
