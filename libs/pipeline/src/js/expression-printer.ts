/** Prints expressions and conditions of the IR as JavaScript. */
import { assert, unreachable } from '@ballast/base';
import type { Bool, Expr, FieldExpr, Intrinsic } from '../ir.ts';
import type { CodeWriter } from './code-writer.ts';
import type { Names } from './names.ts';
import {
  addPairs,
  BITWISE,
  bitwise,
  comparePairs,
  compareWords,
  complementValue,
  concatenate,
  constantValue,
  exactValue,
  isPair,
  type Pair,
  type Part,
  selectValue,
  shiftPairLeft,
  single,
  slicePair,
  subtractPairs,
  trailingZerosOfPair,
  type Value,
  ZERO,
} from './value.ts';
import {
  add,
  conjunction,
  disjunction,
  exact,
  FALSE,
  flag,
  isAtom,
  multiply,
  negate,
  shiftLeft,
  shiftRight,
  slice,
  stable,
  subtract,
  trailingZeros,
  TRUE,
  type Word,
  WORD_BITS,
} from './word.ts';

/** What expressions are made of, as the part at hand keeps it. Values are exact. */
export interface Leaves {
  /** `conditionally`: the text may be evaluated only where the expression is, not in a statement before. */
  field(field: FieldExpr, conditionally: boolean): Value;
  variable(name: string): Value;
  cell(name: string): Value;
  intrinsic(name: Intrinsic): Value;
  valid(header: string): Word;
}

/**
 * Gives the text of an expression. What an expression needs twice it puts into a constant, in a line before
 * the statement that is being printed.
 */
export class ExpressionPrinter {
  readonly #writer: CodeWriter;
  readonly #names: Names;
  readonly #leaves: Leaves;
  /** Above zero: what is printed runs only if what stands before it in a condition allows. */
  #conditional = 0;

  constructor(writer: CodeWriter, names: Names, leaves: Leaves) {
    this.#writer = writer;
    this.#names = names;
    this.#leaves = leaves;
  }

  /** The value itself: words from 0 to all ones of their width. */
  exact(e: Expr): Value {
    return exactValue(this.value(e), e.width);
  }

  /** Of at most 32 bits. */
  exactWord(e: Expr): Word {
    return exact(this.word(e), e.width);
  }

  /** The lower 32 bits of a value: all of one that is known to be below 2^32, such as an index. */
  exactLow(e: Expr): Word {
    return this.exact(e).lo;
  }

  /** Of at most 32 bits, right in the bits of its width. */
  word(e: Expr): Word {
    assert(e.width <= WORD_BITS, 'a word has at most 32 bits');
    return this.value(e).lo;
  }

  /** A word that can be written twice. */
  atom(word: Word, hint: string): Word {
    if (isAtom(word)) return word;
    const name = this.#names.claim(hint);
    this.#writer.line(`const ${name} = ${word.text};`);
    return stable(name, word.max, word.min);
  }

  atoms(value: Value, hint: string): Value {
    if (value.hi === null) return single(this.atom(value.lo, hint));
    return { hi: this.atom(value.hi, `${hint}_hi`), lo: this.atom(value.lo, `${hint}_lo`) };
  }

  /** Right in the bits of its width; `exact` puts the others right. */
  value(e: Expr): Value {
    switch (e.kind) {
      case 'const':
        return constantValue(e.value, e.width);
      case 'field':
        return this.#leaves.field(e, this.#conditional > 0);
      case 'variable':
        return this.#leaves.variable(e.name);
      case 'cell':
        return this.#leaves.cell(e.cell);
      case 'intrinsic':
        return this.#leaves.intrinsic(e.name);
      case 'binary':
        return this.#binary(e);
      case 'not':
        return complementValue(this.value(e.value));
      case 'shift':
        return this.#shift(e);
      case 'slice':
        return this.#slice(e);
      case 'concat':
        return this.#concat(e);
      case 'extend':
        return this.#extend(e);
      case 'mux': {
        const condition = this.condition(e.condition);
        const [then, otherwise] = [this.exact(e.then), this.exact(e.otherwise)];
        const test = e.width > WORD_BITS ? this.#flagOf(condition) : condition;
        return selectValue(test, then, otherwise);
      }
      case 'ctz':
        return single(this.#trailingZeros(e.value));
      default:
        return unreachable(e);
    }
  }

  condition(b: Bool): Word {
    switch (b.kind) {
      case 'literal':
        return b.value ? TRUE : FALSE;
      case 'compare':
        return this.#compare(b);
      case 'valid':
        return this.#leaves.valid(b.header);
      case 'negation':
        return negate(this.condition(b.of));
      case 'all':
      case 'any':
        return this.#chain(b.kind, b.of);
      default:
        return unreachable(b);
    }
  }

  #binary(e: Extract<Expr, { kind: 'binary' }>): Value {
    if (e.op === 'and' || e.op === 'or' || e.op === 'xor') {
      return bitwise(BITWISE[e.op], this.value(e.left), this.value(e.right));
    }
    if (e.width > WORD_BITS) {
      assert(e.op !== 'mul', 'multiplication is on at most 32 bits');
      const left = this.#pairWithAtomicLow(e.left);
      const right = this.#pairWithAtomicLow(e.right);
      if (e.op === 'sub') return subtractPairs(left, right);
      return addPairs(left, right, this.atom(exact(add(left.lo, right.lo), WORD_BITS), 'sum_lo'));
    }
    const [left, right] = [this.word(e.left), this.word(e.right)];
    return single(
      e.op === 'add' ? add(left, right) : e.op === 'sub' ? subtract(left, right) : multiply(left, right),
    );
  }

