import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectTraceFormat } from './trace-format.ts';

const detect = (text: string): string => detectTraceFormat(new TextEncoder().encode(text));

for (const { format, text } of [
  { format: 'twitter', text: '0,a,1,0,1,get,0\n' },
  { format: 'twitter', text: '\r\n5,READ a,b <28 get x,1,0,1,get,0' },
  { format: 'ycsb', text: 'READ usertable user1 [ <all fields>]\n' },
  { format: 'ycsb', text: 'UPDATE usertable user1 [ field0=a,b,c,d,e ]\n' },
  { format: 'ycsb', text: 'SCAN usertable user1 5 [ <all fields>]\n' },
  { format: 'ycsb', text: '***************** properties *****************\n"a"="b"\n' },
  { format: 'ycsb', text: 'java -cp a:b site.ycsb.Client\nCommand line: -t\nREAD usertable k [ ]\n' },
  { format: 'memcached', text: 'slab class   1: chunk size 96\n<26 server listening (auto-negotiate)\n' },
  { format: 'memcached', text: '<28 get a\n' },
  { format: 'memcached', text: '2024-03-01T12:00:00Z <28 get a\n' },
  { format: 'memcached', text: 'Mar  1 12:00:00 cache7 memcached[4711]: <28 set a 0 0 5\n' },
]) {
  test(`trace format: ${JSON.stringify(text.slice(0, 40))} is ${format}`, () => {
    assert.equal(detect(text), format);
  });
}

test('trace format: what fits none is refused with what was there and what would fit', () => {
  assert.throws(() => detect(`\n${'binary'.repeat(20)}\n`), {
    name: 'TraceError',
    message:
      /^no trace format fits the beginning, "(binary){6}bina…"; expected lines such as '0,key.*\(ycsb\) or '<28 get key'/,
  });
  assert.throws(() => detect('\n'), { message: 'there is no line in it; expected a trace' });
});
