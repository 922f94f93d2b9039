/**
 * Runs the tests of the room that is the current folder; `nx test <room>` calls it.
 *
 *     nx test wire                          every test of the room
 *     nx test wire --name 'truncated'       those whose name matches a regular expression
 *     nx test wire pcap                     those in files whose path contains 'pcap'
 *     nx test wire --quiet                  failures and skips only
 *
 * Leaves the counts in .test-results/<room>.json for the closing line of `npm test`.
 */
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from 'node:test';
import { spec, type TestEvent } from 'node:test/reporters';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { workspaceRoot } from '@ballast/workspace';
import { resultFile, RESULTS_FOLDER } from './results.ts';
import { RoomTally } from './room-tally.ts';

/** One file's tests may take this long; then they count as failed instead of hanging the run. */
const FILE_TIMEOUT_MS = 600_000;

const folder = process.cwd();
const room = basename(folder);
const { values, positionals } = parseArgs({
  options: { name: { type: 'string' }, quiet: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const files = globSync('{src,test}/**/*.test.ts', { cwd: folder })
  .filter((file) => positionals.every((part) => file.includes(part)))
  .sort()
  .map((file) => join(folder, file));

if (files.length === 0) {
  console.error(
    `${room} has no test file${positionals.length > 0 ? ` that matches ${positionals.join(' ')}` : ''}`,
  );
  process.exit(1);
}

const tally = new RoomTally(room, folder);
const events = run({
  files,
  timeout: FILE_TIMEOUT_MS,
  ...(values.name === undefined ? {} : { testNamePatterns: [new RegExp(values.name)] }),
});
events.on('test:pass', (outcome) => tally.pass(outcome));
events.on('test:fail', (outcome) => tally.fail(outcome));
events.on('test:diagnostic', ({ message }) => tally.output(message));
events.on('test:stdout', ({ message }) => tally.output(message));
events.on('test:stderr', ({ message }) => tally.output(message));
await pipeline(values.quiet ? events.compose(noteworthy) : events, new spec(), process.stdout, {
  end: false,
});

const result = tally.result();
mkdirSync(join(workspaceRoot, RESULTS_FOLDER), { recursive: true });
writeFileSync(join(workspaceRoot, resultFile(room)), JSON.stringify(result, null, 2));
const { passed, failures, skips } = result;
const total = passed + failures.length + skips.length;
if (values.quiet) console.log(`${passed} of ${total} tests passed`);
if (failures.length > 0) process.exitCode = 1;

/** Leaves of the runner's events what a person must see: failures, skips and what tests report. */
async function* noteworthy(all: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  for await (const event of all) {
    const dull =
      event.type === 'test:start' ||
      (event.type === 'test:pass' && event.data.skip === undefined) ||
      (event.type === 'test:diagnostic' && event.data.file === undefined); // The runner's own summary.
    if (!dull) yield event;
  }
}
