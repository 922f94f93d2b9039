/**
 * JavaScript text for one word: a value of at most 32 bits.
 *
 * The text may evaluate to a number other than the value, as long as the two agree in the value's bits:
 * `a - b` may be negative, `a << 8` is signed. `exact` puts that right where it matters, so that a chain
 * of operations is masked once. Bounds of what the text evaluates to are carried along; sums stay far
 * below 2^53 and are thereby exact.
 */
import { assert } from '@ballast/base';

export interface Word {
  readonly text: string;
  readonly precedence: number;
  /** Bounds of what the text evaluates to; always an integer. */
  readonly min: number;
  readonly max: number;
  /** The name of something that keeps its value: it may stand for the value later on. */
  readonly isStable?: true;
  /** Of a comparison: its opposite. */
  readonly opposite?: string;
}

/** How tightly an operator binds (ECMA-262, grammar of expressions). */
const Precedence = {
  Conditional: 3,
  Or: 4,
  And: 5,
  BitOr: 6,
  BitXor: 7,
  BitAnd: 8,
  Equality: 9,
  Relational: 10,
  Shift: 11,
  Additive: 12,
  Unary: 15,
  Primary: 20,
} as const;

export const WORD_BITS = 32;
export const WORD_MAX = 0xffff_ffff;
const SIGNED_MIN = -0x8000_0000;
const SIGNED_MAX = 0x7fff_ffff;
/** Far enough from 2^53 that one more sum of such bounds is still exact. */
const BOUND_MAX = 2 ** 50;

/** The largest value of a width. */
export function onesOf(width: number): number {
  return 2 ** width - 1;
}

export function constant(value: number): Word {
  const digits = Math.abs(value) >= 0x1_0000 ? `0x${Math.abs(value).toString(16)}` : String(Math.abs(value));
  const text = value < 0 ? `-${digits}` : digits;
  return { text, precedence: value < 0 ? Precedence.Unary : Precedence.Primary, min: value, max: value };
}

/** An identifier, a literal, an element of an array or a call: anything that needs no parentheses. */
export function primary(text: string, max: number, min = 0): Word {
  return { text, precedence: Precedence.Primary, min, max };
}

/** The name of a constant. */
export function stable(name: string, max: number, min = 0): Word {
  return { ...primary(name, max, min), isStable: true };
}

/** Whether the text will mean the same later on. */
export function isStable(word: Word): boolean {
  return isConstant(word) || word.isStable === true;
}

export function isConstant(word: Word): boolean {
  return word.min === word.max;
}

/** Whether it costs nothing to write the text twice. */
export function isAtom(word: Word): boolean {
  return isConstant(word) || /^[A-Za-z_$][\w$]*$/.test(word.text);
}

/** The text as it stands inside something that binds as tightly as `precedence`. */
function inside(word: Word, precedence: number): string {
  return word.precedence >= precedence ? word.text : `(${word.text})`;
}

/** As an operand of + - < === and their like: parentheses around anything that binds less or is bitwise. */
export function operand(word: Word): string {
  const isPlain = word.precedence === Precedence.Additive || word.precedence >= Precedence.Unary;
  return isPlain ? word.text : `(${word.text})`;
}

/** As an operand of a bitwise operator or a shift, of which few readers know the precedence. */
function bitOperand(word: Word, sibling: number): string {
  return word.precedence === sibling ? word.text : inside(word, Precedence.Unary);
}

function signedOrExact(min: number, max: number): { min: number; max: number } {
  return min >= 0 && max <= SIGNED_MAX ? { min, max } : { min: SIGNED_MIN, max: SIGNED_MAX };
}

/** Whether the text evaluates to the value itself. */
export function isExact(word: Word, width: number): boolean {
  return word.min >= 0 && word.max <= onesOf(width);
}

/** The value itself: 0 to 2^width - 1. */
export function exact(word: Word, width: number): Word {
  if (isExact(word, width)) return word;
  if (width === WORD_BITS) return shiftRight(word, 0);
  return and(word, constant(onesOf(width)));
}

/**
 * The value's low 32 bits as a signed number, for arguments and results of calls: those stay small integers
 * to V8, where an unsigned one above 2^31 would be a heap object whenever the call is not inlined.
 */
export function signed(word: Word): Word {
  if (word.min >= SIGNED_MIN && word.max <= SIGNED_MAX) return word;
  if (isConstant(word)) return constant(word.min | 0);
  const text = bitText('|', word, constant(0), Precedence.BitOr);
  return { text, precedence: Precedence.BitOr, min: SIGNED_MIN, max: SIGNED_MAX };
}

