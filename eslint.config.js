import nxModule from '@nx/eslint-plugin/nx';
import { defineConfig, globalIgnores } from 'eslint/config';
import { createProjectGraphAsync } from 'nx/src/devkit-exports.js';
import tseslint from 'typescript-eslint';
import { depConstraints, isPure } from './tools/lint/src/layers.ts';
import { purityRules, unseededRules } from './tools/lint/src/purity.ts';
import { testRules, typedRules } from './tools/lint/src/typed.ts';
import { findRooms } from './tools/workspace/src/index.ts';

/** The plugin's types describe a CommonJS default that Node unwraps. */
const nxPlugin = /** @type {import('eslint').ESLint.Plugin} */ (/** @type {unknown} */ (nxModule));

// The rule of the boundaries reads the graph from Nx's cache, and passes everything when there is none.
await createProjectGraphAsync();

const pureRooms = findRooms().filter(({ tags }) => isPure(tags));
/** What runs a pure room rather than being part of it. */
const runners = ['**/*.test.ts', '*/*/{test,testing,bench,examples}/**'];

export default defineConfig(
  globalIgnores(['.nx/', '.test-results/', 'out/']),
  {
    files: ['**/*.ts', '**/*.js'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@nx': nxPlugin },
    rules: {
      ...typedRules,
      ...unseededRules,
      '@nx/enforce-module-boundaries': ['error', { depConstraints, banTransitiveDependencies: true }],
    },
  },
  {
    files: pureRooms.map(({ folder }) => `${folder}/**/*.ts`),
    ignores: runners,
    rules: purityRules,
  },
  {
    files: runners,
    rules: testRules,
  },
);
