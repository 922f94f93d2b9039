/** Updates and reads that the control plane of every target refuses, with the code and the reason. */
import { bits } from '@ballast/wire';
import {
  type ControlCode,
  exact,
  longestPrefix,
  type MatchValue,
  type Program,
  type ReadRequest,
  ternary,
  type Update,
} from '../src/index.ts';
import {
  cacheEntry,
  counterEntry,
  exactly,
  insert,
  masked,
  modify,
  prefix,
  registerEntry,
  remove,
  slotEntry,
  tableEntry,
} from './control-notation.ts';
import { Probe } from './semantics/formats.ts';

/** One piece of state of every kind, small enough to be filled. */
export const controlled: () => Program = new Probe({ a: 8, b: 32, c: 16 }).program((p, { a, b, c }) => {
  const actions = { to: { port: bits(9), mac: bits(48) }, deny: {} };
  const tables = [
    p.table('exact', { match: { a: exact(a), b: exact(b) }, actions, size: 2 }),
    p.table('prefixes', { match: { b: longestPrefix(b) }, actions, size: 8 }),
    p.table('rules', { match: { b: ternary(b), c: longestPrefix(c), a: exact(a) }, actions, size: 8 }),
  ];
  p.register('registers', { wide: bits(64), small: bits(3) }, 3);
  p.counter('counters', 2);
  p.slots('slots', {
    key: { a: bits(5), b: bits(33) },
    record: { v: bits(7) },
    buckets: 1,
    hashes: 1,
    depth: 2,
  });
  p.cache('cache', { key: { a: bits(16) }, record: { v: bits(40) }, size: 4 });
  return () => {
    for (const t of tables) t.apply({ to: () => undefined, deny: () => undefined, miss: () => undefined });
    p.pass();
  };
});

export const ACTION = ['to', 1n, 2n] as const;
export const onExact = (a: bigint, b: bigint) => tableEntry('exact', [exactly(a), exactly(b)], ACTION);
export const onPrefix = (match: MatchValue) => tableEntry('prefixes', [match], ACTION);
export const onRules = (b: MatchValue, priority = 1, c = prefix(0n, 0)) =>
  tableEntry('rules', [b, c, exactly(0n)], ['deny'], priority);

export interface Refusal {
  readonly name: string;
  /** Applied one by one; only the last is refused. */
  readonly updates: readonly [Update, ...Update[]];
  readonly code: ControlCode;
  /** What of the refused update the message must say. */
  readonly message: RegExp;
}

