/** The meaning of expressions: bigints, one case a node. */
import { present } from '@ballast/base';
import type { Bool, Expr, Intrinsic } from '../ir.ts';

/** Where an expression finds its leaves. */
export interface Environment {
  field(header: string, field: string): bigint;
  variable(name: string): bigint;
  cell(name: string): bigint;
  intrinsic(name: Intrinsic): bigint;
  isValid(header: string): boolean;
}

export function evaluate(e: Expr, env: Environment): bigint {
  const wrap = (value: bigint): bigint => BigInt.asUintN(e.width, value);
  switch (e.kind) {
    case 'const':
      return e.value;
    case 'field':
      return env.field(e.header, e.field);
    case 'variable':
      return env.variable(e.name);
    case 'cell':
      return env.cell(e.cell);
    case 'intrinsic':
      return env.intrinsic(e.name);
    case 'binary': {
      const left = evaluate(e.left, env);
      const right = evaluate(e.right, env);
      switch (e.op) {
        case 'add':
          return wrap(left + right);
        case 'sub':
          return wrap(left - right);
        case 'mul':
          return wrap(left * right);
        case 'and':
          return left & right;
        case 'or':
          return left | right;
        case 'xor':
          return left ^ right;
      }
    }
    case 'not':
      return wrap(~evaluate(e.value, env));
    case 'shift': {
      const value = evaluate(e.value, env);
      const amount = typeof e.amount === 'number' ? BigInt(e.amount) : evaluate(e.amount, env);
      return e.op === 'shl' ? wrap(value << amount) : value >> amount;
    }
    case 'slice':
      return wrap(evaluate(e.value, env) >> BigInt(e.low));
    case 'concat':
      return e.parts.reduce((sum, part) => (sum << BigInt(part.width)) | evaluate(part, env), 0n);
    case 'extend':
      return evaluate(e.value, env);
    case 'mux':
      return holds(e.condition, env) ? evaluate(e.then, env) : evaluate(e.otherwise, env);
    case 'ctz': {
      const value = evaluate(e.value, env);
      let zeros = 0;
      while (zeros < e.value.width && ((value >> BigInt(zeros)) & 1n) === 0n) zeros++;
      return BigInt(zeros);
    }
  }
}

export function holds(b: Bool, env: Environment): boolean {
  switch (b.kind) {
    case 'literal':
      return b.value;
    case 'compare': {
      const left = evaluate(b.left, env);
      const right = evaluate(b.right, env);
      switch (b.op) {
        case 'eq':
          return left === right;
        case 'ne':
          return left !== right;
        case 'lt':
          return left < right;
        case 'le':
          return left <= right;
        case 'gt':
          return left > right;
        case 'ge':
          return left >= right;
      }
    }
    case 'valid':
      return env.isValid(b.header);
    case 'all':
      return b.of.every((part) => holds(part, env));
    case 'any':
      return b.of.some((part) => holds(part, env));
    case 'negation':
      return !holds(b.of, env);
  }
}

/** Big-endian bytes of values, each zero-extended to whole bytes: what hashes are over. */
export function bytesOf(values: readonly bigint[], widths: readonly number[]): Uint8Array {
  return Uint8Array.from(
    values.flatMap((value, i) => {
      const count = Math.ceil(present(widths[i], 'a width per value') / 8);
      return Array.from({ length: count }, (_, j) => Number((value >> BigInt(8 * (count - 1 - j))) & 0xffn));
    }),
  );
}
