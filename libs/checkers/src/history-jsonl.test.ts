import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  HistoryFormatError,
  type HistoryFormatErrorDetail,
  historyLines,
  parseHistory,
} from './history-jsonl.ts';
import type { Operation } from './history.ts';

const LINES = [
  '{"process":-1,"invoke":0,"return":0,"operation":"put","key":"k","value":"v0","outcome":"ok"}',
  '{"process":3,"invoke":10,"return":25.5,"operation":"get","key":"k","value":null,"outcome":"ok"}',
  '{"process":4,"invoke":11,"return":null,"operation":"delete","key":"k","value":null,"outcome":"unknown"}',
  '{"process":4,"invoke":12,"return":13,"operation":"put","key":"ключ\\n","value":"","outcome":"fail"}',
];

const OPERATIONS: readonly Operation[] = [
  { process: -1, invoke: 0, return: 0, operation: 'put', key: 'k', value: 'v0', outcome: 'ok' },
  { process: 3, invoke: 10, return: 25.5, operation: 'get', key: 'k', value: null, outcome: 'ok' },
  { process: 4, invoke: 11, return: null, operation: 'delete', key: 'k', value: null, outcome: 'unknown' },
  { process: 4, invoke: 12, return: 13, operation: 'put', key: 'ключ\n', value: '', outcome: 'fail' },
];

test('history lines: known operations give known lines and back', () => {
  assert.deepEqual([...historyLines(OPERATIONS)], LINES);
  assert.deepEqual([...parseHistory(LINES)], OPERATIONS);
});

test('history lines: line ends of any kind, empty lines and further fields are no trouble', () => {
  assert.deepEqual([...parseHistory(LINES.join('\n'))], OPERATIONS);
  assert.deepEqual([...parseHistory(`\n${LINES.join('\r\n\r\n')}\r\n`)], OPERATIONS);
  assert.deepEqual([...parseHistory(LINES.map((line) => `${line}\n`))], OPERATIONS);
  const further = LINES.map((line) => line.replace('{', '{"server":7,'));
  assert.deepEqual([...parseHistory(further)], OPERATIONS);
  assert.deepEqual([...parseHistory('')], []);
});

test('history lines: any operation survives the way there and back', () => {
  const process = fc.integer({ min: -1, max: 2 ** 31 - 1 });
  const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  const text = fc.string({ unit: 'binary' });
  const operation = fc
    .record({
      process,
      times: fc.tuple(time, time),
      kind: fc.constantFrom('get', 'put', 'delete'),
      key: text,
    })
    .chain(({ process, times, kind, key }) =>
      fc
        .record({ outcome: fc.constantFrom('ok', 'fail', 'unknown'), written: text, read: fc.option(text) })
        .map(({ outcome, written, read }): Operation => ({
          ...{ process, operation: kind, key, outcome },
          invoke: Math.min(...times),
          return: outcome === 'unknown' ? null : Math.max(...times),
          value: kind === 'put' ? written : kind === 'get' && outcome === 'ok' ? read : null,
        })),
    );
  fc.assert(
    fc.property(fc.array(operation), (operations) => {
      assert.deepEqual([...parseHistory([...historyLines(operations)].join('\n'))], operations);
    }),
    { seed: 1, numRuns: 200 },
  );
});

const good = JSON.parse(LINES[1]!) as Record<string, unknown>;
const withFields = (fields: Record<string, unknown>): string => JSON.stringify({ ...good, ...fields });

