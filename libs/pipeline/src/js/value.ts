/**
 * A value of generated code: one word, or two above 32 bits (numbers are exact to 53 bits, and bigints cost
 * ten times as much). Operations that write an operand's text twice ask for atoms.
 */
import {
  add,
  and,
  compare,
  complement,
  conjunction,
  constant,
  disjunction,
  exact,
  isStable,
  lowestBit,
  or,
  select,
  shiftLeft,
  shiftRight,
  signed,
  slice,
  subtract,
  trailingZeros,
  type Word,
  WORD_BITS,
  xor,
} from './word.ts';

export interface Value {
  /** Bits 32 and up of a value of more than 32 bits; null for others. */
  readonly hi: Word | null;
  readonly lo: Word;
}

/** A value of more than 32 bits. */
export interface Pair {
  readonly hi: Word;
  readonly lo: Word;
}

export const ZERO = constant(0);

export function isPair(value: Value): value is Pair {
  return value.hi !== null;
}

export function single(lo: Word): Value {
  return { hi: null, lo };
}

export function constantValue(value: bigint, width: number): Value {
  const lo = constant(Number(value & 0xffff_ffffn));
  return { hi: width > WORD_BITS ? constant(Number(value >> 32n)) : null, lo };
}

/** The words of a value as arguments of a call: the high one first. */
export function argumentsFor({ hi, lo }: Value): string[] {
  return (hi === null ? [lo] : [hi, lo]).map((word) => signed(word).text);
}

/** Whether both words will mean the same later on. */
export function isStableValue(value: Value): boolean {
  return isStable(value.lo) && (value.hi === null || isStable(value.hi));
}

export function exactValue(value: Value, width: number): Value {
  if (value.hi === null) return single(exact(value.lo, width));
  return { hi: exact(value.hi, width - WORD_BITS), lo: exact(value.lo, WORD_BITS) };
}

/** Sum of exact pairs whose low words are atoms; `lo` is the exact low word of the sum, an atom as well. */
export function addPairs(a: Pair, b: Pair, lo: Word): Pair {
  const carry = select(compare('<', lo, a.lo), constant(1), ZERO);
  return { hi: add(add(a.hi, b.hi), carry), lo };
}

/** Difference of exact pairs whose low words are atoms. */
export function subtractPairs(a: Pair, b: Pair): Pair {
  const borrow = select(compare('<', a.lo, b.lo), constant(1), ZERO);
  return { hi: subtract(subtract(a.hi, b.hi), borrow), lo: subtract(a.lo, b.lo) };
}

export function bitwise(op: (a: Word, b: Word) => Word, a: Value, b: Value): Value {
  return { hi: isPair(a) && isPair(b) ? op(a.hi, b.hi) : null, lo: op(a.lo, b.lo) };
}

export function complementValue(a: Value): Value {
  return { hi: a.hi === null ? null : complement(a.hi), lo: complement(a.lo) };
}

/** By a constant below the width. Words of a pair are exact atoms. */
export function shiftPairLeft({ hi, lo }: Pair, amount: number): Pair {
  if (amount === 0) return { hi, lo };
  if (amount >= WORD_BITS) return { hi: shiftLeft(lo, amount - WORD_BITS), lo: ZERO };
  return { hi: or(shiftLeft(hi, amount), shiftRight(lo, WORD_BITS - amount)), lo: shiftLeft(lo, amount) };
}

/** Of an exact pair of `width` bits made of atoms: bits high ... low. */
export function slicePair({ hi, lo }: Pair, width: number, high: number, low: number): Value {
  if (low >= WORD_BITS) return single(slice(hi, width - WORD_BITS, high - WORD_BITS, low - WORD_BITS));
  if (high < WORD_BITS) return single(slice(lo, WORD_BITS, high, low));
  const front = low === 0 ? lo : or(shiftLeft(hi, WORD_BITS - low), shiftRight(lo, low));
  const sliceWidth = high - low + 1;
  if (sliceWidth <= WORD_BITS) return single(exact(front, sliceWidth));
  return { hi: slice(hi, width - WORD_BITS, high - WORD_BITS, low), lo: front };
}

/** One piece of a concatenation: at most 32 bits, exact, an atom, at `low` of the result. */
export interface Part {
  readonly word: Word;
  readonly width: number;
  readonly low: number;
}

/** Parts that do not overlap, most significant first. */
export function concatenate(parts: readonly Part[], width: number): Value {
  let lo: Word = ZERO;
  let hi: Word = ZERO;
  for (const part of parts) {
    if (part.low < WORD_BITS) lo = or(lo, shiftLeft(part.word, part.low));
    if (part.low >= WORD_BITS) hi = or(hi, shiftLeft(part.word, part.low - WORD_BITS));
    else if (part.low + part.width > WORD_BITS) hi = or(hi, shiftRight(part.word, WORD_BITS - part.low));
  }
  return { hi: width > WORD_BITS ? hi : null, lo };
}

/** One of two exact values by an atom. */
export function selectValue(condition: Word, then: Value, otherwise: Value): Value {
  const hi = isPair(then) && isPair(otherwise) ? select(condition, then.hi, otherwise.hi) : null;
  return { hi, lo: select(condition, then.lo, otherwise.lo) };
}

/** Trailing zeros of an exact pair of atoms. */
export function trailingZerosOfPair({ hi, lo }: Pair, width: number): Word {
  const upper = add(trailingZeros(hi, width - WORD_BITS), constant(WORD_BITS));
  return select(compare('===', lo, ZERO), upper, lowestBit(lo));
}

export type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

const OPERATORS = { eq: '===', ne: '!==', lt: '<', le: '<=', gt: '>', ge: '>=' } as const;

export function compareWords(op: Comparison, a: Word, b: Word): Word {
  return compare(OPERATORS[op], a, b);
}

/** Of exact pairs; for other than `eq` and `ne` of high words that are atoms. */
export function comparePairs(op: Comparison, a: Pair, b: Pair): Word {
  if (op === 'eq') return conjunction([compare('===', a.lo, b.lo), compare('===', a.hi, b.hi)]);
  if (op === 'ne') return disjunction([compare('!==', a.lo, b.lo), compare('!==', a.hi, b.hi)]);
  const isLess = op === 'lt' || op === 'le';
  const decided = compare(isLess ? '<' : '>', a.hi, b.hi);
  const tied = conjunction([compare('===', a.hi, b.hi), compareWords(op, a.lo, b.lo)]);
  return disjunction([decided, tied]);
}

export const BITWISE = { and, or, xor } as const;
