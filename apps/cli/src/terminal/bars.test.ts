import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBar, showsBlocks } from './bars.ts';

test('bars: filled by share, always as wide', () => {
  assert.deepEqual(
    [0, 0.5, 0.55, 1, 1.7, -1].map((share) => formatBar(share, 10, true)),
    ['          ', '█████     ', '█████▌    ', '██████████', '██████████', '          '],
  );
  assert.deepEqual(
    [0, 0.5, 1].map((share) => formatBar(share, 4, false)),
    ['....', '##..', '####'],
  );
});

test('bars: block characters are for locales in UTF-8, LC_ALL before LANG', () => {
  assert.equal(showsBlocks({ LANG: 'C.UTF-8' }), true);
  assert.equal(showsBlocks({ LANG: 'en_US.utf8' }), true);
  assert.equal(showsBlocks({ LANG: 'C.UTF-8', LC_ALL: 'C' }), false);
  assert.equal(showsBlocks({ LANG: 'C.UTF-8', LC_ALL: '' }), true);
  assert.equal(showsBlocks({}), false);
});
