/** Bugs in the arithmetic of a back end, planted as expressions that compute what the bug would. */
import type { Bool, Expr } from '../../ir.ts';
import { onesOf } from '../random-values.ts';
import { type Mutant, nodeMutant } from './mutant.ts';
import { binary, byteSwapped, concat, constant, isEqual, mux, slice } from './nodes.ts';

const WORD_BITS = 32;

/** The operation on each of the two words by itself. */
function byWords(e: Extract<Expr, { kind: 'binary' }>): Expr {
  const half = (high: number, low: number): Expr => {
    return binary(e.op, slice(e.left, high, low), slice(e.right, high, low));
  };
  return concat(half(e.width - 1, WORD_BITS), half(WORD_BITS - 1, 0));
}

const signBit = (e: Expr): Expr => slice(e, e.width - 1, e.width - 1);

const arithmetic: readonly Mutant[] = [
  nodeMutant('carry-lost', 'adding pairs of words loses the carry', {
    expr: (e) => (e.kind === 'binary' && e.op === 'add' && e.width > WORD_BITS ? byWords(e) : null),
  }),
  nodeMutant('borrow-lost', 'subtracting pairs of words loses the borrow', {
    expr: (e) => (e.kind === 'binary' && e.op === 'sub' && e.width > WORD_BITS ? byWords(e) : null),
  }),
  nodeMutant('add-saturates', 'adding stops at the largest value instead of wrapping around', {
    expr: (e) => {
      if (e.kind !== 'binary' || e.op !== 'add') return null;
      const wrapped: Bool = { kind: 'compare', op: 'lt', left: e, right: e.left };
      return mux(wrapped, constant(onesOf(e.width), e.width), e);
    },
  }),
  nodeMutant('product-of-halves', 'multiplying uses the low 16 bits of its operands', {
    expr: (e) => {
      if (e.kind !== 'binary' || e.op !== 'mul' || e.width <= 16) return null;
      const low = (of: Expr): Expr => ({ kind: 'extend', width: e.width, value: slice(of, 15, 0) });
      return { ...e, left: low(e.left), right: low(e.right) };
    },
  }),
  nodeMutant('or-for-xor', 'an exclusive or is compiled as an or', {
    expr: (e) => (e.kind === 'binary' && e.op === 'xor' ? { ...e, op: 'or' } : null),
  }),
  nodeMutant('complement-of-low-word', 'the complement of a pair of words leaves the high one', {
    expr: (e) => {
      if (e.kind !== 'not' || e.width <= WORD_BITS) return null;
      const low = slice(e.value, WORD_BITS - 1, 0);
      return concat(slice(e.value, e.width - 1, WORD_BITS), { kind: 'not', width: WORD_BITS, value: low });
    },
  }),
];

const comparisons: readonly Mutant[] = [
  nodeMutant('compare-low-word', 'comparing pairs of words looks at the low ones only', {
    bool: (b) => {
      if (b.kind !== 'compare' || b.left.width <= WORD_BITS) return null;
      return { ...b, left: slice(b.left, WORD_BITS - 1, 0), right: slice(b.right, WORD_BITS - 1, 0) };
    },
  }),
  nodeMutant('compare-signed', 'values of 32 bits are compared with their sign', {
    bool: (b) => {
      if (b.kind !== 'compare' || b.left.width !== WORD_BITS || b.op === 'eq' || b.op === 'ne') return null;
      const flipped = (of: Expr): Expr => binary('xor', of, constant(1n << 31n, WORD_BITS));
      return { ...b, left: flipped(b.left), right: flipped(b.right) };
    },
  }),
  nodeMutant('le-for-lt', 'less than holds for equals', {
    bool: (b) => (b.kind === 'compare' && b.op === 'lt' ? { ...b, op: 'le' } : null),
  }),
  nodeMutant('any-is-all', 'any of several conditions must be all of them', {
    bool: (b) => (b.kind === 'any' && b.of.length > 1 ? { ...b, kind: 'all' } : null),
  }),
  nodeMutant('all-of-none', 'all of no conditions does not hold', {
    bool: (b) => (b.kind === 'all' && b.of.length === 0 ? { kind: 'literal', value: false } : null),
  }),
];

