import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { workspaceRoot } from '@ballast/workspace';

/** The linter as configured for this tree, without the rules that would first type-check it. */
const eslint = new ESLint({ cwd: workspaceRoot, overrideConfig: tseslint.configs.disableTypeChecked });

/** What the linter says about a text, if it stood in a file of this name: 'rule: message'. */
async function lint(filePath: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: join(workspaceRoot, filePath) });
  return (result?.messages ?? []).map(({ ruleId, message }) => `${ruleId ?? 'parser'}: ${message}`);
}

async function assertRefused(filePath: string, text: string, expected: RegExp): Promise<void> {
  const messages = await lint(filePath, text);
  assert.equal(messages.length, 1, `${text}: ${messages.join(' | ')}`);
  assert.match(messages[0] ?? '', expected, text);
}

async function assertAccepted(filePath: string, text: string): Promise<void> {
  assert.deepEqual(await lint(filePath, text), [], text);
}

describe('lint: a pure room', () => {
  const source = 'libs/pegasus/src/fixture.ts';

  test('lint: a clock or a timer is refused, and the message says where time comes from', async () => {
    const texts = [
      'export const now = Date.now();',
      'export const now = new Date();',
      'export const now = performance.now();',
      'setTimeout(() => undefined, 1);',
      'setInterval(() => undefined, 1);',
      'setImmediate(() => undefined);',
      'queueMicrotask(() => undefined);',
    ];
    for (const text of texts) await assertRefused(source, text, /no-restricted-globals.*take `now: Nanos`/);
  });

  test('lint: randomness without a seed is refused, and the message says to take a Prng', async () => {
    await assertRefused(source, 'export const a = Math.random();', /no-restricted-properties.*seeded Prng/);
    await assertRefused(
      source,
      "export const a = Math['random']();",
      /no-restricted-properties.*seeded Prng/,
    );
    await assertRefused(source, 'export const { random } = Math;', /no-restricted-properties.*seeded Prng/);
    await assertRefused(
      source,
      'export const a = crypto.randomUUID();',
      /no-restricted-globals.*seeded Prng/,
    );
  });

  test('lint: the process, the network, the console and the way around them are refused', async () => {
    await assertRefused(source, 'export const a = process.argv;', /no-restricted-globals.*no I\/O/);
    await assertRefused(source, "export const a = fetch('x');", /no-restricted-globals.*no I\/O/);
    await assertRefused(source, "console.log('x');", /no-restricted-globals.*no I\/O/);
    await assertRefused(source, 'export const a = globalThis.Date;', /no-restricted-globals/);
    await assertRefused(source, 'export const a = import.meta.url;', /no-restricted-syntax.*no I\/O/);
  });

  test('lint: the modules of Node are refused in every spelling', async () => {
    const texts = [
      "import { readFileSync } from 'node:fs';\nreadFileSync('x');",
      "import { readFileSync } from 'fs';\nreadFileSync('x');",
      "import { readFile } from 'fs/promises';\nvoid readFile('x');",
      "export { performance } from 'node:perf_hooks';",
    ];
    for (const text of texts) await assertRefused(source, text, /no-restricted-imports.*no I\/O/);
    await assertRefused(source, "await import('node:fs');", /no-restricted-syntax.*Import statically/);
  });

  test('lint: a harness for tests is refused outside of tests', async () => {
    const text = "import { simTest } from '@ballast/sim/testing';\nexport const a = simTest;";
    await assertRefused('libs/rack/src/fixture.ts', text, /no-restricted-imports.*imported by tests/);
    await assertAccepted('libs/rack/test/fixture.test.ts', text);
  });

  test('lint: what is pure is accepted', async () => {
    await assertAccepted(source, 'export const a = Math.max(1, 2);');
    await assertAccepted(source, "import { Prng } from '@ballast/base';\nexport const prng = new Prng(1);");
  });

  test('lint: its tests, benchmarks and examples may read clocks and files, and need seeds', async () => {
    const runners = [
      'src/fixture.test.ts',
      'test/fixture.ts',
      'testing/fixture.ts',
      'bench/fixture.bench.ts',
      'examples/fixture.ts',
    ];
    for (const runner of runners) {
      const path = `libs/pegasus/${runner}`;
      await assertAccepted(
        path,
        "import 'node:fs';\nconsole.log(performance.now(), process.argv, Date.now());",
      );
      await assertRefused(path, 'export const a = Math.random();', /seeded Prng/);
    }
  });

  test('lint: rooms are pure unless their layer says otherwise', async () => {
    const text = 'export const a = Date.now();';
    for (const room of ['base', 'wire', 'pipeline', 'programs', 'sim', 'checkers', 'workload']) {
      await assertRefused(`libs/${room}/src/fixture.ts`, text, /no-restricted-globals/);
    }
    await assertAccepted('apps/cli/src/fixture.ts', text);
    await assertAccepted('tools/lint/src/fixture.ts', text);
  });
});

describe('lint: imports', () => {
  const importing = (name: string): string => `import * as other from '${name}';\nexport const a = other;`;

  test('lint: an arrow that points up is refused', async () => {
    const refused = [
      ['libs/wire/src/fixture.ts', '@ballast/sim'],
      ['libs/pegasus/src/fixture.ts', '@ballast/sim'],
      ['libs/pegasus/src/fixture.ts', '@ballast/pipeline'],
      ['libs/sim/src/fixture.ts', '@ballast/checkers'],
      ['libs/checkers/src/fixture.ts', '@ballast/workload'],
      ['libs/checkers/src/fixture.test.ts', '@ballast/sim'],
    ] as const;
    for (const [path, name] of refused) {
      await assertRefused(path, importing(name), /@nx\/enforce-module-boundaries: A project tagged with/);
    }
  });

  test('lint: two rooms that would import each other are refused', async () => {
    await assertRefused(
      'libs/wire/src/fixture.ts',
      importing('@ballast/pipeline'),
      /Circular dependency between/,
    );
  });

  test('lint: an arrow that points down is accepted', async () => {
    const accepted = [
      ['libs/wire/src/fixture.ts', '@ballast/base'],
      ['libs/pegasus/src/fixture.ts', '@ballast/wire'],
      ['libs/pipeline/src/fixture.ts', '@ballast/wire'],
      ['libs/programs/src/fixture.ts', '@ballast/pipeline'],
      ['libs/sim/src/fixture.ts', '@ballast/base'],
    ] as const;
    for (const [path, name] of accepted) await assertAccepted(path, importing(name));
  });

  test('lint: a room is imported by its name, never by a path into it', async () => {
    const text = "import { Prng } from '../../base/src/prng.ts';\nexport const a = Prng;";
    await assertRefused(
      'libs/wire/src/fixture.ts',
      text,
      /cannot be imported by a relative or absolute path/,
    );
  });

  test('lint: a package that no package.json of the room or the root asks for is refused', async () => {
    await assertRefused(
      'libs/wire/src/fixture.ts',
      importing('semver'),
      /Only packages defined in the "package/,
    );
  });
});
