import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Operation, PRELOAD_PROCESS } from '@ballast/checkers';
import { lostWrites } from './lost-writes.ts';

const END = 1_000;

function put(value: string, invoke: number, returned: number | null, key = 'k'): Operation {
  const outcome = returned === null ? 'unknown' : 'ok';
  return { process: 1, invoke, return: returned, operation: 'put', key, value, outcome };
}

function read(value: string | null, invoke = END, key = 'k'): Operation {
  return { process: 2, invoke, return: invoke + 5, operation: 'get', key, value, outcome: 'ok' };
}

const preload: Operation = { ...put('0', 0, 0), process: PRELOAD_PROCESS };

const cases: readonly { name: string; history: readonly Operation[]; lost: number; unread?: number }[] = [
  { name: 'the newest write is there', history: [put('a', 1, 2), put('b', 3, 4), read('b')], lost: 0 },
  { name: 'an older one is there', history: [put('a', 1, 2), put('b', 3, 4), read('a')], lost: 1 },
  { name: 'what was there before all is back', history: [preload, put('a', 1, 2), read('0')], lost: 1 },
  { name: 'nothing is there', history: [put('a', 1, 2), put('b', 3, 4), read(null)], lost: 2 },
  {
    name: 'two at once may take effect in any order',
    history: [put('a', 1, 9), put('b', 3, 4), read('a')],
    lost: 0,
  },
  {
    name: 'a write that nobody heard of won',
    history: [put('a', 1, 2), put('b', 3, null), read('b')],
    lost: 0,
  },
  {
    name: 'a write that nobody heard of is gone',
    history: [put('a', 1, 2), put('b', 3, null), read('a')],
    lost: 0,
  },
  {
    name: 'a stale read during the run is no loss',
    history: [put('a', 1, 2), read(null, 5), read('a')],
    lost: 0,
  },
  { name: 'no read at the end', history: [put('a', 1, 2), read('a', 5)], lost: 0, unread: 1 },
  {
    name: 'another key',
    history: [put('a', 1, 2), read('a'), put('b', 3, 4, 'm'), read(null, END, 'm')],
    lost: 1,
  },
];

for (const { name, history, lost, unread = 0 } of cases) {
  test(`lost writes: ${name}`, () => assert.deepEqual(lostWrites(history, END), { lost, unread }));
}
