import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLinearizableByBruteForce } from '../../test/brute-force.ts';
import { history } from '../../test/history-notation.ts';
import { checkLinearizable } from './check.ts';

interface SmallHistory {
  readonly shows: string;
  readonly history: string;
}

const LINEARIZABLE: readonly SmallHistory[] = [
  { shows: 'the empty history', history: '' },
  { shows: 'a read of a key that was never there', history: '1 get absent [0, 1]' },
  {
    shows: 'one after the other',
    history: `
      1 put a      [0, 1]
      2 get a      [2, 3]
      1 put b      [4, 5]
      2 get b      [6, 7]
      1 delete     [8, 9]
      2 get absent [10, 11]`,
  },
  {
    shows: 'a read of the load',
    history: `
      load put a [0, 0]
      1 get a    [0, 1]`,
  },
  {
    shows: 'a read during a write returns the old value',
    history: `
      1 put a [0, 1]
      1 put b [2, 9]
      2 get a [3, 4]`,
  },
  {
    shows: 'a read during a write returns the new value',
    history: `
      1 put a [0, 1]
      1 put b [2, 9]
      2 get b [3, 4]`,
  },
  {
    shows: 'old then new, read during one write',
    history: `
      1 put a [0, 1]
      1 put b [2, 9]
      2 get a [3, 4]
      3 get b [5, 6]`,
  },
  {
    shows: 'concurrent writes, seen in the order in which they were not invoked',
    history: `
      1 put a [0, 9]
      2 put b [1, 9]
      3 get b [10, 11]
      4 get b [12, 13]
      1 put c [14, 15]`,
  },
  {
    shows: 'a write that nobody sees, hidden under a concurrent one',
    history: `
      1 put a [0, 9]
      2 put b [5, 6]
      3 get a [10, 11]`,
  },
  {
    shows: 'a put and a get that touch at one instant are concurrent: the old value',
    history: `
      1 put a      [0, 10]
      2 get absent [10, 20]`,
  },
  {
    shows: 'a get that returns at the instant at which the put is invoked may see it',
    history: `
      1 get a [0, 10]
      2 put a [10, 20]`,
  },
  {
    shows: 'operations of no length at one instant, in any order',
    history: `
      1 put a [5, 5]
      2 put b [5, 5]
      3 get a [5, 5]
      4 get b [5, 5]
      5 get a [6, 6]`,
  },
  {
    shows: 'one value written twice, read again after another',
    history: `
      1 put a [0, 1]
      1 put b [2, 3]
      2 put a [4, 5]
      3 get a [6, 7]`,
  },
  {
    shows: 'one value written twice at once, read on both sides of another',
    history: `
      1 put a [0, 20]
      2 put a [0, 20]
      3 put b [0, 20]
      4 get a [1, 2]
      4 get b [3, 4]
      4 get a [5, 6]`,
  },
  {
    shows: 'an open write that takes effect at once',
    history: `
      1 put a [0, open]
      2 get a [1, 2]`,
  },
  {
    shows: 'an open write that takes effect late, over a newer value',
    history: `
      1 put a [0, open]
      2 put b [1, 2]
      3 get b [3, 4]
      3 get a [100, 101]
      4 get a [200, 201]`,
  },
  {
    shows: 'an open write that never takes effect',
    history: `
      1 put a      [0, open]
      2 get absent [100, 101]`,
  },
  {
    shows: 'an open delete that takes effect late',
    history: `
      1 put a      [0, 1]
      2 delete     [2, open]
      3 get a      [3, 4]
      3 get absent [5, 6]`,
  },
  {
    shows: 'two open writes of one value take effect once each',
    history: `
      1 put a [0, open]
      2 put a [0, open]
      3 put b [1, 2]
      3 get a [3, 4]
      3 put c [5, 6]
      3 get a [7, 8]`,
  },
  {
    shows: 'an open get says nothing',
    history: `
      1 put a [0, 1]
      2 get   [2, open]`,
  },
  {
    shows: 'failed operations are not there',
    history: `
      1 put a      [0, 1]
      2 put b      [2, 3]  failed
      2 delete     [4, 5]  failed
      2 get absent [6, 7]  failed
      3 get a      [8, 9]`,
  },
  {
    shows: 'a get that returns as the put it saw begins, a put of the same value being hidden before',
    history: `
      1 put a [0, 3]
      2 put b [0, 5]
      3 get a [1, 2]
      4 get b [4, 10]
      3 get a [6, 7]
      1 put b [10, 11]`,
  },
  {
    shows: 'a put hidden under the second of two equal ones, though the first would show the same',
    history: `
      4 put a [6, 11]
      3 put a [7, 7]
      2 put b [7, 9]
      5 get b [9, 22]
      3 get a [10, 10]
      2 put b [11, 13]
      6 get a [11, 15]
      4 get a [16, 17]`,
  },
  {
    shows: 'a delete under a concurrent put',
    history: `
      1 put a      [0, 1]
      1 put b      [2, 9]
      2 delete     [2, 9]
      3 get absent [3, 4]
      3 get b      [5, 6]`,
  },
];

