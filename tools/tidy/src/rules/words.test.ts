import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileOf } from '../tree.ts';
import { bannedWords } from './words.ts';

test('tidy: a file or folder called by no concept is found, with what to do instead', () => {
  const bad = [
    'libs/wire/src/utils.ts',
    'libs/wire/src/packet-utils.ts',
    'libs/wire/src/helpers/parse.ts',
    'libs/wire/src/common.ts',
    'libs/sim/src/event-manager.ts',
    'docs/misc/notes.md',
  ];
  for (const path of bad) {
    const findings = bannedWords([fileOf(path, '')]);
    assert.equal(findings.length, 1, path);
    assert.match(findings[0]?.message ?? '', /in its name; /);
  }
});

test('tidy: a word that only contains a banned one is fine', () => {
  const good = ['libs/base/src/community.ts', 'libs/sim/src/utilization.ts', 'docs/commonplace.md'];
  assert.deepEqual(bannedWords(good.map((path) => fileOf(path, ''))), []);
});

test('tidy: words that put work off are found with their line', () => {
  const words = ['TO-DO', 'FIX-ME', 'X-XX', 'HA-CK'].map((word) => word.replace('-', ''));
  for (const word of words) {
    assert.deepEqual(
      bannedWords([fileOf('a.ts', `x();\n// ${word}: later`)]).map(({ line }) => line),
      [2],
      word,
    );
  }
});

test('tidy: words with a better one name it', () => {
  const messageFor = (text: string) => bannedWords([fileOf('a.md', text)])[0]?.message ?? '';
  assert.match(messageFor('a white' + 'list of ports'), /allow list/);
  assert.match(messageFor('the black' + 'list'), /deny list/);
  assert.match(messageFor('it sim' + 'ply works'), /nothing/);
});

test('tidy: a path of one machine is found, one relative to the checkout is not', () => {
  const machine = ['', 'home', 'ann', 'ballast'].join('/');
  assert.equal(bannedWords([fileOf('a.md', `see ${machine}`)]).length, 1);
  assert.deepEqual(bannedWords([fileOf('a.md', 'see libs/home/ann and ./work/it, GET /kv/home/x')]), []);
});

test('tidy: files that are not text are not read', () => {
  const binary = {
    path: 'a.pcap',
    sizeBytes: 9,
    get text(): string {
      throw new Error('read');
    },
  };
  assert.deepEqual(bannedWords([binary]), []);
});
