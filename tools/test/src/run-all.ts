/**
 * `npm test`: the tests of every room through Nx, then one list of what failed or was skipped and the total.
 *
 *     npm test                        all rooms; what did not change since comes from Nx's cache
 *     npm test -- wire pipeline       these rooms
 *     npm test -- --skip-nx-cache     run everything
 *
 * BALLAST_REQUIRE=all, as CI sets it, makes a skip and a checker's "unknown" failures: see verdict.ts.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findRooms, type Room, workspaceRoot } from '@ballast/workspace';
import { readResult, RESULTS_FOLDER } from './results.ts';
import { judge, parseRequirement } from './verdict.ts';

const { values, positionals } = parseArgs({
  options: { 'skip-nx-cache': { type: 'boolean', default: false } },
  allowPositionals: true,
});
const rooms = chosenRooms(positionals);

// What an earlier run left must not count. Nx puts back the files of the rooms that it does not run again.
rmSync(join(workspaceRoot, RESULTS_FOLDER), { recursive: true, force: true });
const nx = spawnSync(
  process.execPath,
  [
    createRequire(import.meta.url).resolve('nx/bin/nx.js'),
    'run-many',
    '--target=test',
    `--projects=${rooms.map((room) => room.packageName).join(',')}`,
    '--output-style=static',
    '--quiet',
    ...(values['skip-nx-cache'] ? ['--skip-nx-cache'] : []),
  ],
  { cwd: workspaceRoot, stdio: ['ignore', 'inherit', 'inherit'] },
);

const results = new Map(rooms.map(({ name }) => [name, readResult(workspaceRoot, name)]));
const verdict = judge(results, parseRequirement(process.env['BALLAST_REQUIRE']));
console.log(verdict.lines.join('\n'));
process.exitCode = verdict.ok && nx.status === 0 ? 0 : 1;

function chosenRooms(names: readonly string[]): Room[] {
  const all = findRooms();
  const unknown = names.filter((name) => !all.some((room) => room.name === name));
  if (unknown.length > 0) {
    console.error(
      `no room is called ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`,
    );
    process.exit(2);
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}
