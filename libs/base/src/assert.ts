/**
 * A broken invariant: a bug of ours, never of the world. Nothing catches it; the process stops.
 *
 * Bad bytes are drop reasons and refusals of the world are DetailedErrors; neither is an assertion.
 */
export class AssertionFailure extends Error {
  override name = 'AssertionFailure';
}

/**
 * Stops the process unless `condition` holds. The invariant is a sentence: 'capacity 3 is a power of two'.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new AssertionFailure(`broken invariant: ${invariant}`);
}

/** Closes an exhaustive switch: a new member of the union fails to compile where this is called. */
export function unreachable(value: never): never {
  const shown = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? `${part}n` : part,
  );
  throw new AssertionFailure(`broken invariant: unreachable, got ${shown}`);
}

/** The value, or a stop when it is missing. For look-ups that an invariant makes total. */
export function present<T>(value: T | undefined | null, invariant: string): T {
  if (value === undefined || value === null) throw new AssertionFailure(`broken invariant: ${invariant}`);
  return value;
}
