import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '@ballast/base';
import { readTrace } from '../test/read-trace.ts';
import { TRACE_FORMATS, type TraceFormat, traceReader } from './trace-format.ts';
import { TraceOperation, type TraceOperationKind } from './trace-reader.ts';
import { traceLine } from './trace-writer.ts';

const SOURCES: Readonly<Record<TraceFormat, Readonly<Record<TraceOperationKind, readonly string[]>>>> = {
  twitter: {
    get: ['get', 'gets'],
    put: ['set', 'add', 'replace', 'cas', 'append', 'prepend', 'incr', 'decr'],
    delete: ['delete'],
  },
  ycsb: { get: ['READ'], put: ['UPDATE', 'INSERT'], delete: ['DELETE'] },
  memcached: { get: ['get', 'gets', 'mg'], put: ['set', 'add', 'replace'], delete: ['delete', 'md'] },
};
const KEY_CHARACTERS = [...'abzAZ09:_-.,;<>[]()=!"$%&/\\äß€中😀'];

function oneOf<T>(values: readonly T[], prng: Prng): T {
  return values[prng.below(values.length)]!;
}

/** Any operation that the format can say. */
function anyOperation(format: TraceFormat, prng: Prng): TraceOperation {
  const operation = new TraceOperation();
  operation.kind = oneOf(['get', 'put', 'delete'], prng);
  operation.source = oneOf(SOURCES[format][operation.kind], prng);
  const characters = format === 'twitter' ? [...KEY_CHARACTERS, ' '] : KEY_CHARACTERS;
  const length = 1 + prng.below(prng.below(8) === 0 ? 63 : 8);
  operation.keyText = Array.from({ length }, () => oneOf(characters, prng)).join('');
  operation.keyBytes = new TextEncoder().encode(operation.keyText).length;
  if (operation.kind === 'put') operation.valueBytes = prng.below(3_000);
  if (format !== 'ycsb') operation.clientId = prng.below(1_000);
  if (format === 'twitter') {
    operation.timestampSeconds = prng.below(1_000_000);
    if (operation.kind === 'get') operation.valueBytes = prng.below(100_000);
  }
  if (format !== 'ycsb' && operation.kind === 'put') operation.ttlSeconds = prng.below(100_000);
  return operation;
}

for (const format of TRACE_FORMATS) {
  test(`${format} trace: what is written is read again, however the bytes are cut`, () => {
    for (let seed = 1; seed <= 60; seed++) {
      const prng = new Prng(seed);
      const written = Array.from({ length: prng.below(40) }, () => anyOperation(format, prng));
      const lineEnd = oneOf(['\n', '\r\n'], prng);
      const text = written.map((operation) => traceLine(format, operation) + lineEnd).join('');
      const { operations, reader } = readTrace(format, text, {}, 1 + prng.below(200));
      const keys = [...new Set(written.map(({ keyText }) => keyText))];
      for (const operation of written) operation.key = keys.indexOf(operation.keyText);
      assert.deepEqual(operations, written, `seed ${seed}`);
      assert.equal(reader.counts.operations, written.length);
    }
  });

  test(`${format} trace: broken lines are refused with TraceError or read, and nothing else happens`, () => {
    const prng = new Prng(99);
    for (let i = 0; i < 400; i++) {
      const line = [...traceLine(format, anyOperation(format, prng)).slice(0, 200)];
      for (let flips = 1 + prng.below(3); flips > 0; flips--) {
        line[prng.below(line.length)] = oneOf(['', ' ', ',', 'x', '<', '\u0000', '9'], prng);
      }
      try {
        readTrace(format, line.join(''));
      } catch (error) {
        assert.equal((error as Error).name, 'TraceError');
        assert.match((error as Error).message, /^line 1\b.*expected|is a range scan|binary protocol/);
      }
    }
  });

  test(`${format} trace: a million lines are read in memory that does not grow with them`, () => {
    const prng = new Prng(7);
    const lines = Array.from({ length: 1_000 }, () => `${traceLine(format, shortOperation(format, prng))}\n`);
    const chunk = new TextEncoder().encode(lines.join(''));
    const reader = traceReader(format);
    const out = new TraceOperation();
    let heapBytes = 0;
    for (let i = 0; i < 1_000; i++) {
      reader.feed(chunk);
      while (reader.next(out));
      if (i === 100) heapBytes = usedHeapBytes();
    }
    assert.equal(reader.counts.operations, 1_000_000);
    assert.ok(reader.keys <= 1_000);
    const growth = usedHeapBytes() - heapBytes;
    assert.ok(growth < 8e6, `the heap grew by ${growth} bytes in 900,000 lines`);
  });
}

function shortOperation(format: TraceFormat, prng: Prng): TraceOperation {
  const operation = anyOperation(format, prng);
  if (operation.kind === 'put') operation.valueBytes = prng.below(20);
  return operation;
}

/** After a collection where it can be asked for; a leak of a byte a line would show all the same. */
function usedHeapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
