import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileOf } from '../tree.ts';
import { pureIndex, roomAnatomy, roomFolders } from './rooms.ts';

test('tidy: rooms are the folders with a package.json under libs, apps and tools', () => {
  const paths = [
    'package.json',
    'libs/wire/package.json',
    'apps/cli/package.json',
    'libs/wire/src/package.json',
  ];
  assert.deepEqual(roomFolders(paths.map((path) => fileOf(path, ''))), ['libs/wire', 'apps/cli']);
});

test('tidy: a room without a README or a tsconfig is found', () => {
  const complete = ['libs/wire/package.json', 'libs/wire/README.md', 'libs/wire/tsconfig.json'];
  const found = (paths: string[]) =>
    roomAnatomy(paths.map((path) => fileOf(path, ''))).map(({ message }) => message);
  assert.deepEqual(found(complete), []);
  assert.match(found(complete.slice(0, 2)).join(), /^has no tsconfig\.json/);
  assert.match(found(['libs/wire/package.json', 'libs/wire/tsconfig.json']).join(), /^has no README\.md/);
});

test('tidy: an index that only re-exports is fine, types and namespaces included', () => {
  const text =
    "export { a, type B } from './a.ts';\nexport * as c from './c.ts';\nexport type * from './d.ts';\n";
  assert.deepEqual(pureIndex([fileOf('libs/wire/src/index.ts', text)]), []);
});

test('tidy: an index with logic is found at its first line of it', () => {
  const logic = ['export const a = 1;', "import './a.ts';", 'export { b };', 'start();'];
  for (const statement of logic) {
    const text = `export { a } from './a.ts';\n${statement}\n`;
    assert.deepEqual(
      pureIndex([fileOf('libs/wire/src/index.ts', text)]).map(({ line }) => line),
      [2],
      statement,
    );
  }
});

test('tidy: only the index of a room is an index', () => {
  assert.deepEqual(pureIndex([fileOf('libs/wire/src/tcp/index.ts', 'start();')]), []);
});
