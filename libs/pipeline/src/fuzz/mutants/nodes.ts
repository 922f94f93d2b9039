/** Small pieces that planted bugs are made of. */
import { present } from '@ballast/base';
import type { Bool, Expr, Program, RegisterDeclaration, Statement, VariableExpr } from '../../ir.ts';

export function constant(value: bigint, width: number): Expr {
  return { kind: 'const', width, value };
}

/** Bits high ... low; the value itself when that is all of it. */
export function slice(value: Expr, high: number, low: number): Expr {
  return high === value.width - 1 && low === 0
    ? value
    : { kind: 'slice', width: high - low + 1, value, high, low };
}

export function concat(...parts: Expr[]): Expr {
  return { kind: 'concat', width: parts.reduce((sum, part) => sum + part.width, 0), parts };
}

export function binary(op: Extract<Expr, { kind: 'binary' }>['op'], left: Expr, right: Expr): Expr {
  return { kind: 'binary', width: left.width, op, left, right };
}

export function isEqual(left: Expr, value: bigint): Bool {
  return { kind: 'compare', op: 'eq', left, right: constant(value, left.width) };
}

export function mux(condition: Bool, then: Expr, otherwise: Expr): Expr {
  return { kind: 'mux', width: then.width, condition, then, otherwise };
}

/** The bytes in the other order. Precondition: whole bytes. */
export function byteSwapped(value: Expr): Expr {
  const bytes = Array.from({ length: value.width / 8 }, (_, i) => slice(value, 8 * i + 7, 8 * i));
  return bytes.length === 1 ? value : concat(...bytes);
}

export function when(condition: Bool, ...then: Statement[]): Statement {
  return { kind: 'if', condition, then, otherwise: [] };
}

export function variableOf(program: Program, name: string): VariableExpr {
  const { width } = present(
    program.variables.find((v) => v.name === name),
    `variable ${name} is declared`,
  );
  return { kind: 'variable', width, name };
}

export function registerOf(program: Program, name: string): RegisterDeclaration {
  return present(
    program.registers.find((r) => r.name === name),
    `register ${name} is declared`,
  );
}
