import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { checkLinearizable, parseHistory } from '@ballast/checkers';
import { type RackUpFlags, rackUpOptions } from '../src/rack/rack.ts';
import { rackUp } from '../src/rack/up.ts';
import { presetWorkload, type WorkloadDescription } from '@ballast/workload';
import { FLAGS, RACK_FLAGS } from '../testing/rack-up-flags.ts';
import { runBallast, temporaryFolder } from './command-run.ts';

interface Row {
  readonly workload: string;
  readonly label: string;
  readonly system: string;
  readonly offeredPerSecond: number;
  readonly answeredPerSecond: number;
  readonly boundPerSecond: number;
  readonly p50Us: number;
  readonly fullestUtilisation: number;
  readonly hotKeys: number;
  readonly verdict?: string;
}

interface Document {
  readonly command: string;
  readonly rows: readonly Row[];
  readonly comparisons: readonly { readonly workload: string; readonly throughputRatio: number }[];
  readonly isComplete: boolean;
}

/** Runs it in this process, with everything that it writes written down. The load is the preset's, if any. */
async function up(
  changes: Partial<RackUpFlags>,
  preset?: WorkloadDescription,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({ write: (text: string) => ((texts[name] += text), true) });
  const streams = { stdout: stream('stdout'), stderr: stream('stderr'), env: {} };
  const flags = { ...(preset === undefined ? FLAGS : RACK_FLAGS), ...changes };
  const code = await rackUp(rackUpOptions(flags, preset), streams);
  return { code, ...texts };
}

