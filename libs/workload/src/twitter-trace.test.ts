import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SAMPLE_LINES, SAMPLE_SEED, twitterSample } from '../examples/make-twitter-sample.ts';
import { TraceError, type TraceErrorDetail } from './trace-error.ts';
import { TraceOperation, type TraceReaderOptions } from './trace-reader.ts';
import { TwitterTraceReader } from './twitter-trace.ts';
import { WorkloadError } from './workload-error.ts';

function read(
  text: string,
  options?: TraceReaderOptions,
): { operations: TraceOperation[]; reader: TwitterTraceReader } {
  const reader = new TwitterTraceReader(options);
  const operations: TraceOperation[] = [];
  reader.feed(new TextEncoder().encode(text));
  for (const atEnd of [false, true]) {
    if (atEnd) reader.finish();
    for (let operation = new TraceOperation(); reader.next(operation); operation = new TraceOperation()) {
      operations.push(operation);
    }
  }
  return { operations, reader };
}

test('twitter trace: a line of the form is read field by field', () => {
  const { operations } = read('173,nz:u:eeW511W3dcH3de3d15ec,22,304,41,set,86400\n');
  assert.deepEqual(
    operations[0],
    Object.assign(new TraceOperation(), {
      kind: 'put',
      source: 'set',
      key: 0,
      keyText: 'nz:u:eeW511W3dcH3de3d15ec',
      keyBytes: 22,
      valueBytes: 304,
      clientId: 41,
      timestampSeconds: 173,
      ttlSeconds: 86_400,
    }),
  );
});

for (const { sources, kind } of [
  { sources: ['get', 'gets'], kind: 'get' },
  { sources: ['set', 'add', 'replace', 'cas', 'append', 'prepend', 'incr', 'decr'], kind: 'put' },
  { sources: ['delete'], kind: 'delete' },
]) {
  for (const source of sources) {
    test(`twitter trace: ${source} is a ${kind}, and is counted`, () => {
      const { operations, reader } = read(`0,k,1,2,3,${source},0\n`);
      assert.deepEqual([operations[0]?.kind, operations[0]?.source], [kind, source]);
      assert.deepEqual(reader.counts.bySource, { [source]: 1 });
    });
  }
}

test('twitter trace: keys are numbered in the order of their first appearance', () => {
  const { operations, reader } = read('0,a,1,0,1,get,0\n0,b,1,0,1,get,0\n1,a,1,0,1,get,0\n1,c,1,0,1,get,0');
  assert.deepEqual(
    operations.map((operation) => operation.key),
    [0, 1, 0, 2],
  );
  assert.equal(reader.keys, 3);
});

test('twitter trace: a key may hold commas', () => {
  const { operations } = read('5,a,b,,c,7,0,1,get,0\n');
  assert.deepEqual(
    operations.map((operation) => [operation.keyText, operation.keyBytes]),
    [['a,b,,c', 7]],
  );
});

test('twitter trace: blank lines and CR LF are let through, and blank lines counted', () => {
  const { operations, reader } = read('\r\n0,a,1,0,1,get,0\r\n\n1,b,1,0,1,get,0');
  assert.equal(operations.length, 2);
  assert.equal(reader.counts.blankLines, 2);
});

test('twitter trace: writes too large for the rack are refused or counted, as was asked; reads are not', () => {
  const text = '0,a,1,1400,1,set,0\n0,b,1,1401,1,set,0\n0,c,1,9999,1,get,0\n';
  const { operations, reader } = read(text, { valueBytesMax: 1_400, oversized: 'skip' });
  assert.deepEqual(
    operations.map((operation) => operation.keyText),
    ['a', 'c'],
  );
  assert.equal(reader.counts.oversized, 1);
  assert.equal(reader.counts.operations, 2);
  assert.equal(reader.keys, 2);
  assert.throws(() => read(text, { valueBytesMax: 1_400 }), {
    message:
      'line 2: the value to write has 1401 bytes; expected at most 1400, because an operation is one packet',
  });
  assert.throws(() => new TwitterTraceReader({ valueBytesMax: -1 }), WorkloadError);
});

const GOOD = '0,a,1,0,1,get,0';

