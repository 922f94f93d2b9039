/**
 * HeavyKeeper (Gong et al., "HeavyKeeper: An Accurate Algorithm for Finding Top-k Elephant Flows", ATC '18)
 * in registers: counts the requests of the keys that are asked for most, and forgets the others.
 *
 * A row is an array of records {fingerprint, requests, writes}. A key has one place in each row. Its own
 * request counts; another's takes one away with a probability that falls exponentially with the count, and
 * who brings it to zero takes the place. So the rare keys wear each other down and the frequent ones stay.
 *
 * Within what a switch pipeline can do: a packet touches each register once; a record has 64 bits at most and
 * changes by a few comparisons with constants and values of the packet. The paper reads the count and then
 * draws whether to decay; here a bound on the count is drawn before.
 */
import { type Assignable, type Bits, type Condition, type ProgramBuilder } from '@ballast/pipeline';
import { bits } from '@ballast/wire';

export const SKETCH_ROWS = 2;
/** Places in a row, a power of two: several for each key that is to be found. */
export const SKETCH_COLUMNS = 1024;
const COLUMN_BITS = 10;
/** The control plane reads and clears one bank while packets count in the other. */
export const SKETCH_BANKS = 2;
const FINGERPRINT_BITS = 32;
const COUNT_BITS = 16;
const COUNT_MAX = 0xffff;
/** The probability of decay halves every 2^3 counts: a base of 2^(1/8) = 1.09 (published: 1.08). */
const HALVING_BITS = 3;

export type Sketch = ReturnType<typeof declareSketch>;

/** State of the sketch; the registers of row i are `sketch<i>` and `sketch<i>_keys`. */
export function declareSketch(p: ProgramBuilder) {
  return {
    /** Where packets count now. */
    active: p.register('sketch_bank', { bank: bits(1) }, 1),
    rows: Array.from({ length: SKETCH_ROWS }, (_, row) => declareRow(p, row)),
  };
}

function declareRow(p: ProgramBuilder, row: number) {
  const size = SKETCH_BANKS * SKETCH_COLUMNS;
  return {
    counts: p.register(
      `sketch${row}`,
      { fingerprint: bits(FINGERPRINT_BITS), requests: bits(COUNT_BITS), writes: bits(COUNT_BITS) },
      size,
    ),
    /** The whole hash of each record's key: written by who takes the place, read by the control plane. */
    keys: p.register(`sketch${row}_keys`, { keyHash: bits(64) }, size),
    taken: p.variable(`sketch${row}_taken`, bits(1)),
  };
}

/** Counts one request. Precondition: the bits of `keyHash` are independent of each other. */
export function countRequest(
  p: ProgramBuilder,
  sketch: Sketch,
  { keyHash, isWrite }: { keyHash: Bits; isWrite: Condition },
): void {
  const { bank } = sketch.active.at(0).read();
  // Never 0: an empty record is nobody's.
  const fingerprint = keyHash.slice(FINGERPRINT_BITS - 1, 0).or(1);
  const writes = p.variable('sketch_writes', bits(COUNT_BITS));
  p.when(isWrite, () => writes.set(1));
  for (const [row, { counts, keys, taken }] of sketch.rows.entries()) {
    const low = FINGERPRINT_BITS + row * COLUMN_BITS;
    const place = bank.concat(keyHash.slice(low + COLUMN_BITS - 1, low));
    const decayMax = drawDecay(p);
    counts.at(place).update((cell) => {
      p.when(
        cell.fingerprint.eq(fingerprint),
        () => p.when(cell.requests.lt(COUNT_MAX), () => countOwn(cell, writes)),
        () =>
          p.when(cell.requests.le(decayMax), () => {
            p.when(
              cell.requests.le(1),
              () => {
                cell.fingerprint.set(fingerprint);
                cell.requests.set(1);
                cell.writes.set(writes);
                taken.set(1);
              },
              () => cell.requests.set(cell.requests.minus(1)),
            );
          }),
      );
    });
    p.when(taken.eq(1), () => keys.at(place).update((cell) => cell.keyHash.set(keyHash)));
  }
}

function countOwn(cell: { readonly requests: Assignable; readonly writes: Assignable }, writes: Bits): void {
  cell.requests.set(cell.requests.plus(1));
  cell.writes.set(cell.writes.plus(writes));
}

/**
 * The largest count that this packet takes one from. It is at least c with probability 2^-(c / 8), exactly
 * for multiples of 8 and on a straight line in between.
 */
function drawDecay(p: ProgramBuilder): Bits {
  const drawn = p.random(bits(32));
  const halvings = drawn.slice(31, HALVING_BITS).trailingZeros();
  return halvings.concat(drawn.slice(HALVING_BITS - 1, 0)).extend(COUNT_BITS);
}
