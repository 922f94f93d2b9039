import fc from 'fast-check';

/** Of every property in this room: what fails once fails again. */
const SEED = 20_201_104;

/** Holds for `runs` drawn values, or fails with the smallest counterexample found. */
export function forAll<T>(values: fc.Arbitrary<T>, check: (value: T) => void, runs = 300): void {
  fc.assert(fc.property(values, check), { seed: SEED, numRuns: runs });
}

/** Uniform over all numbers of so many bits, with the extremes drawn often. At most 48 bits. */
export function uint(bits: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 2 ** bits - 1 });
}

/** Byte arrays of the given lengths. */
export function byteArrays(lengthMin: number, lengthMax: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: lengthMin, maxLength: lengthMax });
}
