import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileOf, type TreeFile } from '../tree.ts';
import { deadFiles } from './dead-files.ts';

const manifest = fileOf('libs/a/package.json', '{ "exports": "./src/index.ts" }');
const index = fileOf('libs/a/src/index.ts', "export { b } from './b.ts';");

function deadAmong(...files: TreeFile[]): string[] {
  return deadFiles(files).map(({ path, message }) => `${path}: ${message.split(':', 1)[0] ?? ''}`);
}

test('tidy: a file that an entry reaches through others is alive', () => {
  const b = fileOf('libs/a/src/b.ts', "import type { C } from './deep/c.ts';");
  const c = fileOf('libs/a/src/deep/c.ts', "export * from '../d.ts';");
  const d = fileOf('libs/a/src/d.ts', '');
  assert.deepEqual(deadAmong(manifest, index, b, c, d), []);
});

test('tidy: a file that nothing imports is dead, and so are two that import each other', () => {
  const b = fileOf('libs/a/src/b.ts', '');
  const lone = fileOf('libs/a/src/lone.ts', "import './b.ts';");
  const ping = fileOf('libs/a/src/ping.ts', "import './pong.ts';");
  const pong = fileOf('libs/a/src/pong.ts', "import './ping.ts';");
  assert.deepEqual(deadAmong(manifest, index, b, lone, ping, pong), [
    'libs/a/src/lone.ts: nothing imports it',
    'libs/a/src/ping.ts: nothing imports it',
    'libs/a/src/pong.ts: nothing imports it',
  ]);
});

test('tidy: a source that only its own test imports is dead', () => {
  const b = fileOf('libs/a/src/b.ts', '');
  const old = fileOf('libs/a/src/old.ts', '');
  const oldTest = fileOf('libs/a/src/old.test.ts', "import { x } from './old.ts';");
  assert.deepEqual(deadAmong(manifest, index, b, old, oldTest), ['libs/a/src/old.ts: only tests import it']);
});

test('tidy: what supports tests lives in test, bench, examples or testing, and must be used there', () => {
  const b = fileOf('libs/a/src/b.ts', '');
  const suite = fileOf('libs/a/test/rack.test.ts', "import '../testing/rack.ts';");
  const used = fileOf('libs/a/testing/rack.ts', '');
  const unused = fileOf('libs/a/testing/forgotten.ts', '');
  assert.deepEqual(deadAmong(manifest, index, b, suite, used, unused), [
    'libs/a/testing/forgotten.ts: nothing imports it',
  ]);
});

test('tidy: a worker named by a URL counts as imported', () => {
  const b = fileOf('libs/a/src/b.ts', "new Worker(new URL('./worker.ts', import.meta.url));");
  assert.deepEqual(deadAmong(manifest, index, b, fileOf('libs/a/src/worker.ts', '')), []);
});

test('tidy: scripts, targets, bins, configurations and main.ts are entries', () => {
  const files = [
    fileOf('package.json', '{ "scripts": { "x": "node tools/x/src/run.ts" } }'),
    fileOf('nx.json', '{ "plugins": ["./tools/w/src/plugin.js"] }'),
    fileOf('tools/x/src/run.ts', ''),
    fileOf('tools/w/src/plugin.js', ''),
    fileOf('apps/c/package.json', '{ "bin": { "c": "./bin/c.js" } }'),
    fileOf('apps/c/bin/c.js', "import '../src/launch.ts';"),
    fileOf('apps/c/src/launch.ts', ''),
    fileOf('apps/d/src/main.ts', ''),
    fileOf('eslint.config.js', "import './tools/x/src/rules.ts';"),
    fileOf('tools/x/src/rules.ts', ''),
  ];
  assert.deepEqual(deadAmong(...files), []);
});
