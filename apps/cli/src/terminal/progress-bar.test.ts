import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProgressBar } from './progress-bar.ts';

function written(isTTY: boolean, use: (bar: ProgressBar, clock: { ms: number }) => void): string {
  let text = '';
  const clock = { ms: 0 };
  const stream = { isTTY, columns: 80, rows: 24, write: (part: string): boolean => ((text += part), true) };
  use(new ProgressBar(stream, { LANG: 'C' }, () => clock.ms), clock);
  return text;
}

test('progress: on a terminal a bar, the share, the time that is left and what is going on', () => {
  const text = written(true, (bar, clock) => {
    clock.ms = 30_000;
    bar.update({ done: 1, total: 4, what: 'pegasus, Zipf 1' });
  });
  assert.match(text, /\[######\.{18}\] {2}25 % {2}1:30 left {2}pegasus, Zipf 1/);
});

test('progress: without a terminal a line for each tenth, and no control characters', () => {
  const text = written(false, (bar, clock) => {
    clock.ms = 30_000;
    for (let done = 0; done <= 100; done++) bar.update({ done, total: 100, what: 'x' });
    bar.end();
  });
  assert.equal(text.split('\n').length - 1, 11);
  assert.match(text, /^ 50 % {2}0:30 left {2}x$/m);
  assert.ok(!text.includes('\x1b'));
});
