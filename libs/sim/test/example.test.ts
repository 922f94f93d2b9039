import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

test('example: runs, suffers its faults, and is the same for an equal seed', () => {
  const run = (seed: string): string => {
    const file = join(import.meta.dirname, '../examples/lossy-echo.ts');
    return execFileSync(process.execPath, [file, seed], { encoding: 'utf8' });
  };
  const output = run('1');
  assert.match(output, /^10 ms for 30 ms: client-server: lossRatio 0\.1\n20 ms for 2 ms: crash server\n/);
  assert.match(output, /answered \d{4} requests with [1-9]\d+ retransmissions/);
  assert.equal(run('1'), output);
  assert.notEqual(run('2'), output);
});
