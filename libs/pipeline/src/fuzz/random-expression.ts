/** Random expressions and conditions of a given width, made of what may be read at a point of a program. */
import type { Prng } from '@ballast/base';
import {
  type BinaryOp,
  type Bool,
  type Cell,
  type CompareOp,
  CTZ_BITS,
  type Expr,
  GROUP_BITS,
  type HeaderInstance,
  type Intrinsic,
  LENGTH_BITS,
  NOW_BITS,
  PORT_BITS,
  RECIRCULATION_BITS,
  type VariableDeclaration,
} from '../ir.ts';
import type { ParserGraph } from '../parser-graph.ts';
import { assuming, type Knowledge } from './knowledge.ts';
import { between, onesOf, pickWeighted, randomValue, randomWidth } from './random-values.ts';

/** What expressions at a point of a program may read. */
export interface Scope {
  readonly rng: Prng;
  readonly graph: ParserGraph;
  readonly headers: readonly HeaderInstance[];
  readonly variables: readonly VariableDeclaration[];
  readonly part: 'ingress' | 'egress';
  readonly known: Knowledge;
  /** Of the record under update; elsewhere none. */
  readonly cells: readonly Cell[];
}

const INTRINSIC_BITS: Readonly<Record<Intrinsic, number>> = {
  length: LENGTH_BITS,
  ingressPort: PORT_BITS,
  now: NOW_BITS,
  recirculations: RECIRCULATION_BITS,
  egressPort: PORT_BITS,
  replica: GROUP_BITS,
};
const INTRINSICS: Readonly<Record<Scope['part'], readonly Intrinsic[]>> = {
  ingress: ['length', 'ingressPort', 'now', 'recirculations'],
  egress: ['length', 'now', 'egressPort', 'replica'],
};

const COMPARE_OPS: readonly CompareOp[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];
/** Widest value that is multiplied, or shifted by a variable amount. */
const NARROW_BITS = 32;

export function constant(value: bigint, width: number): Expr {
  return { kind: 'const', width, value };
}

export function randomConstant(rng: Prng, width: number): Expr {
  return constant(randomValue(rng, width), width);
}

/** An expression of exactly `width` bits, nested at most `depth` deep below its fitting to the width. */
export function randomExpr(scope: Scope, width: number, depth: number): Expr {
  const { rng } = scope;
  if (depth <= 0 || rng.chance(0.15)) return randomLeaf(scope, width);
  const inner = (innerWidth: number): Expr => randomExpr(scope, innerWidth, depth - 1);
  const make = pickWeighted<() => Expr>(rng, [
    [6, () => binary(rng.pick(['add', 'sub', 'and', 'or', 'xor'] as const), inner(width), inner(width))],
    [width <= NARROW_BITS ? 1 : 0, () => binary('mul', inner(width), inner(width))],
    [1, () => ({ kind: 'not', width, value: inner(width) })],
    [2, () => randomShift(scope, width, depth)],
    [width < 64 ? 2 : 0, () => sliceOf(rng, inner(between(rng, width + 1, 64)), width)],
    [width > 1 ? 2 : 0, () => randomConcat(scope, width, depth)],
    [width > 1 ? 1 : 0, () => ({ kind: 'extend', width, value: inner(between(rng, 1, width - 1)) })],
    [2, () => randomMux(scope, width, depth)],
    [1, () => fitted(scope, { kind: 'ctz', width: CTZ_BITS, value: inner(randomWidth(rng)) }, width)],
  ]);
  return make();
}

function binary(op: BinaryOp, left: Expr, right: Expr): Expr {
  return { kind: 'binary', width: left.width, op, left, right };
}

function randomShift(scope: Scope, width: number, depth: number): Expr {
  const { rng } = scope;
  const op = rng.pick(['shl', 'shr'] as const);
  const value = randomExpr(scope, width, depth - 1);
  const amountBitsMax = Math.floor(Math.log2(width));
  if (width <= NARROW_BITS && amountBitsMax >= 1 && rng.chance(0.5)) {
    return {
      kind: 'shift',
      width,
      op,
      value,
      amount: randomExpr(scope, between(rng, 1, amountBitsMax), depth - 1),
    };
  }
  const edges = [0, 1, 8, 31, 32, 33, width - 1].filter((amount) => amount < width);
  const amount = rng.chance(0.5) ? rng.pick(edges) : rng.below(width);
  return { kind: 'shift', width, op, value, amount };
}

function randomConcat(scope: Scope, width: number, depth: number): Expr {
  const { rng } = scope;
  const parts: Expr[] = [];
  for (let left = width; left > 0;) {
    // The first part leaves room for a second.
    const most = parts.length === 0 ? left - 1 : left;
    const partWidth = rng.chance(0.4) ? most : between(rng, 1, most);
    parts.push(randomExpr(scope, partWidth, depth - 1));
    left -= partWidth;
  }
  return { kind: 'concat', width, parts };
}

function randomMux(scope: Scope, width: number, depth: number): Expr {
  const condition = randomCondition(scope, depth - 1);
  // Both sides are evaluated: neither may rely on the condition.
  const then = randomExpr(scope, width, depth - 1);
  const otherwise = randomExpr(scope, width, depth - 1);
  return { kind: 'mux', width, condition, then, otherwise };
}

/** A field, variable, cell, intrinsic or constant, fitted to the width. */
function randomLeaf(scope: Scope, width: number): Expr {
  const { rng } = scope;
  if (rng.chance(0.2)) return randomConstant(rng, width);
  return fitted(scope, randomSource(scope), width);
}

