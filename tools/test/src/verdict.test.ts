import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomResult } from './room-tally.ts';
import { judge, parseRequirement, type Verdict } from './verdict.ts';

const clean: RoomResult = { room: 'wire', passed: 3, failures: [], skips: [], unknowns: [] };

function skipping(reason: string): RoomResult {
  return { ...clean, skips: [{ name: 'xdp: redirects', place: 'src/xdp.test.ts:7', reason }] };
}

/** Judges one room's result as with BALLAST_REQUIRE set to `required`. */
function judgeOne(result: RoomResult | undefined, required: string): Verdict {
  return judge(new Map([['wire', result]]), parseRequirement(required));
}

test('test: the last line sums the rooms', () => {
  const failures = [{ name: 'b', place: 'src/b.test.ts:1', reason: 'no' }];
  const { ok, lines } = judge(
    new Map([
      ['base', { ...clean, passed: 4 }],
      ['wire', { ...skipping('needs root: it'), failures }],
    ]),
    undefined,
  );
  assert.equal(lines.at(-1), '7 passed, 1 failed, 1 skipped');
  assert.equal(ok, false);
});

test('test: rooms that all pass are good, required or not', () => {
  assert.deepEqual(judgeOne(clean, 'all'), { ok: true, lines: ['3 passed, 0 failed, 0 skipped'] });
  assert.equal(judgeOne(clean, '').ok, true);
});

test('test: a failure is named with its place and reason', () => {
  const failures = [{ name: 'pcap: reads', place: 'src/pcap.test.ts:12', reason: '2 !== 1' }];
  const { ok, lines } = judgeOne({ ...clean, failures }, '');
  assert.equal(ok, false);
  assert.equal(lines[0], 'FAILED   wire/src/pcap.test.ts:12  pcap: reads: 2 !== 1');
});

test('test: a room that left no result has failed', () => {
  const { ok, lines } = judgeOne(undefined, '');
  assert.equal(ok, false);
  assert.equal(lines.at(-1), '0 passed, 1 failed, 0 skipped');
});

test('test: nothing passed is not good', () => {
  assert.equal(judgeOne({ ...clean, passed: 0 }, '').ok, false);
});

test('test: a skip is listed and allowed where nothing is required', () => {
  const { ok, lines } = judgeOne(skipping('needs root: raw sockets'), '');
  assert.equal(ok, true);
  assert.equal(lines[0], 'SKIPPED  wire/src/xdp.test.ts:7  xdp: redirects: needs root: raw sockets');
});

test('test: a skip is refused where what it needs is required', () => {
  const { ok, lines } = judgeOne(skipping('needs root: raw sockets'), 'netns, root');
  assert.equal(ok, false);
  assert.match(lines[0] ?? '', /refused: this machine must have root/);
  assert.equal(judgeOne(skipping('needs root: raw sockets'), 'all').ok, false);
});

test('test: a skip is allowed where something else is required', () => {
  assert.equal(judgeOne(skipping('needs p4c: the compiler'), 'netns,root').ok, true);
});

test('test: a skip that names no capability is refused where any is required', () => {
  for (const reason of ['no reason given', 'flaky', 'needs: root', 'needs root']) {
    assert.equal(judgeOne(skipping(reason), 'netns').ok, false, reason);
  }
});

test("test: a checker's unknown is listed, and refused in CI", () => {
  const unknown = { ...clean, unknowns: ['checker: unknown after 2 s'] };
  assert.equal(judgeOne(unknown, '').ok, true);
  assert.equal(judgeOne(unknown, 'all').ok, false);
  assert.equal(
    judgeOne(unknown, 'all').lines[0],
    'UNKNOWN  wire: checker: unknown after 2 s (refused: it must know)',
  );
});

test('test: an empty requirement requires nothing', () => {
  assert.equal(parseRequirement(undefined), undefined);
  assert.equal(parseRequirement(' , '), undefined);
});
