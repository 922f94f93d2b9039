/**
 * Expressions of the DSL: thin wrappers that check widths as they build the syntax tree.
 *
 * A number or bigint beside a value takes that value's width. Two values meet only at equal widths:
 * `extend`, `slice` and `concat` say how to get there.
 */
import { type BinaryOp, type Bool, type CompareOp, CTZ_BITS, type Expr, WIDTH_MAX } from './ir.ts';
import { ProgramError, type ProgramErrorDetail } from './program-error.ts';

/** A value, or a constant that takes its width from the other operand. */
export type Operand = Bits | number | bigint;

/** Names the program and the construct in width errors; the builder is one. */
export interface Site {
  readonly program: string;
  readonly construct: string;
}

export class Bits {
  readonly node: Expr;
  readonly site: Site;

  constructor(node: Expr, site: Site) {
    this.node = node;
    this.site = site;
  }

  get width(): number {
    return this.node.width;
  }

  plus(other: Operand): Bits {
    return this.#binary('add', other);
  }
  minus(other: Operand): Bits {
    return this.#binary('sub', other);
  }
  /** Multiplication, on at most 32 bits. */
  times(other: Operand): Bits {
    if (this.width > 32)
      throw this.#fault('WIDTH', `multiplication is on at most 32 bits, not ${this.width}`);
    return this.#binary('mul', other);
  }
  and(other: Operand): Bits {
    return this.#binary('and', other);
  }
  or(other: Operand): Bits {
    return this.#binary('or', other);
  }
  xor(other: Operand): Bits {
    return this.#binary('xor', other);
  }
  /** Bitwise complement. */
  complement(): Bits {
    return this.#derive({ kind: 'not', width: this.width, value: this.node });
  }

  /** Shift left by a constant below the width, or by a small value (see `shiftAmount`). */
  shl(amount: number | Bits): Bits {
    return this.#shift('shl', amount);
  }
  shr(amount: number | Bits): Bits {
    return this.#shift('shr', amount);
  }

  /** Bits high ... low, both included; bit 0 is the least significant. */
  slice(high: number, low: number): Bits {
    if (!(Number.isInteger(high) && Number.isInteger(low) && low >= 0 && high >= low && high < this.width)) {
      throw this.#fault('WIDTH', `slice [${high}:${low}] of a value of ${this.width} bits`);
    }
    return this.#derive({ kind: 'slice', width: high - low + 1, value: this.node, high, low });
  }

  /** This value as the most significant part, then the others. */
  concat(...others: readonly Bits[]): Bits {
    const parts = [this.node, ...others.map((o) => o.node)];
    const width = parts.reduce((sum, part) => sum + part.width, 0);
    if (width > WIDTH_MAX) throw this.#fault('WIDTH', `concatenation of ${width} bits; at most ${WIDTH_MAX}`);
    return this.#derive({ kind: 'concat', width, parts });
  }

  /** Zero extension. */
  extend(width: number): Bits {
    if (!Number.isInteger(width) || width > WIDTH_MAX || width < this.width) {
      throw this.#fault('WIDTH', `cannot extend ${this.width} bits to ${width}`);
    }
    return width === this.width ? this : this.#derive({ kind: 'extend', width, value: this.node });
  }

  /**
   * Number of trailing zeros: the index of the lowest bit set. Of zero it is the width: exclude that first.
   */
  trailingZeros(): Bits {
    return this.#derive({ kind: 'ctz', width: CTZ_BITS, value: this.node });
  }

  eq(other: Operand): Condition {
    return this.#compare('eq', other);
  }
  ne(other: Operand): Condition {
    return this.#compare('ne', other);
  }
  lt(other: Operand): Condition {
    return this.#compare('lt', other);
  }
  le(other: Operand): Condition {
    return this.#compare('le', other);
  }
  gt(other: Operand): Condition {
    return this.#compare('gt', other);
  }
  ge(other: Operand): Condition {
    return this.#compare('ge', other);
  }
  /** Equal to one of the constants. */
  isOneOf(values: readonly (number | bigint)[]): Condition {
    return any(...values.map((v) => this.eq(v)));
  }

