import { type TraceFormat, traceReader } from '../src/trace-format.ts';
import { TraceOperation, type TraceReader, type TraceReaderOptions } from '../src/trace-reader.ts';

export interface ReadTrace {
  readonly operations: TraceOperation[];
  readonly reader: TraceReader;
}

/** Reads a whole trace, handed over in chunks of so many bytes. */
export function readTrace(
  format: TraceFormat,
  text: string,
  options: TraceReaderOptions = {},
  chunkBytes = Infinity,
): ReadTrace {
  const reader = traceReader(format, options);
  const operations: TraceOperation[] = [];
  const drain = (): void => {
    for (let next = new TraceOperation(); reader.next(next); next = new TraceOperation()) {
      operations.push(next);
    }
  };
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    reader.feed(bytes.subarray(at, Math.min(bytes.length, at + chunkBytes)));
    drain();
  }
  reader.finish();
  drain();
  return { operations, reader };
}
