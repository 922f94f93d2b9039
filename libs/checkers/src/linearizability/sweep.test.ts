import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEVER } from '@ballast/base';
import { history } from '../../test/history-notation.ts';
import { HistoryColumns } from '../history-columns.ts';
import { Budget } from './budget.ts';
import { partitionByKey } from './partition.ts';
import { RegisterHistoryBuilder } from './register-history.ts';
import { sweep, type SweepResult } from './sweep.ts';

function sweepText(text: string, room: number): SweepResult {
  const columns = HistoryColumns.from(history(text));
  const register = new RegisterHistoryBuilder(columns).build(partitionByKey(columns)[0]!);
  const budget = new Budget({ stepsMax: 1_000, elapsedNs: () => 0, elapsedNsMax: NEVER });
  return sweep(register, budget, { first: 1, factor: 2, most: room });
}

/** When the first get of y returns the register must have stopped at x, for which there are two puts. */
const STOP_ON_THE_WAY = `
  1 put x [0, 20]
  2 put x [0, 20]
  3 put y [0, 3]
  4 get x [0, 5]
  5 get y [1, 2]
  6 get y [6, 7]
  7 get x [15, 16]`;

test('sweep: with room for one configuration stops are not tried, and failing means unknown', () => {
  const result = sweepText(STOP_ON_THE_WAY, 1);
  assert.equal(result.outcome, 'unknown');
  assert.equal(result.limit, 'memory');
});

test('sweep: a sweep that lost configurations and died is done again with more room', () => {
  assert.equal(sweepText(STOP_ON_THE_WAY, 4).outcome, 'ok');
});

test('sweep: with distinct values room for one configuration is enough', () => {
  const text = `
    1 put a [0, 20]
    2 put b [0, 20]
    3 put c [0, 20]
    4 get a [1, 19]
    5 get b [1, 19]
    6 get c [1, 19]
    7 get b [2, 3]
    8 get c [21, 22]`;
  assert.equal(sweepText(text, 1).outcome, 'ok');
  assert.equal(sweepText(`${text}\n8 get a [23, 24]`, 1).outcome, 'violation');
});