const BAD: readonly {
  name: string;
  line: string;
  detail: Partial<HistoryFormatErrorDetail>;
  message: RegExp;
}[] = [
  { name: 'no JSON', line: '{"process":', detail: { code: 'BAD_JSON' }, message: /^line 2 is not JSON/ },
  {
    name: 'an array',
    line: '[1]',
    detail: { code: 'NOT_AN_OBJECT' },
    message: /^line 2 is not a JSON object/,
  },
  { name: 'null', line: 'null', detail: { code: 'NOT_AN_OBJECT' }, message: /^line 2/ },
  {
    name: 'a missing field',
    line: withFields({ key: undefined }),
    detail: { code: 'MISSING_FIELD', field: 'key' },
    message: /^line 2 has no field "key"$/,
  },
  {
    name: 'a process that is no number',
    line: withFields({ process: 'p1' }),
    detail: { code: 'BAD_FIELD', field: 'process', actual: '"p1"' },
    message: /^line 2: "process" is "p1"; expected an integer from -1/,
  },
  {
    name: 'a process out of range',
    line: withFields({ process: -2 }),
    detail: { code: 'BAD_FIELD', field: 'process' },
    message: /-2/,
  },
  {
    name: 'nanoseconds since 1970, which JSON rounds',
    line: withFields({ invoke: 1_790_000_000_000_000_000 }),
    detail: { code: 'BAD_FIELD', field: 'invoke' },
    message: /since the start of the run/,
  },
  {
    name: 'an infinite time',
    line: withFields({}).replace('25.5', '1e999'),
    detail: { code: 'BAD_FIELD', field: 'return' },
    message: /"return"/,
  },
  {
    name: 'a return before the invocation',
    line: withFields({ return: 9 }),
    detail: { code: 'BAD_FIELD', field: 'return', actual: '9' },
    message: /not before "invoke"/,
  },
  {
    name: 'an operation with an outcome and no return',
    line: withFields({ return: null }),
    detail: { code: 'BAD_FIELD', field: 'return' },
    message: /"return" is null/,
  },
  {
    name: 'an unknown outcome with a return',
    line: withFields({ outcome: 'unknown' }),
    detail: { code: 'BAD_FIELD', field: 'return' },
    message: /expected null, as the outcome is "unknown"/,
  },
  {
    name: 'an operation of another kind',
    line: withFields({ operation: 'cas' }),
    detail: { code: 'BAD_FIELD', field: 'operation' },
    message: /"operation" is "cas"; expected one of "get", "put", "delete"/,
  },
  {
    name: 'another outcome',
    line: withFields({ outcome: 'info' }),
    detail: { code: 'BAD_FIELD', field: 'outcome' },
    message: /"info"/,
  },
  {
    name: 'a key that is no string',
    line: withFields({ key: 7 }),
    detail: { code: 'BAD_FIELD', field: 'key' },
    message: /"key" is 7; expected a string/,
  },
  {
    name: 'a put without a value',
    line: withFields({ operation: 'put' }),
    detail: { code: 'BAD_FIELD', field: 'value' },
    message: /a put writes one/,
  },
  {
    name: 'a delete with a value',
    line: withFields({ operation: 'delete', value: 'x' }),
    detail: { code: 'BAD_FIELD', field: 'value' },
    message: /a delete with outcome "ok" has no value/,
  },
  {
    name: 'a failed get with a value',
    line: withFields({ outcome: 'fail', value: 'x' }),
    detail: { code: 'BAD_FIELD', field: 'value' },
    message: /a get with outcome "fail" has no value/,
  },
  {
    name: 'a value that is a number',
    line: withFields({ value: 7 }),
    detail: { code: 'BAD_FIELD', field: 'value' },
    message: /a string, or null/,
  },
];

for (const { name, line, detail, message } of BAD) {
  test(`history lines: refused with line and field: ${name}`, () => {
    assert.throws(
      () => [...parseHistory([LINES[0]!, line, LINES[2]!])],
      (error: unknown) => {
        assert.ok(error instanceof HistoryFormatError);
        assert.deepEqual({ ...error.detail, ...detail, line: 2 }, error.detail);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('history lines: empty lines count, and a long field is cut in the message', () => {
  const line = withFields({ operation: 'x'.repeat(10_000) });
  assert.throws(
    () => [...parseHistory(`${LINES[0]}\n\n${line}`)],
    (error: unknown) =>
      error instanceof HistoryFormatError && error.detail.line === 3 && error.message.length < 200,
  );
});

test('history lines: the lines before a bad one are still delivered', () => {
  const reader = parseHistory([LINES[0]!, 'x']);
  assert.deepEqual(reader.next().value, OPERATIONS[0]);
  assert.throws(() => reader.next(), HistoryFormatError);
});
