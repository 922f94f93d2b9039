import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { createNodesV2, roomTargets } from './nx-rooms.js';
import { findRooms, ROOM_MANIFESTS } from './rooms.ts';

test('workspace: rooms are found by their package.json, sorted by folder, with their tags', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'ballast-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const folder of ['tools/tidy', 'libs/wire', 'libs/base', 'libs/base/src', 'infra/images']) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, 'package.json'), JSON.stringify({ name: `@x/${basename(folder)}` }));
  }
  const tagged = { name: '@x/wire', nx: { tags: ['layer:wire'] } };
  writeFileSync(join(root, 'libs/wire/package.json'), JSON.stringify(tagged));
  mkdirSync(join(root, 'libs/planned'));
  assert.deepEqual(findRooms(root), [
    { name: 'base', packageName: '@x/base', folder: 'libs/base', tags: [] },
    { name: 'wire', packageName: '@x/wire', folder: 'libs/wire', tags: ['layer:wire'] },
    { name: 'tidy', packageName: '@x/tidy', folder: 'tools/tidy', tags: [] },
  ]);
});

test('workspace: no two rooms share a folder name, so that `nx test <room>` means one of them', () => {
  const names = findRooms().map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
});

test('workspace: Nx and our tools look for rooms in the same places', () => {
  assert.equal(createNodesV2[0], ROOM_MANIFESTS);
});

test('workspace: a room gets its targets, cached, with its counts as an output', () => {
  const targets = roomTargets('libs/wire/package.json');
  assert.deepEqual(Object.keys(targets), ['test', 'typecheck', 'lint']);
  assert.deepEqual(targets.test.outputs, ['{workspaceRoot}/.test-results/wire.json']);
  assert.ok(Object.values(targets).every(({ cache }) => cache));
});