const bits: readonly Mutant[] = [
  nodeMutant('slice-off-by-one', 'a slice starts one bit too high', {
    expr: (e) => {
      if (e.kind !== 'slice' || e.high + 1 >= e.value.width) return null;
      return { ...e, high: e.high + 1, low: e.low + 1 };
    },
  }),
  nodeMutant('concat-reversed', 'the parts of a concatenation come last one first', {
    expr: (e) => (e.kind === 'concat' ? { ...e, parts: e.parts.toReversed() } : null),
  }),
  nodeMutant('sign-extension', 'extending repeats the highest bit', {
    expr: (e) => {
      if (e.kind !== 'extend' || e.width === e.value.width) return null;
      const missing = e.width - e.value.width;
      const condition = isEqual(signBit(e.value), 0n);
      return concat(mux(condition, constant(0n, missing), constant(onesOf(missing), missing)), e.value);
    },
  }),
  nodeMutant('mux-swapped', 'a choice takes the other value', {
    expr: (e) => (e.kind === 'mux' ? { ...e, then: e.otherwise, otherwise: e.then } : null),
  }),
  nodeMutant('ctz-of-zero', 'the trailing zeros of zero are none', {
    expr: (e) => (e.kind === 'ctz' ? mux(isEqual(e.value, 0n), constant(0n, e.width), e) : null),
  }),
  nodeMutant('ctz-off-by-one', 'trailing zeros are counted one too many', {
    expr: (e) => (e.kind === 'ctz' ? binary('add', e, constant(1n, e.width)) : null),
  }),
  nodeMutant('shift-by-32', 'a shift by 32 does not shift, as in JavaScript', {
    expr: (e) => (e.kind === 'shift' && e.amount === WORD_BITS ? e.value : null),
  }),
  nodeMutant('arithmetic-shift', 'shifting right repeats the highest bit', {
    expr: (e) => {
      if (e.kind !== 'shift' || e.op !== 'shr' || typeof e.amount !== 'number' || e.amount === 0) return null;
      const kept = slice(e.value, e.width - 1, e.amount);
      const condition = isEqual(signBit(e.value), 0n);
      return concat(mux(condition, constant(0n, e.amount), constant(onesOf(e.amount), e.amount)), kept);
    },
  }),
  nodeMutant('shift-amount-cut', 'a variable shift uses all but the highest bit of its amount', {
    expr: (e) => {
      if (e.kind !== 'shift' || typeof e.amount === 'number' || e.amount.width < 2) return null;
      return { ...e, amount: slice(e.amount, e.amount.width - 2, 0) };
    },
  }),
];

const sources: readonly Mutant[] = [
  nodeMutant('load-little-endian', 'fields of 16 and 32 bits are read least significant byte first', {
    expr: (e) => (e.kind === 'field' && (e.width === 16 || e.width === 32) ? byteSwapped(e) : null),
  }),
  nodeMutant('now-of-32-bits', 'the time is cut to 32 bits', {
    expr: (e) => {
      if (e.kind !== 'intrinsic' || e.name !== 'now') return null;
      return { kind: 'extend', width: e.width, value: slice(e, WORD_BITS - 1, 0) };
    },
  }),
  nodeMutant('length-without-ethernet', 'the packet length leaves out the Ethernet header', {
    expr: (e) =>
      e.kind === 'intrinsic' && e.name === 'length' ? binary('sub', e, constant(14n, e.width)) : null,
  }),
];

export const EXPRESSION_MUTANTS: readonly Mutant[] = [...arithmetic, ...comparisons, ...bits, ...sources];
