import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frontier, UNREAD } from './frontier.ts';

interface Row {
  readonly value: number;
  readonly covered: number;
  readonly bits: readonly number[];
}

const READ_SLOT = 0;
const WRITE_SLOTS = [1, 40];
const readSlots = new Uint32Array([1 << READ_SLOT, 0]);

function commit(frontier: Frontier, { value, covered, bits }: Row): void {
  const draft = frontier.draft();
  frontier.switchDraft(value, covered);
  for (const slot of bits) frontier.set(draft, slot);
  frontier.commit(covered, readSlots);
}

function frontierOf(...rows: Row[]): Frontier {
  const frontier = new Frontier(41, 8);
  for (const row of rows) commit(frontier, row);
  return frontier;
}

const [write, farWrite] = WRITE_SLOTS as [number, number];
const better: readonly { name: string; better: Row; worse: Row }[] = [
  {
    name: 'the same twice',
    better: { value: 1, covered: 5, bits: [write] },
    worse: { value: 1, covered: 5, bits: [write] },
  },
  {
    name: 'a read served',
    better: { value: 1, covered: 5, bits: [READ_SLOT] },
    worse: { value: 1, covered: 5, bits: [] },
  },
  {
    name: 'a write not spent',
    better: { value: 1, covered: 5, bits: [] },
    worse: { value: 1, covered: 5, bits: [farWrite] },
  },
  {
    name: 'more covered',
    better: { value: 1, covered: 6, bits: [] },
    worse: { value: 1, covered: 5, bits: [] },
  },
  {
    name: 'any value rather than one that nobody will read, whatever that covers',
    better: { value: 1, covered: 5, bits: [] },
    worse: { value: UNREAD, covered: 6, bits: [] },
  },
];

for (const { name, better: a, worse: b } of better) {
  test(`frontier: of two configurations the better one stays: ${name}`, () => {
    for (const frontier of [frontierOf(a, b), frontierOf(b, a)]) {
      assert.equal(frontier.count, 1);
      assert.equal(frontier.valueAt(0), a.value);
      assert.equal(frontier.coveredAt(0), a.covered);
      for (const slot of [READ_SLOT, ...WRITE_SLOTS])
        assert.equal(frontier.isSet(0, slot), a.bits.includes(slot));
    }
  });
}

test('frontier: configurations of which neither is better both stay', () => {
  const pairs: readonly [Row, Row][] = [
    [
      { value: 1, covered: 5, bits: [] },
      { value: 2, covered: 5, bits: [] },
    ],
    [
      { value: 1, covered: 6, bits: [write] },
      { value: 1, covered: 5, bits: [] },
    ],
    [
      { value: 1, covered: 5, bits: [READ_SLOT, farWrite] },
      { value: 1, covered: 5, bits: [] },
    ],
    [
      { value: UNREAD, covered: 5, bits: [] },
      { value: 1, covered: 5, bits: [write] },
    ],
  ];
  for (const [a, b] of pairs) {
    assert.equal(frontierOf(a, b).count, 2);
    assert.equal(frontierOf(b, a).count, 2);
  }
});

test('frontier: a configuration better than several replaces them all', () => {
  const worse = [1, 2, 3].map((covered) => ({ value: 1, covered, bits: covered === 2 ? [] : [write] }));
  const other = { value: 2, covered: 0, bits: [] };
  const frontier = frontierOf(...worse, other, { value: 1, covered: 9, bits: [] });
  assert.equal(frontier.count, 2);
  assert.deepEqual([frontier.valueAt(0), frontier.valueAt(1)].sort(), [1, 2]);
});

test('frontier: what does not fit is left out, and it tells', () => {
  const frontier = new Frontier(41, 2);
  for (const value of [1, 2]) commit(frontier, { value, covered: 0, bits: [] });
  assert.equal(frontier.truncated, false);
  commit(frontier, { value: 2, covered: 0, bits: [] });
  assert.equal(frontier.truncated, false);
  commit(frontier, { value: 3, covered: 0, bits: [] });
  assert.equal(frontier.truncated, true);
  assert.equal(frontier.count, 2);
});

test('frontier: a copy takes all words along', () => {
  const source = frontierOf({ value: 7, covered: 3, bits: [READ_SLOT, farWrite] });
  const target = new Frontier(41, 8);
  const draft = target.draftCopy(source, 0);
  target.commit(target.coveredAt(draft), readSlots);
  assert.equal(target.valueAt(0), 7);
  assert.equal(target.coveredAt(0), 3);
  assert.ok(target.isSet(0, READ_SLOT) && target.isSet(0, farWrite) && !target.isSet(0, write));
  target.unset(0, farWrite);
  assert.ok(!target.isSet(0, farWrite) && source.isSet(0, farWrite));
});
