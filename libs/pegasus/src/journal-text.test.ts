import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LedgerRecord } from './controller-ledger.ts';
import { journalHeader, journalLine, replayJournal } from './journal-text.ts';

const RECORDS: readonly LedgerRecord[] = [
  { kind: 'start' },
  { kind: 'ring', runs: [[16_384, 3]] },
  { kind: 'member', server: 2, incarnation: 7, status: 'live', epoch: 9 },
  { kind: 'open', generation: 4, key: 'c3a9', holders: 5 },
];

function journalOf(records: readonly LedgerRecord[]): Buffer {
  return Buffer.concat([journalHeader(), ...records.map(journalLine)]);
}

test('journal: what was written is read again, and so is nothing', () => {
  const bytes = journalOf(RECORDS);
  assert.deepEqual(replayJournal(bytes), { records: RECORDS, validBytes: bytes.length, damage: null });
  assert.deepEqual(replayJournal(new Uint8Array(0)), { records: [], validBytes: 0, damage: null });
});

test('journal: cut at any byte it holds the whole lines before, and is torn unless none was cut', () => {
  const bytes = journalOf(RECORDS);
  const ends = [0, ...[...bytes.keys()].filter((at) => bytes[at] === 0x0a).map((at) => at + 1)];
  for (let length = 0; length <= bytes.length; length++) {
    const { records, validBytes, damage } = replayJournal(bytes.subarray(0, length));
    const whole = ends.filter((end) => end <= length);
    assert.equal(validBytes, whole.at(-1), `cut at ${length}`);
    assert.deepEqual(records, RECORDS.slice(0, Math.max(0, whole.length - 2)));
    assert.equal(damage?.kind ?? 'none', length === validBytes ? 'none' : 'torn', `cut at ${length}`);
  }
});

test('journal: no flipped bit goes unnoticed, and only in the last line it may look like a torn tail', () => {
  const bytes = journalOf(RECORDS);
  const lastStart = bytes.length - journalLine(RECORDS.at(-1)!).length;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Uint8Array.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const { damage } = replayJournal(flipped);
    assert.ok(damage !== null, `bit ${bit}`);
    assert.ok(damage.kind === 'damaged' || damage.at >= lastStart, `bit ${bit} before the last line`);
  }
});

test('journal: last sectors that were never written are a torn tail', () => {
  const whole = journalOf(Array.from({ length: 30 }, () => RECORDS[2]!));
  for (let sector = 512; sector < whole.length; sector += 512) {
    const bytes = Uint8Array.from(whole).fill(0, sector);
    const { damage, validBytes, records } = replayJournal(bytes);
    assert.equal(damage?.kind, 'torn');
    assert.ok(validBytes <= sector && records.length > 0);
  }
});

test('journal: of another format, or no journal at all, is refused with the reason', () => {
  const cases: [text: string, reason: RegExp][] = [
    ['ballast controller journal 2\n', /has format 2, and this program reads 1/],
    ['something else\n', /is no journal of Ballast/],
    ['something else', /is no journal of Ballast/],
  ];
  for (const [text, reason] of cases) {
    const { damage } = replayJournal(new TextEncoder().encode(text));
    assert.ok(damage?.kind === 'damaged');
    assert.match(damage.reason, reason);
  }
});