  #pairWithAtomicLow(e: Expr): Pair {
    const value = this.exact(e);
    assert(isPair(value), 'a value of more than 32 bits is a pair');
    return { hi: value.hi, lo: this.atom(value.lo, 'term_lo') };
  }

  #exactAtoms(e: Expr, hint: string): Pair {
    const value = this.atoms(this.exact(e), hint);
    assert(isPair(value), 'a value of more than 32 bits is a pair');
    return value;
  }

  #shift(e: Extract<Expr, { kind: 'shift' }>): Value {
    const { amount, value, width } = e;
    if (typeof amount !== 'number') {
      const by = this.exactWord(amount);
      return single(e.op === 'shl' ? shiftLeft(this.word(value), by) : shiftRight(this.exactWord(value), by));
    }
    if (width <= WORD_BITS) {
      return single(
        e.op === 'shl' ? shiftLeft(this.word(value), amount) : shiftRight(this.exactWord(value), amount),
      );
    }
    const pair = this.#exactAtoms(value, 'shifted');
    if (e.op === 'shl') return shiftPairLeft(pair, amount);
    const rest = slicePair(pair, width, width - 1, amount);
    return isPair(rest) ? rest : { hi: ZERO, lo: rest.lo };
  }

  #slice(e: Extract<Expr, { kind: 'slice' }>): Value {
    const { value, high, low } = e;
    if (value.width <= WORD_BITS) return single(slice(this.word(value), value.width, high, low));
    const isCrossing = low > 0 && low < WORD_BITS && high >= WORD_BITS;
    if (isCrossing) return slicePair(this.#exactAtoms(value, 'sliced'), value.width, high, low);
    const pair = this.value(value);
    assert(isPair(pair), 'a value of more than 32 bits is a pair');
    return slicePair(pair, value.width, high, low);
  }

  #concat(e: Extract<Expr, { kind: 'concat' }>): Value {
    const parts: Part[] = [];
    let low = e.width;
    for (const part of e.parts) {
      low -= part.width;
      const value = this.exact(part);
      if (value.hi !== null) {
        parts.push({ ...this.#part(value.hi, part.width - WORD_BITS, low + WORD_BITS) });
        parts.push(this.#part(value.lo, WORD_BITS, low));
      } else {
        parts.push(this.#part(value.lo, part.width, low));
      }
    }
    return concatenate(parts, e.width);
  }

  #part(word: Word, width: number, low: number): Part {
    const isSplit = low < WORD_BITS && low + width > WORD_BITS;
    return { word: isSplit ? this.atom(word, 'part') : word, width, low };
  }

  #extend(e: Extract<Expr, { kind: 'extend' }>): Value {
    const value = this.exact(e.value);
    return isPair(value) || e.width <= WORD_BITS ? value : { hi: ZERO, lo: value.lo };
  }

  #trailingZeros(value: Expr): Word {
    if (value.width > WORD_BITS) return trailingZerosOfPair(this.#exactAtoms(value, 'bits'), value.width);
    return trailingZeros(this.atom(this.exactWord(value), 'bits'), value.width);
  }

  #compare({ op, left, right }: Extract<Bool, { kind: 'compare' }>): Word {
    if (left.width <= WORD_BITS) return compareWords(op, this.exactWord(left), this.exactWord(right));
    const [a, b] = [this.exact(left), this.exact(right)];
    assert(isPair(a) && isPair(b), 'a value of more than 32 bits is a pair');
    if (op === 'eq' || op === 'ne') return comparePairs(op, a, b);
    const ordered = { hi: this.atom(a.hi, 'left_hi'), lo: a.lo };
    return comparePairs(op, ordered, { hi: this.atom(b.hi, 'right_hi'), lo: b.lo });
  }

  /** `all` and `any` from the left and only as far as needed: a part may rely on those before it. */
  #chain(kind: 'all' | 'any', of: readonly Bool[]): Word {
    const join = kind === 'all' ? conjunction : disjunction;
    let parts: Word[] = [];
    for (const [i, part] of of.entries()) {
      let word = TRUE;
      if (i === 0) {
        word = this.condition(part);
      } else {
        const lines = this.#writer.asideConditionally(() => {
          this.#conditional++;
          word = this.condition(part);
          this.#conditional--;
        });
        if (lines.length > 0) {
          // This part needs constants of its own, which must not be computed unless the part counts.
          const sofar = this.#names.claim('holds');
          this.#writer.line(`let ${sofar} = ${join(parts).text};`);
          this.#writer.block(`if (${kind === 'all' ? sofar : `!${sofar}`})`, () => {
            this.#writer.append(lines);
            this.#writer.line(`${sofar} = ${word.text};`);
          });
          parts = [flag(sofar)];
          continue;
        }
      }
      parts.push(word);
    }
    return join(parts);
  }

  #flagOf(condition: Word): Word {
    if (isAtom(condition) || condition === TRUE || condition === FALSE) return condition;
    const name = this.#names.claim('chosen');
    this.#writer.line(`const ${name} = ${condition.text};`);
    return flag(name);
  }
}
