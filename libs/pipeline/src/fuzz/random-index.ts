/** Index expressions that are provably below a size, in every form that the checks know how to bound. */
import type { Expr, VariableDeclaration } from '../ir.ts';
import { constant, extended, randomExpr, randomKey, type Scope, variableExpr } from './random-expression.ts';
import { between, onesOf, pickWeighted } from './random-values.ts';

/** An index below `size`. */
export function randomIndex(scope: Scope, size: number): Expr {
  const { rng } = scope;
  const bits = Math.floor(Math.log2(size));
  const bounded = scope.variables.filter((v) => v.maximum < BigInt(size));
  const some = bits > 0 ? 1 : 0;
  const make = pickWeighted<() => Expr>(rng, [
    [1, () => constantIndex(rng.below(size))],
    [3 * some, () => randomKey(scope, bits)],
    [some, () => extended(randomKey(scope, bits), between(rng, bits, 64))],
    [some, () => shiftedDown(scope, bits)],
    [1, () => masked(scope, size)],
    [bounded.length > 0 ? 3 : 0, () => variableExpr(rng.pick<VariableDeclaration>(bounded))],
    [size > 64 ? 1 : 0, () => ({ kind: 'ctz', width: 8, value: randomExpr(scope, between(rng, 1, 64), 1) })],
    [some, () => randomSum(scope, size)],
    [some, () => chosen(scope, size)],
  ]);
  return make();
}

function constantIndex(index: number): Expr {
  const value = BigInt(index);
  return constant(value, Math.max(1, value.toString(2).length));
}

/** `value & mask` with any mask below the size, on either side. */
function masked(scope: Scope, size: number): Expr {
  const { rng } = scope;
  const width = between(rng, Math.max(1, Math.ceil(Math.log2(size + 1))), 64);
  const value = randomExpr(scope, width, 1);
  const mask = constant(BigInt(rng.chance(0.7) ? size - 1 : rng.below(size)), width);
  const [left, right] = rng.chance(0.5) ? [value, mask] : [mask, value];
  return { kind: 'binary', width, op: 'and', left, right };
}

/** The highest `bits` bits of a value, shifted down. */
function shiftedDown(scope: Scope, bits: number): Expr {
  const width = between(scope.rng, bits, 64);
  return { kind: 'shift', width, op: 'shr', value: randomExpr(scope, width, 1), amount: width - bits };
}

/** Two narrow values whose sum stays below the size. */
function randomSum(scope: Scope, size: number): Expr {
  const { rng } = scope;
  const width = between(rng, Math.max(2, Math.ceil(Math.log2(size + 1))), 32);
  const half = Math.floor(Math.log2((size + 1) / 2)); // 2 (2^half - 1) < size
  const part = (): Expr => (half < 1 ? constant(0n, width) : extended(randomKey(scope, half), width));
  return { kind: 'binary', width, op: 'add', left: part(), right: part() };
}

function chosen(scope: Scope, size: number): Expr {
  const width = Math.max(1, Math.ceil(Math.log2(size)));
  const bits = Math.floor(Math.log2(size));
  const condition = { kind: 'compare', op: 'eq', left: randomKey(scope, 2), right: constant(1n, 2) } as const;
  const then = extended(randomKey(scope, bits), width);
  const otherwise = constant(BigInt(scope.rng.below(size)) & onesOf(width), width);
  return { kind: 'mux', width, condition, then, otherwise };
}
