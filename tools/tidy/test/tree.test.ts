import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workspaceRoot } from '@ballast/workspace';
import { formatFinding, tidy } from '../src/tidy.ts';
import { fileOf, readTree } from '../src/tree.ts';

test('tidy: this tree is tidy', () => {
  const findings = tidy(readTree(workspaceRoot));
  if (findings.length > 0) assert.fail(`\n${findings.map(formatFinding).join('\n')}`);
});

test('tidy: the tree has what git has and not what it ignores', () => {
  const paths = readTree(workspaceRoot).map(({ path }) => path);
  assert.ok(paths.includes('package.json'));
  assert.ok(paths.includes('tools/tidy/test/tree.test.ts'));
  assert.ok(!paths.some((path) => path.includes('node_modules/')));
});

test('tidy: findings come sorted by place, and print as compilers print them', () => {
  const wide = 'x'.repeat(111);
  const files = [fileOf('tools/b/src/main.ts', `\n${wide}`), fileOf('docs/misc.md', '')];
  assert.deepEqual(
    tidy(files).map((finding) => formatFinding(finding).split(';', 1)[0]),
    ["docs/misc.md: 'misc' in its name", 'tools/b/src/main.ts:2: 111 columns'],
  );
});