const tableRefusals: readonly Refusal[] = [
  {
    name: 'a table that does not exist',
    updates: [insert(tableEntry('absent', [exactly(1n)], ACTION))],
    code: 'INVALID_ARGUMENT',
    message:
      /^update 0, insert entry of table absent: program semantics has no absent; it has exact, prefixes, rules$/,
  },
  {
    name: 'too few match values',
    updates: [insert(tableEntry('exact', [exactly(1n)], ACTION))],
    code: 'INVALID_ARGUMENT',
    message: /1 match values; the table has 2 keys/,
  },
  {
    name: 'a match of another kind',
    updates: [insert(tableEntry('exact', [exactly(1n), prefix(0n, 0)], ACTION))],
    code: 'INVALID_ARGUMENT',
    message: /key b is exact, not longestPrefix/,
  },
  {
    name: 'a key that is too wide',
    updates: [insert(onExact(256n, 0n))],
    code: 'INVALID_ARGUMENT',
    message: /key a: 256 does not fit 8 bits/,
  },
  {
    name: 'a negative key',
    updates: [insert(onExact(-1n, 0n))],
    code: 'INVALID_ARGUMENT',
    message: /key a: -1 does not fit 8 bits/,
  },
  {
    name: 'a prefix longer than its key',
    updates: [insert(onPrefix(prefix(0n, 33)))],
    code: 'INVALID_ARGUMENT',
    message: /prefix of 33 bits; key b has 32/,
  },
  {
    name: 'a prefix of half a bit',
    updates: [insert(onPrefix(prefix(0n, 0.5)))],
    code: 'INVALID_ARGUMENT',
    message: /prefix of 0.5 bits/,
  },
  {
    name: 'bits behind a prefix',
    updates: [insert(onPrefix(prefix(0x0a00_0001n, 31)))],
    code: 'INVALID_ARGUMENT',
    message: /key b has bits outside of its mask; clear them/,
  },
  {
    name: 'bits outside of a mask',
    updates: [insert(onRules(masked(3n, 2n)))],
    code: 'INVALID_ARGUMENT',
    message: /key b has bits outside of its mask; clear them/,
  },
  {
    name: 'a mask that is too wide',
    updates: [insert(onRules(masked(0n, 1n << 32n)))],
    code: 'INVALID_ARGUMENT',
    message: /mask of key b: 4294967296 does not fit 32 bits/,
  },
  ...[-1, 0x8000_0000, 1.5].map((priority): Refusal => ({
    name: `priority ${priority}`,
    updates: [insert(onRules(masked(0n, 0n), priority))],
    code: 'INVALID_ARGUMENT',
    message: new RegExp(`priority ${priority}; expected an integer from 0 to 2\\^31 - 1`),
  })),
  {
    name: 'a priority in a table without ternary keys',
    updates: [insert({ ...onExact(1n, 1n), priority: 1 })],
    code: 'INVALID_ARGUMENT',
    message: /priorities are for tables with ternary keys/,
  },
  {
    name: 'an action that the table does not have',
    updates: [insert(tableEntry('exact', [exactly(1n), exactly(1n)], ['via']))],
    code: 'INVALID_ARGUMENT',
    message: /no action via; there is to, deny/,
  },
  {
    name: 'too few parameters',
    updates: [insert(tableEntry('exact', [exactly(1n), exactly(1n)], ['to', 1n]))],
    code: 'INVALID_ARGUMENT',
    message: /1 values; expected port, mac/,
  },
  {
    name: 'a parameter for an action without any',
    updates: [insert(tableEntry('exact', [exactly(1n), exactly(1n)], ['deny', 1n]))],
    code: 'INVALID_ARGUMENT',
    message: /1 values; expected none/,
  },
  {
    name: 'a parameter that is too wide',
    updates: [insert(tableEntry('exact', [exactly(1n), exactly(1n)], ['to', 512n, 0n]))],
    code: 'INVALID_ARGUMENT',
    message: /parameter port: 512 does not fit 9 bits/,
  },
  {
    name: 'the same entry twice',
    updates: [insert(onExact(1n, 1n)), insert(tableEntry('exact', [exactly(1n), exactly(1n)], ['deny']))],
    code: 'ALREADY_EXISTS',
    message: /update 0, insert entry of table exact: the entry is there; modify it, or delete it first/,
  },
  {
    name: 'the same ternary match at the same priority twice',
    updates: [
      insert(onRules(masked(1n, 1n), 2)),
      insert(onRules(masked(1n, 1n), 3)),
      insert(onRules(masked(1n, 1n), 2)),
    ],
    code: 'ALREADY_EXISTS',
    message: /the entry is there/,
  },
  {
    name: 'an entry more than the table’s size',
    updates: [insert(onExact(1n, 1n)), insert(onExact(1n, 2n)), insert(onExact(1n, 3n))],
    code: 'RESOURCE_EXHAUSTED',
    message: /all 2 places for it are taken; delete entries, or raise the size in the program/,
  },
  {
    name: 'to a full table, an entry that is there is said to be there',
    updates: [insert(onExact(1n, 1n)), insert(onExact(1n, 2n)), insert(onExact(1n, 2n))],
    code: 'ALREADY_EXISTS',
    message: /the entry is there/,
  },
  {
    name: 'a modification of what is not there',
    updates: [insert(onPrefix(prefix(0n, 1))), modify(onPrefix(prefix(0n, 2)))],
    code: 'NOT_FOUND',
    message: /update 0, modify entry of table prefixes: there is no such entry; insert it first/,
  },
  {
    name: 'a deletion at another priority',
    updates: [insert(onRules(masked(1n, 1n), 2)), remove(onRules(masked(1n, 1n), 1))],
    code: 'NOT_FOUND',
    message: /update 0, delete entry of table rules: there is no such entry/,
  },
  {
    name: 'a second deletion',
    updates: [insert(onExact(1n, 1n)), remove(onExact(1n, 1n)), remove(onExact(1n, 1n))],
    code: 'NOT_FOUND',
    message: /there is no such entry/,
  },
];

const arrayRefusals: readonly Refusal[] = [
  {
    name: 'a register that does not exist',
    updates: [modify(registerEntry('counters', 0, [0n, 0n]))],
    code: 'INVALID_ARGUMENT',
    message: /^update 0, modify register counters\[0\]: program semantics has no counters; it has registers$/,
  },
  ...(['insert', 'delete'] as const).flatMap((type): Refusal[] => [
    {
      name: `${type} of a register`,
      updates: [{ type, entity: registerEntry('registers', 0, [0n, 0n]) }],
      code: 'INVALID_ARGUMENT',
      message: new RegExp(`cannot ${type}; its entries are always there, modify them`),
    },
    {
      name: `${type} of a counter`,
      updates: [{ type, entity: counterEntry('counters', 0, 0n, 0n) }],
      code: 'INVALID_ARGUMENT',
      message: new RegExp(`cannot ${type}; its entries are always there`),
    },
  ]),
  ...[3, -1, 0.5, Number.NaN].flatMap((index): Refusal[] => [
    {
      name: `index ${index} of a register of 3`,
      updates: [modify(registerEntry('registers', index, [0n, 0n]))],
      code: 'INVALID_ARGUMENT',
      message: new RegExp(`index ${index}; expected an integer from 0 to 2`),
    },
    {
      name: `index ${index} of a counter of 2`,
      updates: [modify(counterEntry('counters', index, 0n, 0n))],
      code: 'INVALID_ARGUMENT',
      message: new RegExp(`index ${index}; expected an integer from 0 to 1`),
    },
  ]),
  {
    name: 'a record of too many cells',
    updates: [modify(registerEntry('registers', 0, [0n, 0n, 0n]))],
    code: 'INVALID_ARGUMENT',
    message: /3 values; expected wide, small/,
  },
  {
    name: 'a cell that is too wide',
    updates: [modify(registerEntry('registers', 0, [1n << 64n, 0n]))],
    code: 'INVALID_ARGUMENT',
    message: /cell wide: 18446744073709551616 does not fit 64 bits/,
  },
  {
    name: 'a counter of more than 2^53',
    updates: [modify(counterEntry('counters', 0, 0n, 1n << 53n))],
    code: 'INVALID_ARGUMENT',
    message: /value bytes: 9007199254740992 does not fit 53 bits/,
  },
];

