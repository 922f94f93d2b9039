import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRooms } from '@ballast/workspace';
import { depConstraints, isPure } from './layers.ts';

const sourceTags = new Set(depConstraints.map(({ sourceTag }) => sourceTag));

test('lint: every room has one layer, which the constraints know', () => {
  for (const { folder, tags } of findRooms()) {
    const layers = tags.filter((tag) => tag.startsWith('layer:'));
    assert.equal(layers.length, 1, folder);
    assert.ok(sourceTags.has(layers[0] ?? ''), `${folder} has ${layers[0] ?? 'none'}`);
  }
});

test('lint: every core has its system, which keeps it apart from the others', () => {
  for (const { folder, tags } of findRooms()) {
    if (!tags.includes('layer:core')) continue;
    const systems = tags.filter((tag) => tag.startsWith('system:'));
    assert.equal(systems.length, 1, folder);
    assert.ok(sourceTags.has(systems[0] ?? ''), `${folder} has ${systems[0] ?? 'none'}`);
  }
});

test('lint: the layers form no cycle', () => {
  const allowed = new Map(
    depConstraints.map(({ sourceTag, onlyDependOnLibsWithTags: others }) => [
      sourceTag,
      (others ?? []).filter((other) => other !== sourceTag),
    ]),
  );
  const visit = (tag: string, path: readonly string[]): void => {
    assert.ok(!path.includes(tag), [...path, tag].join(' -> '));
    for (const other of allowed.get(tag) ?? []) visit(other, [...path, tag]);
  };
  for (const tag of allowed.keys()) visit(tag, []);
});

test('lint: a room without tags is taken for pure', () => {
  assert.equal(isPure([]), true);
  assert.equal(isPure(['layer:core', 'system:pegasus']), true);
  assert.equal(isPure(['layer:fabric']), false);
});
