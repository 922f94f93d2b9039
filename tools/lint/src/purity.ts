import { builtinModules } from 'node:module';
import type { Linter } from 'eslint';

/** The same cure for whatever tells the time or waits. */
const TAKE_TIME =
  'A pure room is told the time: take `now: Nanos`, set `deadlineNs` and let the runner wait.';
const TAKE_PRNG = 'Take a seeded Prng, so that a run can be replayed from its seed.';
const NO_IO =
  'A pure room does no I/O: take values in, hand frames or effects out; fabric and apps do the rest.';

const GLOBALS_BANNED: Readonly<Record<string, string>> = {
  Date: TAKE_TIME,
  performance: TAKE_TIME,
  setTimeout: TAKE_TIME,
  setInterval: TAKE_TIME,
  setImmediate: TAKE_TIME,
  queueMicrotask: TAKE_TIME,
  crypto: TAKE_PRNG,
  process: NO_IO,
  fetch: NO_IO,
  console: NO_IO,
  require: NO_IO,
  globalThis: 'Every global that a pure room may use has a name of its own.',
};

const builtins = builtinModules.filter((name) => !name.startsWith('node:')).join('|');

/** For every file: a run that cannot be replayed is of no use anywhere. */
export const unseededRules: Linter.RulesRecord = {
  'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: TAKE_PRNG }],
};

/** For the sources of pure rooms: no clock, no timer, no randomness of their own, no I/O. */
export const purityRules: Linter.RulesRecord = {
  'no-restricted-globals': [
    'error',
    ...Object.entries(GLOBALS_BANNED).map(([name, message]) => ({ name, message })),
  ],
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        { regex: `^(node:.*|(${builtins})(/.*)?)$`, message: NO_IO },
        { regex: '/testing$', message: 'A harness for tests is imported by tests.' },
      ],
    },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: 'ImportExpression', message: `Import statically. ${NO_IO}` },
    { selector: 'MetaProperty[meta.name="import"]', message: NO_IO },
  ],
};