const storeRefusals: readonly Refusal[] = [
  {
    name: 'slots that do not exist',
    updates: [insert(slotEntry('cache', [1n], [1n]))],
    code: 'INVALID_ARGUMENT',
    message: /^update 0, insert entry of slots cache: program semantics has no cache; it has slots$/,
  },
  {
    name: 'a slot key of too few parts',
    updates: [insert(slotEntry('slots', [1n], [1n]))],
    code: 'INVALID_ARGUMENT',
    message: /1 values; expected a, b/,
  },
  {
    name: 'a slot key that is too wide',
    updates: [remove(slotEntry('slots', [32n, 0n], []))],
    code: 'INVALID_ARGUMENT',
    message: /key a: 32 does not fit 5 bits/,
  },
  {
    name: 'a slot record that is too wide',
    updates: [insert(slotEntry('slots', [1n, 1n], [128n]))],
    code: 'INVALID_ARGUMENT',
    message: /cell v: 128 does not fit 7 bits/,
  },
  {
    name: 'a slot key that is there',
    updates: [insert(slotEntry('slots', [1n, 1n], [1n])), insert(slotEntry('slots', [1n, 1n], [2n]))],
    code: 'ALREADY_EXISTS',
    message: /insert entry of slots slots: the entry is there/,
  },
  {
    name: 'a slot key whose cells are taken',
    updates: [1n, 2n, 3n].map((b) => insert(slotEntry('slots', [1n, b], [1n]))) as [Update, ...Update[]],
    code: 'RESOURCE_EXHAUSTED',
    message: /all 2 places for it are taken/,
  },
  {
    name: 'a modification of a slot that is not there',
    updates: [modify(slotEntry('slots', [1n, 1n], [1n]))],
    code: 'NOT_FOUND',
    message: /modify entry of slots slots: there is no such entry/,
  },
  {
    name: 'a deletion of a slot that is not there',
    updates: [remove(slotEntry('slots', [1n, 1n], [1n]))],
    code: 'NOT_FOUND',
    message: /delete entry of slots slots: there is no such entry/,
  },
  {
    name: 'a cache that does not exist',
    updates: [insert(cacheEntry('slots', [1n, 1n], [1n]))],
    code: 'INVALID_ARGUMENT',
    message: /^update 0, insert entry of cache slots: program semantics has no slots; it has cache$/,
  },
  {
    name: 'a cache key that is too wide',
    updates: [insert(cacheEntry('cache', [1n << 16n], [1n]))],
    code: 'INVALID_ARGUMENT',
    message: /key a: 65536 does not fit 16 bits/,
  },
  {
    name: 'a cache record of no cells',
    updates: [insert(cacheEntry('cache', [1n], []))],
    code: 'INVALID_ARGUMENT',
    message: /0 values; expected v/,
  },
  {
    name: 'a modification of what a cache does not hold',
    updates: [modify(cacheEntry('cache', [1n], [1n]))],
    code: 'NOT_FOUND',
    message: /modify entry of cache cache: there is no such entry/,
  },
  {
    name: 'a deletion of what a cache does not hold',
    updates: [insert(cacheEntry('cache', [1n], [1n])), remove(cacheEntry('cache', [2n], [1n]))],
    code: 'NOT_FOUND',
    message: /delete entry of cache cache: there is no such entry/,
  },
];

export const readRefusals: readonly { readonly request: ReadRequest; readonly message: RegExp }[] = [
  ...(['table', 'register', 'counter', 'slot', 'cache'] as const).map((entity) => ({
    request: { entity, name: 'nothing' },
    message: new RegExp(`read ${entity} nothing: program semantics has no nothing; it has`),
  })),
  {
    request: { entity: 'register', name: 'registers', index: 3 },
    message: /index 3; expected an integer from 0 to 2/,
  },
  {
    request: { entity: 'counter', name: 'counters', index: -1 },
    message: /index -1; expected an integer from 0 to 1/,
  },
];

export const writeRefusals: readonly Refusal[] = [...tableRefusals, ...arrayRefusals, ...storeRefusals];
