import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { readTrace as read } from '../test/read-trace.ts';
import { TraceError } from './trace-error.ts';
import type { TraceFormat } from './trace-format.ts';
import { TraceKeys } from './trace-keys.ts';
import type { TraceOperation } from './trace-reader.ts';

const brief = ({ source, keyText, valueBytes }: TraceOperation): string =>
  `${source} ${keyText} ${valueBytes}`;

test('ycsb trace: what BasicDB prints is read, with its headings and measurements passed over', () => {
  const { operations, reader } = read(
    'ycsb',
    [
      '/usr/bin/java -cp /opt/ycsb/conf site.ycsb.Client -t -db site.ycsb.BasicDB',
      'Command line: -t',
      'YCSB Client 0.17.0',
      '',
      'Loading workload...',
      'Starting test.',
      '2024-03-01 12:00:00:000 0 sec: 0 operations; est completion in 0 second',
      '***************** properties *****************',
      '"workload"="site.ycsb.workloads.CoreWorkload"',
      '**********************************************',
      'READ usertable user62 [ <all fields>]',
      'READ usertable user62 [ field0 field1 ]',
      'UPDATE usertable user85 [ field3=5Cy/:+( ]',
      'INSERT usertable user10 [ field0=ab field1=cde field9= ]',
      'DELETE usertable user10',
      '[OVERALL], RunTime(ms), 93',
      '',
    ].join('\r\n'),
  );
  assert.deepEqual(operations.map(brief), [
    'READ user62 0',
    'READ user62 0',
    'UPDATE user85 7',
    'INSERT user10 5',
    'DELETE user10 0',
  ]);
  assert.deepEqual(
    operations.map(({ kind, key }) => `${kind} ${key}`),
    ['get 0', 'get 0', 'put 1', 'put 2', 'delete 2'],
  );
  assert.equal(reader.counts.otherLines, 10);
  assert.equal(reader.counts.blankLines, 1);
});

test("ycsb trace: values may hold blanks, brackets and '=', and other field names are as good", () => {
  const { operations } = read(
    'ycsb',
    [
      'UPDATE usertable k [ field0= a=b ] c ]',
      'UPDATE usertable k [ c0=1 ] c1=x=y c2= ]',
      'UPDATE usertable k [ f.0=ab fx0=c ]',
    ].join('\n'),
  );
  assert.deepEqual(
    operations.map(({ valueBytes }) => valueBytes),
    [' a=b ] c'.length, '1 ]'.length + 'x=y'.length, 'ab fx0=c'.length],
  );
});

test('ycsb trace: fields of random printable bytes, as YCSB makes them, have the sizes they were made with', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const prng = new Prng(seed);
    const prefix = seed % 2 === 0 ? 'field' : 'a.b';
    const lengths = Array.from({ length: 1 + prng.below(10) }, () => prng.below(120));
    const fields = lengths.map((length, i) => {
      const characters = Array.from({ length }, () => String.fromCharCode(0x20 + prng.below(0x60)));
      return `${prefix}${i}=${characters.join('')} `;
    });
    const { operations } = read('ycsb', `INSERT usertable user1 [ ${fields.join('')}]\n`);
    const bytes = lengths.reduce((a, b) => a + b, 0);
    assert.deepEqual(operations.map(brief), [`INSERT user1 ${bytes}`], `seed ${seed}`);
  }
});

