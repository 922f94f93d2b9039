import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedOf, ParameterError, parseParameters, quickValues, several } from './parameters.ts';

const SPECS = {
  servers: { kind: 'integer', help: 'storage servers', min: 1, max: 32, default: 28 },
  'slo-us': { kind: 'number', help: 'objective', unit: 'us', min: 1, max: 1_000, default: 50 },
  zipf: { kind: 'numbers', help: 'skews', min: 0, max: 3, default: [0, 1.2] },
  service: {
    kind: 'choice',
    help: 'distribution',
    choices: ['constant', 'exponential'],
    default: 'constant',
  },
} as const;

test('parameters: what is not given has its default', () => {
  const expected = { servers: 28, 'slo-us': 50, zipf: [0, 1.2], service: 'constant' };
  assert.deepEqual(parseParameters(SPECS, {}), expected);
});

test('parameters: numbers, lists and choices are read from text', () => {
  const given = { servers: '4', 'slo-us': '1e2', zipf: '0,0.99, 3', service: 'exponential' };
  const expected = { servers: 4, 'slo-us': 100, zipf: [0, 0.99, 3], service: 'exponential' };
  assert.deepEqual(parseParameters(SPECS, given), expected);
});

const refused: readonly { name: string; given: Record<string, string>; code: string; message: RegExp }[] = [
  {
    name: 'text',
    given: { servers: 'many' },
    code: 'NOT_A_NUMBER',
    message: /^--servers many: expected an integer from 1 to 32$/,
  },
  {
    name: 'nothing',
    given: { servers: '' },
    code: 'NOT_A_NUMBER',
    message: /^--servers : expected an integer/,
  },
  {
    name: 'an infinity',
    given: { 'slo-us': 'Infinity' },
    code: 'NOT_A_NUMBER',
    message: /^--slo-us Infinity: expected a number from 1 to 1000 us$/,
  },
  { name: 'too much', given: { servers: '33' }, code: 'OUT_OF_RANGE', message: /^--servers 33: / },
  { name: 'too little', given: { 'slo-us': '0.5' }, code: 'OUT_OF_RANGE', message: /^--slo-us 0\.5: / },
  {
    name: 'a fraction of an integer',
    given: { servers: '2.5' },
    code: 'OUT_OF_RANGE',
    message: /^--servers 2\.5: /,
  },
  {
    name: 'one bad number of a list',
    given: { zipf: '0,4' },
    code: 'OUT_OF_RANGE',
    message: /^--zipf 4: expected numbers separated by commas, each from 0 to 3$/,
  },
  { name: 'a gap in a list', given: { zipf: '0,,1' }, code: 'NOT_A_NUMBER', message: /^--zipf : / },
  {
    name: 'an unknown choice',
    given: { service: 'gamma' },
    code: 'NOT_A_CHOICE',
    message: /^--service gamma: expected one of constant, exponential$/,
  },
];

for (const { name, given, code, message } of refused) {
  test(`parameters: ${name} is refused with the flag and what it accepts`, () => {
    assert.throws(
      () => parseParameters(SPECS, given),
      (error) => {
        assert.ok(error instanceof ParameterError);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('parameters: what a flag accepts is told with its unit', () => {
  assert.equal(expectedOf(SPECS['slo-us']), 'a number from 1 to 1000 us');
});

const LISTS = {
  servers: several({ ...SPECS.servers, quick: 4 }, { default: [1, 2, 28], quick: [1, 28] }),
  systems: {
    kind: 'names',
    help: 'systems',
    choices: ['hashing', 'pegasus', 'other'],
    groups: { both: ['hashing', 'pegasus'] },
    default: ['pegasus'],
  },
} as const;

test('parameters: a list of integers, names and groups of names are read', () => {
  assert.deepEqual(parseParameters(LISTS, {}), { servers: [1, 2, 28], systems: ['pegasus'] });
  const given = { servers: '3,5', systems: 'both, other' };
  const expected = { servers: [3, 5], systems: ['hashing', 'pegasus', 'other'] };
  assert.deepEqual(parseParameters(LISTS, given), expected);
  assert.deepEqual(parseParameters(LISTS, { systems: 'all' }).systems, LISTS.systems.choices);
  assert.throws(() => parseParameters(LISTS, { servers: '3,2.5' }), /expected integers separated by commas/);
  assert.throws(
    () => parseParameters(LISTS, { systems: 'both,none' }),
    /--systems none: expected one or more of hashing, pegasus, other, separated by commas, or all or both/,
  );
});

test('parameters: quick values are of those that have one, and are accepted', () => {
  assert.deepEqual(quickValues({ ...LISTS, ...SPECS, servers: LISTS.servers }), { servers: '1,28' });
});
