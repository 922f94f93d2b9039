import assert from 'node:assert/strict';
import { test } from 'node:test';
import { history } from '../../test/history-notation.ts';
import type { Operation } from '../history.ts';
import { checkLinearizable } from './check.ts';
import { formatViolation } from './format-violation.ts';
import type { Violation } from './verdict.ts';

function violationOf(operations: readonly Operation[]): Violation {
  const verdict = checkLinearizable(operations);
  assert.equal(verdict.verdict, 'violation');
  return verdict.violation;
}

test('violation: a stale read is told with what shows it, and drawn', () => {
  const violation = violationOf(
    history(`
      load put v5 [0, 0]
      1 put v7    [1000, 2000]
      2 put v9    [2500, 5000]
      1 get v9    [3000, 3800]
      3 get v7    [4000, 4500]
      4 get v9    [6000, 7000]
      1 put v11   [8000, 9000]`),
  );
  const older = 'process 1\'s put "v7" at [1,000, 2,000]';
  const newer = 'process 1\'s get "v9" at [3,000, 3,800]';
  const stale = 'process 3\'s get "v7" at [4,000, 4,500]';
  assert.equal(
    formatViolation(violation),
    [
      'key "k" is not linearizable:',
      `${stale} came after "v9" had replaced "v7".`,
      `  - ${older} returned before ${newer} was invoked`,
      `  - ${newer} returned before ${stale} was invoked`,
      '',
      'The operations that show it (times in ns):',
      '  process 1  put "v7"  |-----|                                      [1,000, 2,000]',
      '  process 2  put "v9"              |-----------------------------|  [2,500, 5,000]',
      '  process 1  get "v9"                    |-----|                    [3,000, 3,800]',
      `  process 3  get "v7"  ${' '.repeat(30)}|-----|        [4,000, 4,500]  <- cannot be placed`,
    ].join('\n'),
  );
});

interface Told {
  readonly name: string;
  readonly history: string;
  readonly reason: string;
  readonly evidence: readonly string[];
}

const TOLD: readonly Told[] = [
  {
    name: 'a value that nobody wrote',
    history: `
      1 put a [0, 1]
      2 get b [2, 3]`,
    reason: 'process 2\'s get "b" at [2, 3] returned a value that nobody wrote',
    evidence: [],
  },
  {
    name: 'a value that was written later',
    history: `
      2 get b [0, 1]
      1 put b [2, 3]`,
    reason: 'process 2\'s get "b" at [0, 1] returned a value that was not written yet',
    evidence: ['process 1\'s put "b" at [2, 3] was invoked after the get had returned'],
  },
  {
    name: 'a failed write',
    history: `
      1 put b [0, 1]  failed
      2 get b [2, 3]`,
    reason: 'process 2\'s get "b" at [2, 3] returned what surely was not written',
    evidence: ['process 1\'s put "b" at [0, 1] failed'],
  },
  {
    name: 'a put that left nothing',
    history: `
      1 put b      [0, 1]
      2 get absent [2, 3]`,
    reason: 'process 2\'s get absent at [2, 3] came after "b" had replaced absent',
    evidence: [
      'the key was absent at first and nobody deleted it',
      'process 1\'s put "b" at [0, 1] returned before process 2\'s get absent at [2, 3] was invoked',
    ],
  },
  {
    name: 'a deleted value of the load',
    history: `
      load put a [0, 0]
      1 delete   [0, open]
      2 get absent [1, 2]
      2 delete   [3, 4]
      3 get a    [5, 6]`,
    reason: 'process 3\'s get "a" at [5, 6] came after a delete had replaced "a"',
    evidence: [
      'the load\'s put "a" at [0, 0] returned before process 2\'s delete at [3, 4] was invoked',
      'process 2\'s delete at [3, 4] returned before process 3\'s get "a" at [5, 6] was invoked',
    ],
  },
  {
    name: 'an absent key that was deleted before and written after',
    history: `
      1 put a      [0, 1]
      1 delete     [2, 3]
      1 put b      [4, 5]
      2 get absent [6, 7]`,
    reason: 'process 2\'s get absent at [6, 7] came after "b" had replaced absent',
    evidence: [
      'process 1\'s delete at [2, 3] returned before process 1\'s put "b" at [4, 5] was invoked',
      'process 1\'s put "b" at [4, 5] returned before process 2\'s get absent at [6, 7] was invoked',
    ],
  },
  {
    name: 'more than two values, which the operations have to show',
    history: `
      1 put a [0, 10]
      2 put b [11, 20]
      1 put a [15, 100]
      3 get a [31, 40]
      3 get b [41, 50]`,
    reason:
      'process 3\'s get "b" at [41, 50] has no place in any order ' +
      'of the operations that explains the other gets',
    evidence: [],
  },
];

for (const { name, history: text, reason, evidence } of TOLD) {
  test(`violation: says in words: ${name}`, () => {
    const violation = violationOf(history(text));
    assert.equal(violation.reason, reason);
    assert.deepEqual(violation.evidence, evidence);
    assert.ok(violation.operations.includes(violation.unplaced));
  });
}

test('violation: a value that belongs to another key says which', () => {
  const other = history('1 put mine [0, 1]').map((operation) => ({ ...operation, key: 'other' }));
  const { evidence } = violationOf([...other, ...history('2 get mine [2, 3]')]);
  assert.deepEqual(evidence, [
    'the value belongs to another key, "other": process 1\'s put "mine" at [0, 1]',
  ]);
});

test('violation: the smallest part of a long history is left', () => {
  const before = Array.from({ length: 50 }, (_, i) => `1 put x${i} [${10 * i}, ${10 * i + 5}]`);
  const reads = Array.from({ length: 50 }, (_, i) => `2 get x${i} [${10 * i + 6}, ${10 * i + 7}]`);
  const { operations } = violationOf(history([...before, ...reads, '3 get x3 [600, 601]'].join('\n')));
  assert.equal(operations.length, 3);
});

test('violation: open intervals, points and the load are drawn as such', () => {
  const [load, open, , read] = history(`
    load put a [7, 7]
    1 put b    [3, open]
    2 put c    [7, 8]
    3 get a    [9, 9]`) as [Operation, Operation, Operation, Operation];
  const text = formatViolation({
    ...{ key: 'a "quoted" key', operations: [load, open, read], isSmallest: true, unplaced: read },
    ...{ reason: 'r', evidence: [] },
  });
  assert.deepEqual(text.split('\n').slice(-3), [
    '  the load   put "a"  |                    [7, 7]',
    '  process 1  put "b"        |----------->  [3, open]',
    '  process 3  get "a"              |        [9, 9]  <- cannot be placed',
  ]);
  assert.match(text, /^key "a \\"quoted\\" key" is not linearizable:/);
});

test('violation: long values and long lists are cut', () => {
  const value = 'x'.repeat(1000);
  const get = { ...history('1 get x [0, 1]')[0]!, value };
  const operations = [...Array.from({ length: 99 }, (_, i) => ({ ...get, invoke: i, return: i + 1 })), get];
  const lines = formatViolation({ ...violationOf([get]), operations, unplaced: get }).split('\n');
  assert.ok(lines.length < 50);
  assert.match(lines.join('\n'), /60 earlier ones left out/);
  for (const line of lines) assert.ok(line.length < 200);
});
