import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const MAIN = join(import.meta.dirname, '../src/main.ts');

function bench(...args: string[]): { status: number | null; stderr: string; stdout: string } {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
}

test('bench: wrong arguments are refused with what is accepted, before anything runs', () => {
  const refusals = new Map([
    [['--runs', '4'], /--runs takes a whole number of at least 5/],
    [['--runs', 'many'], /--runs takes a whole number/],
    [['--fast'], /Unknown option '--fast'/],
    [['--filter', 'no such thing'], /no benchmark's name contains 'no such thing'/],
  ]);
  for (const [args, reason] of refusals) {
    const { status, stderr, stdout } = bench(...args);
    assert.equal(status, 1, args.join(' '));
    assert.match(stderr, reason);
    assert.equal(stdout, '');
  }
});
