/** The trace formats that there are: which one a file has, and who reads it. */
import { LINE_BYTES_MAX } from './line-splitter.ts';
import { MemcachedTraceReader } from './memcached-trace.ts';
import { TraceError } from './trace-error.ts';
import { shortened, type TraceReader, type TraceReaderOptions } from './trace-reader.ts';
import { TwitterTraceReader } from './twitter-trace.ts';
import { YcsbTraceReader } from './ycsb-trace.ts';

export const TRACE_FORMATS = ['twitter', 'ycsb', 'memcached'] as const;
export type TraceFormat = (typeof TRACE_FORMATS)[number];

/** Bytes of the beginning that are enough to tell a format: a run of YCSB begins with its properties. */
export const DETECTION_BYTES = 2 * LINE_BYTES_MAX;

/** A line that belongs to one format and to no other. The readers are stricter. */
const SIGNS: Readonly<Record<TraceFormat, RegExp>> = {
  twitter: /^[^,]*,.+,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*$/,
  ycsb: /^((READ|UPDATE|INSERT|DELETE|SCAN) \S+ \S|\*{3,} properties \*{3,}$)/,
  memcached: /(^|[\d\])Z:] )[<>]\d+ \S/,
};

const FORMS: Readonly<Record<TraceFormat, string>> = {
  twitter: "'0,key,3,128,1,get,0' (twitter)",
  ycsb: "'READ usertable key [ <all fields>]' (ycsb)",
  memcached: "'<28 get key' (memcached)",
};

/**
 * The format of a trace, by the first line that belongs to one.
 *
 * @param start the first bytes; at most DETECTION_BYTES of them are looked at
 * @throws TraceError UNKNOWN_FORMAT
 */
export function detectTraceFormat(start: Uint8Array): TraceFormat {
  const lines = new TextDecoder().decode(start.subarray(0, DETECTION_BYTES)).split(/\r?\n/);
  for (const line of lines) {
    const format = TRACE_FORMATS.find((candidate) => SIGNS[candidate].test(line));
    if (format !== undefined) return format;
  }
  const actual = shortened(lines.find((line) => line.trim() !== '') ?? '');
  throw new TraceError({ code: 'UNKNOWN_FORMAT', actual, forms: Object.values(FORMS) });
}

export function traceReader(format: TraceFormat, options: TraceReaderOptions = {}): TraceReader {
  switch (format) {
    case 'twitter':
      return new TwitterTraceReader(options);
    case 'ycsb':
      return new YcsbTraceReader(options);
    case 'memcached':
      return new MemcachedTraceReader(options);
  }
}