function traceFile(t: TestContext, lines: readonly string[]): string {
  const path = join(temporaryFolder(t), 'trace.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

// Together: each of them waits for the clock most of the time.
describe('rack up: in this process', { concurrency: true }, () => {
  test('rack up: both systems are alike under uniform keys; under skew Pegasus answers what is offered', async () => {
    const { code, stdout, stderr } = await up({ json: true, seconds: 8, rate: 5_600 });
    assert.equal(code, 0);
    const { command, rows, comparisons, isComplete } = JSON.parse(stdout) as Document;
    assert.equal(command, 'rack up');
    assert.equal(isComplete, true);
    assert.deepEqual(
      rows.map(({ workload, system }) => `${workload} ${system}`),
      ['uniform hashing', 'uniform pegasus', 'skewed hashing', 'skewed pegasus'],
    );
    const [uniform, skewed] = comparisons;
    assert.ok(Math.abs(uniform!.throughputRatio - 1) < 0.03, `uniform: ${uniform?.throughputRatio}`);
    assert.ok(skewed!.throughputRatio > 1, `skewed: ${skewed?.throughputRatio}`);
    for (const { answeredPerSecond, boundPerSecond, p50Us } of rows) {
      assert.ok(
        answeredPerSecond <= boundPerSecond * 1.1,
        'nobody beats the bound, but for what waited before',
      );
      assert.ok(p50Us >= FLAGS.serviceUs, 'no answer comes before its service is done');
    }
    const [, , hashing, pegasus] = rows;
    assert.ok(hashing!.fullestUtilisation > 0.95, 'one server is full');
    assert.ok(pegasus!.hotKeys > 0 && hashing!.hotKeys === 0);
    assert.match(stderr, /^phase 1 of 4: uniform, hashing$/m);
  });

  test('rack up: the same seed gives the same figures', async () => {
    const run = async (): Promise<readonly Row[]> => {
      const { stdout } = await up({ json: true, seconds: 2, system: 'pegasus', writeRatio: 0.1 });
      // How far the machine was behind is its own.
      return (JSON.parse(stdout) as Document).rows.map((row) => ({ ...row, lagMsMax: 0 }));
    };
    assert.deepEqual(await run(), await run());
  });

  test('rack up: for people it prints the model, a line a second, a table and a verdict', async () => {
    const { code, stdout, stderr } = await up({ seconds: 4 });
    assert.equal(code, 0);
    assert.equal(stderr, '');
    assert.match(stdout, /a server's time for a request is emulated: 500 us/);
    assert.match(stdout, /capacity {2}8,000 operations\/s: 4 servers x 2,000/);
    assert.match(stdout, /offered {3}3,000 operations\/s \(38 %\): Poisson/);
    assert.match(stdout, /^ +1 s {2}[\d.]+k\/s of 3k\/s {2}p50 /m);
    assert.match(stdout, /^workload +system +offered +answered +bound/m);
    assert.match(stdout, /^uniform keys: Pegasus answers 1\.00 times what hashing does: no advantage /m);
  });

  test('rack up: --check judges every phase, and --history is what it judged', async (t) => {
    const history = join(temporaryFolder(t), 'history.jsonl');
    const { code, stdout } = await up({ json: true, check: true, history, seconds: 2, writeRatio: 0.3 });
    assert.equal(code, 0);
    const { rows } = JSON.parse(stdout) as Document;
    assert.deepEqual(new Set(rows.map(({ verdict }) => verdict)), new Set(['ok']));
    const operations = [...parseHistory(readFileSync(history, 'utf8'))];
    assert.ok(operations.length > 1_000);
    const runs = new Set(operations.map(({ key }) => key.slice(0, key.indexOf('/'))));
    assert.deepEqual(
      runs,
      new Set(['uniform-hashing', 'uniform-pegasus', 'skewed-hashing', 'skewed-pegasus']),
    );
    assert.equal(checkLinearizable(operations).verdict, 'ok');
  });

  test('rack up: a trace drives it, again from its start when it ends, and its bound is its own', async (t) => {
    // Half of all operations go to one key: hashing can do no more than two servers' worth.
    const lines = Array.from({ length: 40 }, (_, i) => `0,${i % 2 === 0 ? 'hot' : `cold${i}`},4,32,1,get,0`);
    const { code, stdout, stderr } = await up({ json: true, seconds: 3, workload: traceFile(t, lines) });
    assert.equal(code, 0);
    const { rows } = JSON.parse(stdout) as Document;
    assert.deepEqual(
      rows.map(({ system }) => system),
      ['hashing', 'pegasus'],
    );
    assert.ok(rows[0]!.boundPerSecond <= 4_000 && rows[1]!.boundPerSecond > 4_000);
    assert.match(stderr, /operations of the trace, to its end [\d,]+ times/);
  });

  test('rack up: traces of YCSB and memcached drive it, under the names of their keys', async (t) => {
    const ycsb = ['READ usertable userA [ <all fields>]', 'UPDATE usertable userB [ field0=12345678 ]'];
    const long = 'k'.repeat(255);
    const memcached = [`<28 get ${long} ä:1`, '>28 END', '<28 touch x 5', `<28 set ${long} 0 0 8545`];
    for (const { lines, keys } of [
      { lines: ycsb, keys: ['userA', 'userB'] },
      { lines: memcached, keys: [long, 'ä:1'] },
    ]) {
      const history = join(temporaryFolder(t), 'history.jsonl');
      const workload = traceFile(t, lines);
      const flags = { json: true, check: true, seconds: 2, rate: 400, workload, history };
      const { code, stdout, stderr } = await up(flags);
      assert.equal(code, 0);
      assert.match(
        stderr,
        lines === ycsb ? /times$/m : /without an equal here, and passed over: touch [\d,]+$/m,
      );
      for (const { verdict, answeredPerSecond, offeredPerSecond } of (JSON.parse(stdout) as Document).rows) {
        assert.equal(verdict, 'ok');
        assert.ok(answeredPerSecond > 0.8 * offeredPerSecond);
      }
      const seen = [...parseHistory(readFileSync(history, 'utf8'))];
      const names = seen.map(({ key }) => key.slice(key.indexOf('/') + 1));
      assert.deepEqual(new Set(names), new Set(keys));
    }
  });

  test('rack up: a preset drives it, read-modify-writes and inserts too', async () => {
    for (const name of ['ycsb-f', 'ycsb-d', 'twitter-cluster14']) {
      const changes = { json: true, check: true, seconds: 2, rate: 400 };
      const { code, stdout } = await up(changes, presetWorkload(name));
      assert.equal(code, 0);
      const { rows } = JSON.parse(stdout) as Document;
      assert.deepEqual(
        rows.map((row) => [row.workload, row.label, row.system, row.verdict]),
        [
          ['preset', name, 'hashing', 'ok'],
          ['preset', name, 'pegasus', 'ok'],
        ],
      );
    }
  });

  test('rack up: a bad line of a trace ends it with the line', async (t) => {
    const lines = ['0,a,1,10,1,get,0', '0,a,1,ten,1,get,0'];
    await assert.rejects(up({ workload: traceFile(t, lines) }), {
      name: 'UsageError',
      message: /trace\.csv: line 2, column 7: value size is "ten"/,
    });
  });

  test('rack up: what cannot be used is refused before anything runs', async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await assert.rejects(up({ port }), { code: 'PORT_IN_USE' });
    await assert.rejects(up({ workload: '/no/such/trace.csv' }), { code: 'ENOENT' });
    await assert.rejects(up({ history: '/no/such/folder/history.jsonl' }), { code: 'ENOENT' });
  });
});

/** The run itself would take ten minutes, or never end. */
const PATIENCE = { timeout: 60_000 };

const flags = ['--port', '0', '--servers', '4', '--keys', '1000', '--rate', '2000', '--service-us', '500'];

test(
  'rack up: Ctrl-C in a phase ends it with 130, and what was done is one JSON document',
  PATIENCE,
  async () => {
    const run = await runBallast(['rack', 'up', '--json', ...flags, '--seconds', '600'], ' 1 s  ');
    assert.equal(run.code, 130);
    assert.deepEqual((JSON.parse(run.stdout) as Document).rows, []);
    assert.equal((JSON.parse(run.stdout) as Document).isComplete, false);
    assert.match(run.stderr, /stopped before the end/);
  },
);

test('rack up: a rack that is kept ends well on Ctrl-C', PATIENCE, async () => {
  const run = await runBallast(['rack', 'up', '--keep', '--json', '--system', 'pegasus', ...flags], ' 1 s  ');
  assert.equal(run.code, 0);
  assert.match(run.stderr, /The rack stays up at http:\/\/127\.0\.0\.1:\d+ \(process \d+\); Ctrl-C /);
  assert.deepEqual((JSON.parse(run.stdout) as Document).rows, []);
});

test('rack up: wrong flags are refused with the flag and what it accepts, and exit with 2', async () => {
  const { code, stdout, stderr } = await runBallast(['rack', 'up', '--zipf', '7']);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
  assert.match(
    stderr,
    /^ballast: option '--zipf <theta>' argument '7' is invalid\. Expected a number from 0 to 3\./,
  );
});