/** Sums are exact, so that it does not matter in which order a chain of them is formed. */
export function add(a: Word, b: Word): Word {
  if (isConstant(a) && isConstant(b)) return constant(a.min + b.min);
  if (isConstant(b) && b.min === 0) return a;
  if (isConstant(a) && a.min === 0) return b;
  const [left, right] = [bounded(a), bounded(b)];
  return {
    text: `${operand(left)} + ${operand(right)}`,
    precedence: Precedence.Additive,
    min: left.min + right.min,
    max: left.max + right.max,
  };
}

export function subtract(a: Word, b: Word): Word {
  if (isConstant(a) && isConstant(b)) return constant(a.min - b.min);
  if (isConstant(b) && b.min === 0) return a;
  const [left, right] = [bounded(a), bounded(b)];
  return {
    text: `${operand(left)} - ${inside(right, Precedence.Additive + 1)}`,
    precedence: Precedence.Additive,
    min: left.min - right.max,
    max: left.max - right.min,
  };
}

/** The low 32 bits of the product. */
export function multiply(a: Word, b: Word): Word {
  return primary(`Math.imul(${a.text}, ${b.text})`, SIGNED_MAX, SIGNED_MIN);
}

/** Of an exact word by a constant. */
export function modulo(a: Word, modulus: number): Word {
  const text = `${inside(a, Precedence.Unary)} % ${modulus}`;
  return { text, precedence: Precedence.Additive, min: 0, max: Math.min(a.max, modulus - 1) };
}

export function and(a: Word, b: Word): Word {
  if (isConstant(a) && isConstant(b)) return constant((a.min & b.min) >>> 0);
  const upper = Math.min(...[a, b].filter((w) => w.min >= 0).map((w) => w.max));
  // Of a non-negative operand below 2^31 the result keeps the sign bit clear.
  const bounds = upper <= SIGNED_MAX ? { min: 0, max: upper } : { min: SIGNED_MIN, max: SIGNED_MAX };
  return { text: bitText('&', a, b, Precedence.BitAnd), precedence: Precedence.BitAnd, ...bounds };
}

export function or(a: Word, b: Word): Word {
  if (isConstant(a) && isConstant(b)) return constant((a.min | b.min) >>> 0);
  if (isConstant(b) && b.min === 0) return a;
  if (isConstant(a) && a.min === 0) return b;
  return { text: bitText('|', a, b, Precedence.BitOr), precedence: Precedence.BitOr, ...unionBounds(a, b) };
}

export function xor(a: Word, b: Word): Word {
  if (isConstant(a) && isConstant(b)) return constant((a.min ^ b.min) >>> 0);
  return { text: bitText('^', a, b, Precedence.BitXor), precedence: Precedence.BitXor, ...unionBounds(a, b) };
}

export function complement(a: Word): Word {
  if (isConstant(a)) return constant(~a.min >>> 0);
  const bounds =
    a.min >= 0 && a.max <= SIGNED_MAX ? { min: ~a.max, max: ~a.min } : { min: SIGNED_MIN, max: SIGNED_MAX };
  return { text: `~${inside(a, Precedence.Unary)}`, precedence: Precedence.Unary, ...bounds };
}

/** By a constant below 32, or by an exact word below 32. */
export function shiftLeft(a: Word, amount: number | Word): Word {
  const by = typeof amount === 'number' ? constant(amount) : amount;
  if (isConstant(by) && by.min === 0) return a;
  if (isConstant(a) && isConstant(by)) return constant((a.min << by.min) >>> 0);
  return {
    text: `${bitOperand(a, Precedence.Unary)} << ${bitOperand(by, Precedence.Unary)}`,
    precedence: Precedence.Shift,
    ...signedOrExact(a.min < 0 ? -1 : a.min * 2 ** by.min, a.max * 2 ** by.max),
  };
}

/** Logical, of the text's low 32 bits: narrower values are made exact first. A shift by 0 makes unsigned. */
export function shiftRight(a: Word, amount: number | Word): Word {
  const by = typeof amount === 'number' ? constant(amount) : amount;
  if (isConstant(a) && isConstant(by)) return constant(a.min >>> by.min);
  const isUnsigned = a.min >= 0 && a.max <= WORD_MAX;
  if (isUnsigned && isConstant(by) && by.min === 0) return a;
  return {
    text: `${bitOperand(a, Precedence.Unary)} >>> ${bitOperand(by, Precedence.Unary)}`,
    precedence: Precedence.Shift,
    min: 0,
    max: (isUnsigned ? a.max : WORD_MAX) >>> by.min,
  };
}

