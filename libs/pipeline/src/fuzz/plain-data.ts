/** Comparing and printing what targets answer: records, arrays, bytes and bigints. */

/** Where two answers differ first, and what each has there. */
export interface Difference {
  /** Such as 'outcome' or 'registers.r0[3][1]'; empty when the whole differs. */
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
}

const BYTES_SHOWN_MAX = 64;

/** The first difference between two answers, or null. */
export function differenceOf(expected: unknown, actual: unknown, path = ''): Difference | null {
  if (expected instanceof Uint8Array && actual instanceof Uint8Array)
    return bytesDifference(expected, actual, path);
  if (Array.isArray(expected) && Array.isArray(actual)) return arrayDifference(expected, actual, path);
  if (isRecord(expected) && isRecord(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const found = differenceOf(expected[key], actual[key], path === '' ? key : `${path}.${key}`);
      if (found !== null) return found;
    }
    return null;
  }
  return Object.is(expected, actual) ? null : { path, expected: textOf(expected), actual: textOf(actual) };
}

/** One line of text, the same for equal values. */
export function textOf(value: unknown): string {
  if (value instanceof Uint8Array) {
    const shown = hexOf(value.subarray(0, BYTES_SHOWN_MAX));
    return value.length > BYTES_SHOWN_MAX ? `${shown}… (${value.length} bytes)` : shown;
  }
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (isRecord(value)) {
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key}: ${textOf(inner)}`)
      .join(', ')} }`;
  }
  if (typeof value === 'bigint') return value < 10n ? String(value) : `0x${value.toString(16)}`;
  return String(value);
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function bytesDifference(expected: Uint8Array, actual: Uint8Array, path: string): Difference | null {
  if (expected.length !== actual.length) {
    return { path: `${path}.length`, expected: String(expected.length), actual: String(actual.length) };
  }
  const at = expected.findIndex((byte, i) => byte !== actual[i]);
  if (at < 0) return null;
  const end = Math.min(expected.length, at + 8);
  return {
    path: `${path}[${at}]`,
    expected: hexOf(expected.subarray(at, end)),
    actual: hexOf(actual.subarray(at, end)),
  };
}

function arrayDifference(
  expected: readonly unknown[],
  actual: readonly unknown[],
  path: string,
): Difference | null {
  for (let i = 0; i < Math.min(expected.length, actual.length); i++) {
    const found = differenceOf(expected[i], actual[i], `${path}[${i}]`);
    if (found !== null) return found;
  }
  if (expected.length === actual.length) return null;
  return { path: `${path}.length`, expected: String(expected.length), actual: String(actual.length) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
