/** Histories as JSON Lines, for foreign checkers. docs/checking.md documents the format. Does no I/O. */
import { DetailedError } from '@ballast/base';
import type { Operation } from './history.ts';
import { KINDS, OUTCOMES } from './history-columns.ts';

export type HistoryFormatErrorDetail =
  | { code: 'BAD_JSON'; line: number; reason: string }
  | { code: 'NOT_AN_OBJECT'; line: number }
  | { code: 'MISSING_FIELD'; line: number; field: keyof Operation }
  /** `actual`: the field's JSON text, cut short if it is long. */
  | { code: 'BAD_FIELD'; line: number; field: keyof Operation; expected: string; actual: string };

/** A history that cannot be read. Lines are counted from 1. The reader that threw it reads no further. */
export class HistoryFormatError extends DetailedError<HistoryFormatErrorDetail> {
  protected override explain(d: HistoryFormatErrorDetail): string {
    switch (d.code) {
      case 'BAD_JSON':
        return `line ${d.line} is not JSON (${d.reason}); expected one operation a line`;
      case 'NOT_AN_OBJECT':
        return `line ${d.line} is not a JSON object; expected one operation a line`;
      case 'MISSING_FIELD':
        return `line ${d.line} has no field "${d.field}"`;
      case 'BAD_FIELD':
        return `line ${d.line}: "${d.field}" is ${d.actual}; expected ${d.expected}`;
    }
  }
}

/** One line for each operation, without a line feed, in the order of the history. */
export function* historyLines(history: Iterable<Operation>): Generator<string, void, undefined> {
  for (const o of history) {
    const { process, invoke, return: returned, operation, key, value, outcome } = o;
    yield JSON.stringify({ process, invoke, return: returned, operation, key, value, outcome });
  }
}

/**
 * Reads what `historyLines` wrote. Empty lines and further fields are passed over.
 *
 * @param source the whole text, or its lines with or without their line feeds.
 * @throws {HistoryFormatError} while iterating, at the first bad line.
 */
export function* parseHistory(source: string | Iterable<string>): Generator<Operation, void, undefined> {
  let line = 0;
  for (const text of typeof source === 'string' ? linesOf(source) : source) {
    line++;
    if (text.trim() !== '') yield parseOperation(text, line);
  }
}

function* linesOf(text: string): Generator<string, void, undefined> {
  let start = 0;
  while (start < text.length) {
    const feed = text.indexOf('\n', start);
    const end = feed === -1 ? text.length : feed;
    yield text.slice(start, end);
    start = end + 1;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parseOperation(text: string, line: number): Operation {
  const fields = parseObject(text, line);
  const read = <T>(field: keyof Operation, expected: string, accept: (v: unknown) => v is T): T => {
    const value = fields[field];
    if (value === undefined) throw new HistoryFormatError({ code: 'MISSING_FIELD', line, field });
    if (accept(value)) return value;
    throw new HistoryFormatError({ code: 'BAD_FIELD', line, field, expected, actual: excerpt(value) });
  };
  const process = read('process', 'an integer from -1 to 2147483647', isProcess);
  const invoke = read('invoke', TIME, isTime);
  const operation = read('operation', 'one of "get", "put", "delete"', isOneOf(KINDS));
  const key = read('key', 'a string', isString);
  const outcome = read('outcome', 'one of "ok", "fail", "unknown"', isOneOf(OUTCOMES));
  const returned =
    outcome === 'unknown'
      ? read('return', 'null, as the outcome is "unknown"', isNull)
      : read('return', `${TIME}, and not before "invoke"`, (v): v is number => isTime(v) && v >= invoke);
  const value =
    operation === 'put'
      ? read('value', 'a string, as a put writes one', isString)
      : operation === 'get' && outcome === 'ok'
        ? read('value', 'a string, or null for a key that was not there', isStringOrNull)
        : read('value', `null, as a ${operation} with outcome "${outcome}" has no value`, isNull);
  return { process, invoke, return: returned, operation, key, value, outcome };
}

function parseObject(text: string, line: number): Fields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HistoryFormatError({ code: 'BAD_JSON', line, reason }, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new HistoryFormatError({ code: 'NOT_AN_OBJECT', line });
  }
  return parsed as Fields;
}

/** Larger numbers come out of JSON rounded: nanoseconds since 1970 would lose the order of events. */
const TIME = 'nanoseconds since the start of the run (a number from -2^53 to 2^53)';

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function isProcess(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= -1 && (value as number) <= 0x7fff_ffff;
}

function isOneOf<T extends string>(names: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => (names as readonly unknown[]).includes(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isNull(value: unknown): value is null {
  return value === null;
}

function isStringOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

const EXCERPT_CHARACTERS_MAX = 40;

function excerpt(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= EXCERPT_CHARACTERS_MAX ? text : `${text.slice(0, EXCERPT_CHARACTERS_MAX)}…`;
}
