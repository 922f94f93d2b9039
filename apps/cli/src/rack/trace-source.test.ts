import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Prng } from '@ballast/base';
import { Operation } from '@ballast/workload';
import { TraceSource, type TraceSourceOptions } from './trace-source.ts';

const OPTIONS: TraceSourceOptions = { valueBytesMax: 1_000, format: null, skipsOversized: false };

function source(t: TestContext, text: string, changes: Partial<TraceSourceOptions> = {}): TraceSource {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'trace.csv');
  writeFileSync(path, text);
  const trace = new TraceSource(path, { ...OPTIONS, ...changes });
  t.after(() => trace.close());
  return trace;
}

function draw(trace: TraceSource, count: number): string[] {
  const operation = new Operation();
  return Array.from({ length: count }, () => {
    trace.next(new Prng(1), operation);
    return `${operation.kind} ${operation.key} ${operation.valueBytes}`;
  });
}

const TRACE = ['0,a,1,70,1,get,0', '0,b,1,20,2,set,60', '1,a,1,70,1,get,0', '1,c,1,5,1,delete,0'].join('\n');

test('trace: operations come in the order of the file, keys by first appearance, and it begins again', (t) => {
  const trace = source(t, TRACE);
  const once = ['get 0 0', 'put 1 20', 'get 0 0', 'delete 2 0'];
  assert.deepEqual(draw(trace, 10), [...once, ...once, 'get 0 0', 'put 1 20']);
  assert.equal(trace.readThrough, 2);
  assert.equal(trace.operations, 10);
});

test('trace: a file larger than what is read at once is read to its end', (t) => {
  const lines = Array.from({ length: 30_000 }, (_, i) => `0,key${i},8,10,1,get,0\n`);
  const trace = source(t, lines.join(''));
  const drawn = draw(trace, lines.length + 1);
  assert.equal(drawn[29_999], 'get 29999 0');
  assert.equal(drawn[30_000], 'get 0 0');
});

test('trace: a bad line is refused with the file, the line and what was expected', (t) => {
  const trace = source(t, `${TRACE}\n2,a,1,70,1,fetch,0\n`);
  draw(trace, 4);
  assert.throws(() => draw(trace, 1), {
    name: 'UsageError',
    message: /trace\.csv: line 5, column 12: operation is "fetch"/,
  });
});

test('trace: writes that fit no packet are refused with the cure, or passed over and counted', (t) => {
  assert.throws(() => draw(source(t, TRACE, { valueBytesMax: 10 }), 2), {
    message:
      /trace\.csv: line 2: the value to write has 20 bytes; .*; --skip-oversized passes such writes over$/,
  });
  const trace = source(t, TRACE, { valueBytesMax: 10, skipsOversized: true });
  assert.deepEqual(draw(trace, 4), ['get 0 0', 'get 0 0', 'delete 1 0', 'get 0 0']);
  assert.equal(trace.oversized, 1);
});

test('trace: the format is that of its first lines, unless it was said', (t) => {
  assert.equal(source(t, TRACE).format, 'twitter');
  assert.equal(source(t, '***\nREAD usertable k [ <all fields>]\n').format, 'ycsb');
  assert.equal(source(t, '<28 get a\n').format, 'memcached');
  assert.throws(() => source(t, 'hello\n'), {
    name: 'UsageError',
    message: /trace\.csv: no trace format fits .*"hello".*; --workload-format says which it is$/,
  });
  assert.throws(() => draw(source(t, TRACE, { format: 'ycsb' }), 1), {
    message: /trace\.csv: line 1, column 1: operation is "0,a,1/,
  });
});

test('trace: its keys have their own names, and are known before the first is drawn', (t) => {
  const trace = source(t, '<28 touch é 5\n<28 get b é\n<28 set c 0 0 5\n');
  assert.equal(trace.learnKeys(2), 2);
  assert.equal(trace.learnKeys(100), 3);
  assert.deepEqual(
    [0, 1, 2].map((index) => trace.keyNames.format(index)),
    ['b', 'é', 'c'],
  );
  assert.equal(trace.readThrough, 0);
  assert.deepEqual(draw(trace, 4), ['get 0 0', 'get 1 0', 'put 2 5', 'get 0 0']);
  assert.deepEqual([trace.operations, trace.skipped], [4, { touch: 1 }]);
});

test('trace: a file without an operation, a folder and a file that is not there are refused', (t) => {
  assert.throws(() => draw(source(t, '\n\n', { format: 'twitter' }), 1), { message: /holds no operation/ });
  assert.throws(() => new TraceSource(tmpdir(), OPTIONS), { message: /not a regular file/ });
  assert.throws(() => new TraceSource('/no/such/trace', OPTIONS), { code: 'ENOENT' });
});

test("trace: shares follow the trace's own popularity", (t) => {
  const trace = source(t, TRACE);
  draw(trace, 8);
  const { shares, replicatedShare } = trace.shares(2, (key) => key % 2, 0);
  assert.deepEqual([...shares, replicatedShare], [0.75, 0.25, 0]);
  const withHot = trace.shares(2, (key) => key % 2, 1);
  assert.deepEqual([...withHot.shares, withHot.replicatedShare], [0.25, 0.25, 0.5]);
});