/** Bits high ... low of a word. */
export function slice(a: Word, width: number, high: number, low: number): Word {
  assert(high < width && low <= high, `slice [${high}:${low}] lies in ${width} bits`);
  if (high === WORD_BITS - 1) return shiftRight(a, low);
  const shifted = low === 0 ? a : shiftRight(a, low);
  return exact(shifted, high - low + 1);
}

/** One of two exact words by a condition's text. */
export function select(condition: Word, then: Word, otherwise: Word): Word {
  if (then.text === otherwise.text || condition === TRUE) return then;
  if (condition === FALSE) return otherwise;
  const [c, t, o] = [condition, then, otherwise].map((w) => inside(w, Precedence.Conditional + 1));
  return {
    text: `${c} ? ${t} : ${o}`,
    precedence: Precedence.Conditional,
    min: Math.min(then.min, otherwise.min),
    max: Math.max(then.max, otherwise.max),
  };
}

/** Number of trailing zeros of an exact atom of `width` bits; of zero the width. */
export function trailingZeros(a: Word, width: number): Word {
  if (isConstant(a)) return constant(a.min === 0 ? width : 31 - Math.clz32(a.min & -a.min));
  if (width === WORD_BITS) return select(compare('===', a, constant(0)), constant(width), lowestBit(a));
  // A bit set right above the value answers for zero.
  return lowestBit(primary(`(${a.text} | ${constant(2 ** width).text})`, WORD_MAX));
}

/** Position of the lowest bit that is set, of a word other than zero whose text may be written twice. */
export function lowestBit(a: Word): Word {
  return {
    text: `31 - Math.clz32(${a.text} & -${a.text})`,
    precedence: Precedence.Additive,
    min: 0,
    max: WORD_BITS - 1,
  };
}

// Conditions are words as well, for their precedence; their bounds mean nothing.

function condition(text: string, precedence: number): Word {
  return { text, precedence, min: 0, max: 1 };
}

export const TRUE = condition('true', Precedence.Primary);
export const FALSE = condition('false', Precedence.Primary);

/** A boolean identifier. */
export function flag(name: string): Word {
  return condition(name, Precedence.Primary);
}

/** Of exact words. */
export function compare(operator: keyof typeof OPPOSITES, a: Word, b: Word): Word {
  const precedence = operator === '===' || operator === '!==' ? Precedence.Equality : Precedence.Relational;
  const text = (op: string): string => `${operand(a)} ${op} ${operand(b)}`;
  return { ...condition(text(operator), precedence), opposite: text(OPPOSITES[operator]) };
}

const OPPOSITES = { '===': '!==', '!==': '===', '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const;

export function negate(a: Word): Word {
  if (a === TRUE) return FALSE;
  if (a === FALSE) return TRUE;
  if (a.opposite !== undefined) return { ...condition(a.opposite, a.precedence), opposite: a.text };
  return condition(`!${inside(a, Precedence.Unary)}`, Precedence.Unary);
}

export function conjunction(parts: readonly Word[]): Word {
  return joined(parts, '&&', Precedence.And, TRUE, FALSE);
}

export function disjunction(parts: readonly Word[]): Word {
  return joined(parts, '||', Precedence.Or, FALSE, TRUE);
}

function joined(
  parts: readonly Word[],
  operator: string,
  precedence: number,
  neutral: Word,
  absorbing: Word,
): Word {
  const counted = parts.filter((part) => part !== neutral);
  if (counted.length === 0) return neutral;
  if (counted.includes(absorbing)) return absorbing;
  if (counted.length === 1) return counted[0]!;
  // && and || side by side confuse readers, so they get parentheses too.
  const text = counted.map((part) =>
    inside(part, precedence === Precedence.Or ? Precedence.And + 1 : precedence),
  );
  return condition(text.join(` ${operator} `), precedence);
}

function bitText(operator: string, a: Word, b: Word, precedence: number): string {
  return `${bitOperand(a, precedence)} ${operator} ${bitOperand(b, precedence)}`;
}

function unionBounds(a: Word, b: Word): { min: number; max: number } {
  if (a.min < 0 || b.min < 0) return { min: SIGNED_MIN, max: SIGNED_MAX };
  const bits = Math.max(a.max, b.max).toString(2).length;
  return signedOrExact(0, onesOf(bits));
}

/** A word whose bounds leave room for one more sum. */
function bounded(word: Word): Word {
  return Math.max(-word.min, word.max) > BOUND_MAX ? shiftRight(word, 0) : word;
}