const NOT_LINEARIZABLE: readonly SmallHistory[] = [
  { shows: 'a read of a value that was never written', history: '1 get a [0, 1]' },
  {
    shows: 'a read of a value before it was written',
    history: `
      1 get a [0, 1]
      2 put a [2, 3]`,
  },
  {
    shows: 'a stale read after a write had returned',
    history: `
      1 put a [0, 1]
      1 put b [2, 3]
      2 get a [4, 5]`,
  },
  {
    shows: 'a stale read of the load',
    history: `
      load put a [0, 0]
      1 put b    [0, 3]
      2 get a    [4, 5]`,
  },
  {
    shows: 'the load does not come again, though its time is that of an operation',
    history: `
      load put a [5, 5]
      1 put b    [0, 5]
      2 get a    [6, 7]`,
  },
  {
    shows: 'a lost update: the value before it is back',
    history: `
      1 put a [0, 1]
      2 get a [2, 3]
      2 put b [4, 5]
      3 get b [6, 7]
      3 get a [8, 9]`,
  },
  {
    shows: 'a put that returned and left nothing',
    history: `
      1 put a      [0, 1]
      2 get absent [2, 3]`,
  },
  {
    shows: 'new-old inversion: two reads during one write',
    history: `
      1 put a [0, 1]
      1 put b [2, 9]
      2 get b [3, 4]
      3 get a [5, 6]`,
  },
  {
    shows: 'two readers see two writes in opposite orders',
    history: `
      1 put a [0, 20]
      2 put b [0, 20]
      3 get a [1, 2]
      3 get b [5, 6]
      4 get b [1, 2]
      4 get a [5, 6]`,
  },
  {
    shows: 'concurrent writes, and a third value shown between',
    history: `
      1 put a [0, 9]
      2 put b [0, 9]
      3 get a [10, 11]
      3 get b [12, 13]`,
  },
  {
    shows: 'a read of a deleted key',
    history: `
      1 put a  [0, 1]
      1 delete [2, 3]
      2 get a  [4, 5]`,
  },
  {
    shows: 'a value that is back after it was seen deleted',
    history: `
      1 put a      [0, 1]
      2 delete     [2, 20]
      3 get absent [3, 4]
      3 get a      [5, 6]`,
  },
  {
    shows: 'absent again after a put that nobody deleted, one delete being spent before',
    history: `
      1 put a      [0, 1]
      1 delete     [2, 3]
      1 put b      [4, 5]
      2 get absent [6, 7]`,
  },
  {
    shows: 'a failed write that shows',
    history: `
      1 put a [0, 1]  failed
      2 get a [2, 3]`,
  },
  {
    shows: 'a failed delete that shows',
    history: `
      1 put a      [0, 1]
      1 delete     [2, 3]  failed
      2 get absent [4, 5]`,
  },
  {
    shows: 'an open write that takes effect twice',
    history: `
      1 put a [0, open]
      2 get a [1, 2]
      2 put b [3, 4]
      2 get b [5, 6]
      2 get a [7, 8]`,
  },
  {
    shows: 'an open write that takes effect before it was invoked',
    history: `
      2 get a [0, 1]
      1 put a [2, open]`,
  },
  {
    shows: 'an open write that is seen and then undone',
    history: `
      1 put a [0, 1]
      2 put b [2, open]
      3 get b [3, 4]
      3 get a [5, 6]`,
  },
  {
    shows: 'two open writes of one value take effect three times',
    history: `
      1 put a [0, open]
      2 put a [0, open]
      3 put b [1, 2]
      3 get a [3, 4]
      3 put c [5, 6]
      3 get a [7, 8]
      3 put d [9, 10]
      3 get a [11, 12]`,
  },
  {
    shows: 'one value written twice, and seen a third time',
    history: `
      1 put a [0, 1]
      1 put b [2, 3]
      1 put a [4, 5]
      1 put c [6, 7]
      2 get a [8, 9]`,
  },
  {
    shows: 'one value written twice at once does not come back a third time',
    history: `
      1 put a [0, 20]
      2 put a [0, 20]
      3 put b [0, 20]
      4 get a [1, 2]
      4 get b [3, 4]
      4 get a [5, 6]
      4 get b [7, 8]`,
  },
  {
    shows: 'three readers in a ring, every two of whom agree',
    history: `
      1 put a [0, 30]
      2 put b [0, 30]
      3 put c [0, 30]
      4 get a [1, 2]
      4 get b [5, 6]
      5 get b [1, 2]
      5 get c [5, 6]
      6 get c [1, 2]
      6 get a [5, 6]`,
  },
  {
    shows: 'a tick after the boundary a get must see the put',
    history: `
      1 put a      [0, 10]
      2 get absent [11, 20]`,
  },
];

for (const { shows, history: text } of LINEARIZABLE) {
  test(`linearizability: accepts ${shows}`, () => {
    assert.equal(checkLinearizable(history(text)).verdict, 'ok');
    assert.ok(isLinearizableByBruteForce(history(text)));
  });
}

for (const { shows, history: text } of NOT_LINEARIZABLE) {
  test(`linearizability: refuses ${shows}`, () => {
    const verdict = checkLinearizable(history(text));
    assert.equal(verdict.verdict, 'violation');
    assert.ok(!isLinearizableByBruteForce(history(text)));
    assert.equal(verdict.violation.key, 'k');
    assert.ok(!isLinearizableByBruteForce(verdict.violation.operations));
  });
}

test('linearizability: the order in which operations are listed does not matter', () => {
  for (const { history: text } of LINEARIZABLE) {
    assert.equal(checkLinearizable(history(text).reverse()).verdict, 'ok');
  }
  for (const { history: text } of NOT_LINEARIZABLE) {
    assert.equal(checkLinearizable(history(text).reverse()).verdict, 'violation');
  }
});

test('linearizability: keys are judged apart, and a bad one is named', () => {
  const good = history('1 put a [0, 1]').map((operation) => ({ ...operation, key: 'good' }));
  const bad = history('1 get a [2, 3]').map((operation) => ({ ...operation, key: 'bad' }));
  const verdict = checkLinearizable([...good, ...bad]);
  assert.equal(verdict.verdict, 'violation');
  assert.equal(verdict.violation.key, 'bad');
  assert.equal(verdict.keys, 2);
  assert.equal(verdict.operations, 2);
});
