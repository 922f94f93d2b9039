/** Traces as text: what the readers read, made from operations, for other tools and for round trips. */
import { assert, type Prng } from '@ballast/base';
import type { KeyNames } from './key-names.ts';
import type { OperationKind } from './mix.ts';
import type { TraceFormat } from './trace-format.ts';
import { TraceOperation, type TraceOperationKind } from './trace-reader.ts';
import { Operation, type Workload } from './workload.ts';

/** The formats' names of what a workload asks for. A read-modify-write is two lines in each of them. */
const SOURCES: Readonly<Record<TraceFormat, Readonly<Record<TraceOperationKind | 'insert', string>>>> = {
  twitter: { get: 'get', put: 'set', delete: 'delete', insert: 'add' },
  ycsb: { get: 'READ', put: 'UPDATE', delete: 'DELETE', insert: 'INSERT' },
  memcached: { get: 'get', put: 'set', delete: 'delete', insert: 'add' },
};

/** In the trace, of whose clients it has a few: seconds go by after so many operations. */
const OPERATIONS_PER_SECOND = 1_000;
const CLIENTS = 8;
/** File descriptor of memcached's first connection, as it mostly is. */
const FIRST_CONNECTION = 28;

/**
 * One line of a trace, without a line feed: what the reader of the format reads as this operation.
 *
 * `source` must be a name of the format. Preconditions: no key has a line feed; nor blanks, but in Twitter's.
 */
export function traceLine(format: TraceFormat, operation: Readonly<TraceOperation>): string {
  const { keyText, keyBytes, valueBytes, clientId, source, kind, timestampSeconds, ttlSeconds } = operation;
  assert(!/[\r\n]/.test(keyText) && (format === 'twitter' || !/\s/.test(keyText)), 'a key has no blanks');
  switch (format) {
    case 'twitter':
      return [timestampSeconds, keyText, keyBytes, valueBytes, clientId, source, ttlSeconds].join(',');
    case 'ycsb': {
      const call = `${source} usertable ${keyText}`;
      if (kind === 'get') return `${call} [ <all fields>]`;
      return kind === 'delete' ? call : `${call} [ field0=${'x'.repeat(valueBytes)} ]`;
    }
    case 'memcached': {
      const command = `<${clientId} ${source} ${keyText}`;
      return kind === 'put' ? `${command} 0 ${ttlSeconds} ${valueBytes}` : command;
    }
  }
}

export interface TraceTextOptions {
  readonly format: TraceFormat;
  /** Operations drawn; a read-modify-write is one of them, and two lines. */
  readonly operations: number;
  readonly prng: Prng;
  readonly keyNames: KeyNames;
}

/** The lines of a trace of a workload, without line feeds. Inserts count as answered at once. */
export function* traceLines(workload: Workload, options: TraceTextOptions): Generator<string, void> {
  const { format, operations, prng, keyNames } = options;
  const drawn = new Operation();
  const traced = new TraceOperation();
  for (let i = 0; i < operations; i++) {
    workload.next(prng, drawn);
    if (drawn.kind === 'insert') workload.settle(drawn.key);
    traced.keyText = keyNames.format(drawn.key);
    traced.keyBytes = keyNames.bytesMax;
    traced.clientId = (i % CLIENTS) + (format === 'memcached' ? FIRST_CONNECTION : 0);
    traced.timestampSeconds = Math.floor(i / OPERATIONS_PER_SECOND);
    for (const kind of linesOf(drawn.kind)) {
      traced.kind = kind === 'insert' ? 'put' : kind;
      traced.source = SOURCES[format][kind];
      traced.valueBytes = traced.kind === 'put' ? drawn.valueBytes : 0;
      yield traceLine(format, traced);
    }
  }
}

function linesOf(kind: OperationKind): readonly (TraceOperationKind | 'insert')[] {
  return kind === 'readModifyWrite' ? ['get', 'put'] : [kind];
}
