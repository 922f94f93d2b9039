import type { Linter } from 'eslint';

/** Where we differ from typescript-eslint's strict rules, each time for the reason beside it. */
export const typedRules: Linter.RulesRecord = {
  eqeqeq: 'error',
  'no-self-compare': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],

  // Allowed after a bounded typed-array index, which no rule can tell from the rest.
  '@typescript-eslint/no-non-null-assertion': 'off',
  // `return out.push(…)` ends a branch of a step; `() => core.drain(sink)` is a callback.
  '@typescript-eslint/no-confusing-void-expression': [
    'error',
    { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
  ],
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  '@typescript-eslint/no-unnecessary-condition': [
    'error',
    { allowConstantLoopConditions: 'only-allowed-literals' },
  ],
  // Our texts that are taken apart by character are hexadecimal digits and drawings in ASCII.
  '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  // The runner awaits what these return.
  '@typescript-eslint/no-floating-promises': [
    'error',
    {
      allowForKnownSafeCalls: [
        { from: 'package', package: 'node:test', name: ['describe', 'it', 'suite', 'test'] },
      ],
    },
  ],
};

/** For tests: they compare records field by field through a spread, and hold methods of counting objects. */
export const testRules: Linter.RulesRecord = {
  '@typescript-eslint/no-misused-spread': 'off',
  '@typescript-eslint/unbound-method': 'off',
};