test('memcached trace: commands are read, a get of several keys is several operations', () => {
  const { operations, reader } = read(
    'memcached',
    [
      'slab class   1: chunk size        96 perslab   10922',
      '<26 server listening (auto-negotiate)',
      '<28 new auto-negotiating client connection',
      '28: Client using the ascii protocol',
      'Hash table expansion starting',
      'Starting LRU crawler background thread',
      '> NOT FOUND a',
      '<28 get a',
      '>28 sending key a',
      '>28 END',
      '<28 gets a b  c',
      '<29 set d 0 3600 128',
      '>29 STORED',
      '<29 set e 5 0 64 noreply',
      '>29 NOREPLY STORED',
      '<29 cas d 0 -1 9 77',
      '<29 incr d 12',
      '<29 gat 60 a b',
      '<29 delete d noreply',
      '<29 mg a v t',
      '<29 ms a 33 T0',
      '<29 md a',
      '<29 touch a 60',
      '<29 touch b 60',
      '<29 stats items',
      '<28 connection closed.',
    ].join('\n'),
  );
  assert.deepEqual(operations.map(brief), [
    ...['get a 0', 'gets a 0', 'gets b 0', 'gets c 0', 'set d 128', 'set e 64', 'cas d 9', 'incr d 20'],
    ...['gat a 0', 'gat b 0', 'delete d 0', 'mg a 0', 'ms a 33', 'md a 0'],
  ]);
  assert.deepEqual(reader.counts.skipped, { touch: 2, stats: 1 });
  assert.deepEqual(reader.counts.bySource, {
    ...{ get: 1, gets: 3, set: 2, cas: 1, incr: 1, gat: 2, delete: 1, mg: 1, ms: 1, md: 1 },
  });
  assert.equal(reader.counts.otherLines, 12);
  assert.deepEqual([operations[4]?.ttlSeconds, operations[4]?.clientId], [3_600, 29]);
});

for (const stamp of [
  '2024-03-01T12:00:00Z ',
  '2024-03-01 12:00:00.123 ',
  '[2024-03-01 12:00:00,123] ',
  '1709294400.25 ',
  '12:00:00.5 ',
  'Mar  1 12:00:00 ',
  'Mar  1 12:00:00 cache7 memcached[4711]: ',
  '2024-03-01T12:00:00+01:00 cache7 memcached[4711]: ',
]) {
  test(`memcached trace: a time stamp such as '${stamp}' may stand before a command`, () => {
    const lines = ['slab class   1: chunk size 96', '<28 get a', '>28 END', '<28 set b 0 0 5'];
    const { operations } = read('memcached', lines.map((line) => `${stamp}${line}\n`).join(''));
    assert.deepEqual(operations.map(brief), ['get a 0', 'set b 5']);
  });
}