const BAD_LINES: { name: string; line: string; detail: Partial<TraceErrorDetail> & { column?: number } }[] = [
  { name: 'no fields', line: 'hello', detail: { code: 'FIELD_COUNT', column: 6, actual: 1 } },
  { name: 'a field missing', line: '0,a,1,0,1,get', detail: { code: 'FIELD_COUNT', column: 14, actual: 6 } },
  { name: 'only commas but one', line: ',,,,,', detail: { code: 'FIELD_COUNT', actual: 6 } },
  {
    name: 'a timestamp with a fraction',
    line: '0.5,a,1,0,1,get,0',
    detail: { code: 'BAD_FIELD', field: 'timestamp', column: 1, actual: '0.5' },
  },
  { name: 'no timestamp', line: ',a,1,0,1,get,0', detail: { field: 'timestamp', column: 1, actual: '' } },
  { name: 'no key', line: '0,,1,0,1,get,0', detail: { field: 'key', column: 3 } },
  {
    name: 'a negative key size',
    line: '0,a,-1,0,1,get,0',
    detail: { field: 'key size', column: 5, actual: '-1' },
  },
  {
    name: 'a value size in hexadecimal',
    line: '0,a,1,0x1,1,get,0',
    detail: { field: 'value size', column: 7 },
  },
  { name: 'a client without number', line: '0,a,1,0,c,get,0', detail: { field: 'client id', column: 9 } },
  { name: 'an unknown operation', line: '0,a,1,0,1,touch,0', detail: { field: 'operation', column: 11 } },
  {
    name: 'an operation in capitals',
    line: '0,a,1,0,1,GET,0',
    detail: { field: 'operation', actual: 'GET' },
  },
  { name: 'no TTL', line: '0,a,1,0,1,get,', detail: { field: 'TTL', column: 15, actual: '' } },
  { name: 'a number too large', line: '0,a,1,0,1,get,99999999999999999', detail: { field: 'TTL' } },
  { name: 'a header line', line: 'timestamp,key,ks,vs,client,op,ttl', detail: { field: 'timestamp' } },
];

for (const { name, line, detail } of BAD_LINES) {
  test(`twitter trace: ${name} is refused with its place`, () => {
    for (const text of [`${GOOD}\n\n${line}\n${GOOD}\n`, `${GOOD}\r\n\r\n${line}`]) {
      assert.throws(
        () => read(text),
        (error: unknown) => {
          assert.ok(error instanceof TraceError);
          const expected: object = { line: 3, ...detail };
          assert.deepEqual({ ...error.detail, ...expected }, error.detail);
          return true;
        },
      );
    }
  });
}

test('twitter trace: messages say where, what and what was expected', () => {
  assert.throws(() => read('0,a,1,0,1,touch,0'), {
    message:
      'line 1, column 11: operation is "touch"; expected one of get, gets, set, add, replace, cas, append, ' +
      'prepend, incr, decr, delete',
  });
  assert.throws(() => read('0,a,1\n'), {
    message:
      'line 1, column 6: the line has 3 fields; ' +
      'expected 7: timestamp,key,key size,value size,client id,operation,TTL',
  });
});

test('twitter trace: chunks of any size give the same operations', () => {
  const text = twitterSample(5, 40);
  const whole = read(text).operations;
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 7, 64, 1_000]) {
    const reader = new TwitterTraceReader();
    const operations: TraceOperation[] = [];
    const drain = (): void => {
      for (let next = new TraceOperation(); reader.next(next); next = new TraceOperation())
        operations.push(next);
    };
    for (let at = 0; at < bytes.length; at += size) {
      reader.feed(bytes.subarray(at, at + size));
      drain();
    }
    reader.finish();
    drain();
    assert.deepEqual(operations, whole);
  }
});

test('twitter trace: the shipped sample is what its generator makes, and is read to the end', () => {
  const text = readFileSync(new URL('../examples/twitter-sample.csv', import.meta.url), 'utf8');
  assert.equal(text, twitterSample(SAMPLE_SEED, SAMPLE_LINES));
  const { operations, reader } = read(text);
  assert.equal(operations.length, SAMPLE_LINES);
  assert.equal(reader.counts.blankLines + reader.counts.oversized, 0);
  assert.equal(Object.keys(reader.counts.bySource).length, 11, 'every operation appears');
});