  /** The operand as a node of this value's width. */
  coerce(other: Operand): Expr {
    if (other instanceof Bits) {
      if (other.width !== this.width) {
        throw this.#fault(
          'WIDTH',
          `${describe(this.node)} has ${this.width} bits, ${describe(other.node)} has ${other.width}`,
        );
      }
      return other.node;
    }
    const inexact = whyInexact(other);
    if (inexact !== null) throw this.#fault('WIDTH', `constant ${other} ${inexact}`);
    const value = BigInt(other);
    if (value < 0n || value >> BigInt(this.width) !== 0n) {
      throw this.#fault('WIDTH', `constant ${value} does not fit ${this.width} bits`);
    }
    return { kind: 'const', width: this.width, value };
  }

  #derive(node: Expr): Bits {
    return new Bits(node, this.site);
  }

  #binary(op: BinaryOp, other: Operand): Bits {
    return this.#derive({
      kind: 'binary',
      width: this.width,
      op,
      left: this.node,
      right: this.coerce(other),
    });
  }

  #compare(op: CompareOp, other: Operand): Condition {
    return new Condition({ kind: 'compare', op, left: this.node, right: this.coerce(other) });
  }

  #shift(op: 'shl' | 'shr', amount: number | Bits): Bits {
    if (typeof amount === 'number') {
      if (!Number.isInteger(amount) || amount < 0 || amount >= this.width) {
        throw this.#fault('SHIFT', `shift by ${amount} of a value of ${this.width} bits`);
      }
      return this.#derive({ kind: 'shift', width: this.width, op, value: this.node, amount });
    }
    const amountBitsMax = Math.floor(Math.log2(this.width));
    if (this.width > 32 || amount.width > amountBitsMax) {
      const limit = `a variable shift is on at most 32 bits, by at most ${amountBitsMax} bits here`;
      throw this.#fault('SHIFT', `${this.width} bits shifted by a value of ${amount.width} bits; ${limit}`);
    }
    return this.#derive({ kind: 'shift', width: this.width, op, value: this.node, amount: amount.node });
  }

  #fault(code: ProgramErrorDetail['code'], reason: string): ProgramError {
    return new ProgramError({ code, program: this.site.program, construct: this.site.construct, reason });
  }
}

export class Condition {
  readonly node: Bool;

  constructor(node: Bool) {
    this.node = node;
  }

  not(): Condition {
    return new Condition({ kind: 'negation', of: this.node });
  }
  and(...others: readonly Condition[]): Condition {
    return all(this, ...others);
  }
  or(...others: readonly Condition[]): Condition {
    return any(this, ...others);
  }
}

/** True when every condition holds. */
export function all(...conditions: readonly Condition[]): Condition {
  return new Condition({ kind: 'all', of: conditions.map((c) => c.node) });
}

/** True when a condition holds. */
export function any(...conditions: readonly Condition[]): Condition {
  return new Condition({ kind: 'any', of: conditions.map((c) => c.node) });
}

/** One of two values of equal width. Both are evaluated: expressions have no effects. */
export function choose(condition: Condition, then: Bits, otherwise: Operand): Bits {
  return new Bits(
    {
      kind: 'mux',
      width: then.width,
      condition: condition.node,
      then: then.node,
      otherwise: then.coerce(otherwise),
    },
    then.site,
  );
}

/** Why a constant is not surely the value that was meant; null when it is. */
export function whyInexact(constant: number | bigint): string | null {
  if (typeof constant === 'bigint' || Number.isSafeInteger(constant)) return null;
  return Number.isInteger(constant) ? 'may have been rounded; write it as a bigint' : 'is no integer';
}

/** How an expression is called in an error. */
export function describe(node: Expr): string {
  switch (node.kind) {
    case 'const':
      return `constant ${node.value}`;
    case 'field':
      return `${node.header}.${node.field}`;
    case 'variable':
      return `variable ${node.name}`;
    case 'cell':
      return `cell ${node.cell}`;
    case 'intrinsic':
      return node.name;
    case 'binary':
      return `${describe(node.left)} ${node.op} ${describe(node.right)}`;
    default:
      return `${node.kind} of ${node.width} bits`;
  }
}

/** The largest value that an expression can have. Exact for what an index is made of, else its width's. */
export function maximumOf(node: Expr, variableMaximum: (name: string) => bigint): bigint {
  const full = (1n << BigInt(node.width)) - 1n;
  const of = (inner: Expr): bigint => maximumOf(inner, variableMaximum);
  const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
  switch (node.kind) {
    case 'const':
      return node.value;
    case 'variable':
      return variableMaximum(node.name);
    case 'extend':
      return of(node.value);
    case 'slice':
      return least(full, of(node.value) >> BigInt(node.low));
    case 'ctz':
      return BigInt(node.value.width);
    case 'mux': {
      const then = of(node.then);
      const otherwise = of(node.otherwise);
      return then > otherwise ? then : otherwise;
    }
    case 'shift':
      return node.op === 'shr' && typeof node.amount === 'number'
        ? of(node.value) >> BigInt(node.amount)
        : full;
    case 'binary':
      if (node.op === 'and') return least(of(node.left), of(node.right));
      if (node.op === 'add') {
        const sum = of(node.left) + of(node.right);
        return sum <= full ? sum : full; // More than the width holds wraps around: anything is possible.
      }
      return full;
    default:
      return full;
  }
}