const BAD_LINES: readonly {
  readonly format: TraceFormat;
  readonly line: string;
  readonly message: RegExp;
}[] = [
  {
    format: 'ycsb',
    line: 'hello',
    message: /^line 3, column 1: operation is "hello"; expected one of READ, /,
  },
  { format: 'ycsb', line: 'read usertable k [ ]', message: /column 1: operation is "read"; expected one of/ },
  {
    format: 'ycsb',
    line: 'SCAN usertable user1 40 [ <all fields>]',
    message:
      /^line 3: "SCAN usertable user1 40 .*" is a range scan, and the rack has none: keys are placed by hash/,
  },
  {
    format: 'ycsb',
    line: 'READ usertable',
    message: /column 1: call is .*; expected READ <table> <key> \[ … \]/,
  },
  { format: 'ycsb', line: 'DELETE usertable', message: /expected DELETE <table> <key>$/ },
  { format: 'ycsb', line: 'READ usertable k', message: /column 18: fields is ""; expected \[ … \]/ },
  { format: 'ycsb', line: 'READ usertable k field0', message: /column 18: fields is "field0"; expected/ },
  { format: 'ycsb', line: 'UPDATE usertable k [ ]', message: /column 22: fields is ""; expected name=value/ },
  { format: 'ycsb', line: 'UPDATE usertable k [ a b ]', message: /fields is "a b "; expected name=value/ },
  { format: 'ycsb', line: 'UPDATE usertable k [ f0=ab]', message: /fields is "f0=ab"; expected name=value/ },
  {
    format: 'ycsb',
    line: 'DELETE usertable k [ ]',
    message: /rest of the line is "\[ \]"; expected nothing/,
  },
  {
    format: 'ycsb',
    line: 'READ other k [ <all fields>]',
    message: /column 6: table is "other"; expected usertable/,
  },
  {
    format: 'ycsb',
    line: `READ usertable ${'k'.repeat(256)} [ <all fields>]`,
    message: /column 16: key is "k{40}…"; expected at most 255 bytes, not 256$/,
  },
  {
    format: 'ycsb',
    line: 'UPDATE usertable k [ f0=12345678901 ]',
    message: /^line 3: the value to write has 11/,
  },
  {
    format: 'memcached',
    line: 'get a',
    message: /^line 3, column 1: line is "get a"; expected '<28 get key'/,
  },
  { format: 'memcached', line: 'key=a exp=1 la=2 cas=3', message: /column 1: line is "key=a/ },
  { format: 'memcached', line: 'x y <28 get a', message: /column 1: line is "x y/ },
  {
    format: 'memcached',
    line: '<28 fetch a',
    message: /column 5: command is "fetch a"; expected a command of/,
  },
  { format: 'memcached', line: '<28 get', message: /column 5: command is "get"; expected get key …/ },
  { format: 'memcached', line: '<28 set a 0 0', message: /expected set key flags exptime bytes \[noreply\]/ },
  { format: 'memcached', line: '<28 cas a 0 0 5', message: /expected cas key flags exptime bytes unique/ },
  {
    format: 'memcached',
    line: '<28 set a 0 0 5 noreply x',
    message: /column 5: command is .*; expected set key/,
  },
  { format: 'memcached', line: '<28 incr a', message: /expected incr key delta \[noreply\]/ },
  { format: 'memcached', line: '<28 set a 0 0 5x', message: /column 15: bytes is "5x"; expected a decimal/ },
  { format: 'memcached', line: '<28 set a 0 soon 5', message: /column 13: exptime is "soon"; expected/ },
  {
    format: 'memcached',
    line: '<28 set a 0 0 11',
    message: /^line 3: the value to write has 11 bytes; .* at most 10/,
  },
  {
    format: 'memcached',
    line: `<28 get a ${'é'.repeat(128)}`,
    message: /column 11: key is .* 255 bytes, not 256/,
  },
  { format: 'memcached', line: '<28 Read binary protocol data:', message: /^line 3: .* binary protocol/ },
  { format: 'twitter', line: `0,${'k'.repeat(300)},1,0,1,get,0`, message: /column 3: key is .*, not 300$/ },
  { format: 'twitter', line: '0,a,1,11,1,set,0', message: /^line 3: the value to write has 11 bytes/ },
];

const GOOD: Readonly<Record<TraceFormat, string>> = {
  twitter: '0,a,1,0,1,get,0',
  ycsb: 'READ usertable k [ <all fields>]',
  memcached: '<28 get a',
};

for (const { format, line, message } of BAD_LINES) {
  test(`${format} trace: '${line.slice(0, 40)}' is refused with its place and what was expected`, () => {
    const text = `${GOOD[format]}\n\n${line}\n${GOOD[format]}\n`;
    assert.throws(
      () => read(format, text, { valueBytesMax: 10 }),
      (error) => error instanceof TraceError && message.test(error.message),
    );
  });
}

test('trace keys: a trace that is read again keeps the numbers of its keys', () => {
  const keys = new TraceKeys();
  const text = '<28 get b a\n<28 get ü\n';
  const numbers = (): number[] => read('memcached', text, { keys }).operations.map(({ key }) => key);
  assert.deepEqual(numbers(), [0, 1, 2]);
  assert.deepEqual(numbers(), [0, 1, 2]);
  const out = new Uint8Array(300).fill(0xa5);
  assert.equal(keys.write(2, out, 3), 2);
  assert.deepEqual([...out.subarray(2, 6)], [0xa5, 0xc3, 0xbc, 0xa5]);
  assert.deepEqual([keys.indexOf('a'), keys.indexOf('z')], [1, -1]);
});