/** Something that can be read here, of any width. */
export function randomSource(scope: Scope): Expr {
  const { rng, cells, variables } = scope;
  const valid = scope.headers.filter((h) => scope.known.valid.has(h.name));
  const make = pickWeighted<() => Expr>(rng, [
    [valid.length > 0 ? 4 : 0, () => randomField(rng, rng.pick(valid))],
    [variables.length > 0 ? 4 : 0, () => variableExpr(rng.pick(variables))],
    [cells.length > 0 ? 8 : 0, () => cellExpr(rng.pick(cells))],
    [scope.part === 'ingress' ? 1 : 3, () => intrinsicExpr(rng.pick(INTRINSICS[scope.part]))],
  ]);
  return make();
}

function randomField(rng: Prng, header: HeaderInstance): Expr {
  const { name, width } = rng.pick(header.type.layout);
  return { kind: 'field', width, header: header.name, field: name };
}

export function variableExpr({
  name,
  width,
}: {
  readonly name: string;
  readonly width: number;
}): Expr & { kind: 'variable' } {
  return { kind: 'variable', width, name };
}

function cellExpr({ name, width }: Cell): Expr {
  return { kind: 'cell', width, cell: name };
}

function intrinsicExpr(name: Intrinsic): Expr {
  return { kind: 'intrinsic', width: INTRINSIC_BITS[name], name };
}

/** The value cut or filled up to a width. */
export function fitted(scope: Scope, value: Expr, width: number): Expr {
  const { rng } = scope;
  if (value.width === width) return value;
  if (value.width > width) return sliceOf(rng, value, width);
  const missing = width - value.width;
  switch (rng.below(3)) {
    case 0:
      return { kind: 'concat', width, parts: [value, randomConstant(rng, missing)] };
    case 1:
      return { kind: 'concat', width, parts: [fitted(scope, randomSource(scope), missing), value] };
    default:
      return { kind: 'extend', width, value };
  }
}

function sliceOf(rng: Prng, value: Expr, width: number): Expr {
  const highest = value.width - width;
  const low = rng.pick([0, highest, rng.below(highest + 1)]);
  return { kind: 'slice', width, value, high: low + width - 1, low };
}

/** A condition nested at most `depth` deep. */
export function randomCondition(scope: Scope, depth: number): Bool {
  const { rng } = scope;
  const nested = depth > 0 ? 1 : 0;
  const make = pickWeighted<() => Bool>(rng, [
    [6, () => randomCompare(scope, depth)],
    [2, () => ({ kind: 'valid', header: rng.pick(scope.headers).name })],
    [2 * nested, () => randomJunction(scope, depth)],
    [nested, () => ({ kind: 'negation', of: randomCondition(scope, depth - 1) })],
    [0.2, () => ({ kind: 'literal', value: rng.chance(0.5) })],
  ]);
  return make();
}

function randomCompare(scope: Scope, depth: number): Bool {
  const { rng } = scope;
  const op = rng.pick(COMPARE_OPS);
  if (rng.chance(0.5)) {
    // Few bits, so that equality holds now and then.
    const left = randomKey(scope, between(rng, 1, 3));
    return { kind: 'compare', op, left, right: constant(BigInt(rng.below(2 ** left.width)), left.width) };
  }
  const left = rng.chance(0.5) ? randomSource(scope) : randomExpr(scope, randomWidth(rng), depth);
  const right = rng.chance(0.4) ? randomConstant(rng, left.width) : randomExpr(scope, left.width, depth);
  return rng.chance(0.8)
    ? { kind: 'compare', op, left, right }
    : { kind: 'compare', op, left: right, right: left };
}

/** 'all' or 'any'; each part may rely on what those before it showed. Sometimes of no parts at all. */
function randomJunction(scope: Scope, depth: number): Bool {
  const { rng, graph } = scope;
  const kind = rng.pick(['all', 'any'] as const);
  const of: Bool[] = [];
  let known = scope.known;
  for (let left = rng.below(4); left > 0; left--) {
    const part = randomCondition({ ...scope, known }, depth - 1);
    of.push(part);
    known = assuming(graph, part, kind === 'all', known);
  }
  return { kind, of };
}

/** A value of few bits out of what can be read: the same one comes again, so that tables and slots hit. */
export function randomKey(scope: Scope, width: number): Expr {
  const { rng } = scope;
  const source = randomSource(scope);
  if (source.width === width && rng.chance(0.5)) return source;
  const few = Math.min(source.width, width, between(rng, 1, 3));
  const low = rng.chance(0.6) ? 0 : rng.below(source.width - few + 1);
  const narrow: Expr =
    few === source.width ? source : { kind: 'slice', width: few, value: source, high: low + few - 1, low };
  if (few === width) return narrow;
  const missing = width - few;
  switch (rng.below(4)) {
    case 0:
      return { kind: 'concat', width, parts: [narrow, randomConstant(rng, missing)] };
    case 1:
      return { kind: 'concat', width, parts: [randomConstant(rng, missing), narrow] };
    case 2:
      return source.width >= width
        ? binary('and', fitted(scope, source, width), constant(onesOf(few), width))
        : extended(narrow, width);
    default:
      return extended(narrow, width);
  }
}

export function extended(value: Expr, width: number): Expr {
  return value.width === width ? value : { kind: 'extend', width, value };
}
