import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { Operation, type TraceFormat } from '@ballast/workload';
import { TraceSource } from '../src/rack/trace-source.ts';
import { presetRows } from '../src/workload/list.ts';
import { type TraceRequest, writeTrace } from '../src/workload/write-trace.ts';
import { runBallast, temporaryFolder } from './command-run.ts';

const REQUEST: TraceRequest = { preset: 'ycsb-a', operations: 200, keys: 50, seed: 1, format: 'twitter' };

/** What is written, by a reader that takes its time. */
async function written(changes: Partial<TraceRequest>): Promise<string> {
  let text = '';
  const out = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      setImmediate(done);
    },
  });
  await writeTrace({ ...REQUEST, ...changes }, out);
  await new Promise<void>((resolve) => out.end(resolve));
  return text;
}

test('workload list: every preset with mix, sizes, skew and source, for people and as JSON', async () => {
  const { code, stdout } = await runBallast(['workload', 'list', '--json']);
  assert.equal(code, 0);
  const { presets } = JSON.parse(stdout) as { readonly presets: Readonly<Record<string, unknown>>[] };
  assert.deepEqual(
    presets.map(({ name }) => name),
    presetRows().map(({ name }) => name),
  );
  for (const preset of presets) {
    assert.deepEqual(Object.keys(preset).toSorted(), [
      'about',
      'keyBytes',
      'mix',
      'name',
      'popularity',
      'source',
      'valueBytes',
    ]);
  }
  const row = presetRows().find(({ name }) => name === 'twitter-cluster12');
  assert.deepEqual(row, {
    name: 'twitter-cluster12',
    mix: '20 % get, 80 % put',
    zipf: '0.3048',
    key: 44,
    value: 1_030,
    source: 'twitter/cache-trace, stat/2020Mar.md',
  });
});

test('workload trace: what it writes a rack reads, in every format', async (t) => {
  for (const format of ['twitter', 'ycsb', 'memcached'] as const satisfies TraceFormat[]) {
    const path = join(temporaryFolder(t), 'trace');
    const text = await written({ format });
    writeFileSync(path, text);
    const trace = new TraceSource(path, { valueBytesMax: 8_000, format: null, skipsOversized: false });
    t.after(() => trace.close());
    assert.equal(trace.format, format);
    const operation = new Operation();
    let puts = 0;
    for (let i = 0; i < 200; i++) {
      trace.next(new Prng(1), operation);
      assert.equal(operation.valueBytes, operation.kind === 'put' ? 1_000 : 0);
      if (operation.kind === 'put') puts++;
    }
    assert.equal(trace.readThrough, 0);
    assert.ok(puts > 70 && puts < 130, `${puts} of 200 are puts`);
    assert.equal(text, await written({ format }), 'the same seed gives the same trace');
    assert.notEqual(text, await written({ format, seed: 2 }));
  }
});

test('workload trace: a long one is written no faster than it is read', async () => {
  const text = await written({ preset: 'twitter-cluster25', operations: 20_000 });
  assert.equal(text.split('\n').length, 20_001);
});

test('workload trace: what cannot be made is refused with 2 and the reason', async () => {
  const run = (...args: string[]): ReturnType<typeof runBallast> =>
    runBallast(['workload', 'trace', ...args]);
  const scans = await run('--preset', 'ycsb-e');
  assert.deepEqual([scans.code, scans.stdout], [2, '']);
  assert.match(
    scans.stderr,
    /^ballast: YCSB E needs range scans, and the rack has none: keys are placed by hash/,
  );
  const unknown = await run('--preset', 'ycsb-x');
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /there is no preset "ycsb-x"; use one of ycsb-a, /);
  assert.match((await run()).stderr, /required option '--preset <name>' not specified/);
  const format = await run('--preset', 'ycsb-a', '--format', 'csv');
  assert.match(format.stderr, /Allowed choices are twitter, ycsb, memcached/);
});

test('workload: a trace on stdout drives a rack, and a preset that there is not is refused', async (t) => {
  const { code, stdout } = await runBallast(
    'workload trace --preset twitter-cluster14 --operations 500 --keys 100 --format memcached'.split(' '),
  );
  assert.equal(code, 0);
  const path = join(temporaryFolder(t), 'trace.log');
  writeFileSync(path, stdout);
  const rack = 'rack up --servers 2 --keys 100 --rate 200 --seconds 2 --port 0 --json'.split(' ');
  const up = await runBallast([...rack, '--workload', path]);
  assert.equal(up.code, 0, up.stderr);
  assert.equal((JSON.parse(up.stdout) as { readonly isComplete: boolean }).isComplete, true);
  const refused = await runBallast([...rack, '--preset', 'ycsb-e']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /^ballast: YCSB E needs range scans/);
  const noFormat = await runBallast([...rack, '--workload', path, '--workload-format', 'ycsb']);
  assert.equal(noFormat.code, 2);
  assert.match(noFormat.stderr, /trace\.log: line 1, column 1: operation is "<28"; expected one of READ/);
});
