import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Environment, evaluate, holds } from '../interpret/evaluate.ts';
import type { Bool, Expr } from '../ir.ts';
import { valueIn } from './assignment.ts';
import { CodeWriter } from './code-writer.ts';
import { ExpressionPrinter } from './expression-printer.ts';
import { Names } from './names.ts';
import { flag } from './word.ts';

/** Widths where words, signs and borders lie, and odd ones. */
const WIDTHS = [1, 2, 5, 8, 13, 16, 24, 31, 32, 33, 37, 40, 48, 63, 64] as const;

const anyWidth = fc.constantFrom(...WIDTHS);
/** Values at the borders more often than in between. */
const anyValue = (width: number): fc.Arbitrary<bigint> => {
  const ones = (1n << BigInt(width)) - 1n;
  const near = [0n, 1n, ones, ones - 1n, ones >> 1n, 0xffff_ffffn, 0x1_0000_0000n, 0x8000_0000n].filter(
    (v) => v <= ones,
  );
  return fc.oneof(fc.constantFrom(...near), fc.bigInt({ min: 0n, max: ones }));
};

/** An expression of a width: leaves are constants and variables `v<width>_<i>`. */
function anyExpr(width: number, depth: number): fc.Arbitrary<Expr> {
  const leaves: fc.Arbitrary<Expr>[] = [
    anyValue(width).map((value): Expr => ({ kind: 'const', width, value })),
    fc.nat(1).map((i): Expr => ({ kind: 'variable', width, name: `v${width}_${i}` })),
  ];
  if (depth === 0) return fc.oneof(...leaves);
  const same = anyExpr(width, depth - 1);
  const options: fc.Arbitrary<Expr>[] = [
    fc
      .tuple(fc.constantFrom('add', 'sub', 'mul', 'and', 'or', 'xor'), same, same)
      .map(([op, left, right]): Expr => ({
        kind: 'binary',
        width,
        op: op === 'mul' && width > 32 ? 'add' : op,
        left,
        right,
      })),
    same.map((value): Expr => ({ kind: 'not', width, value })),
    fc
      .tuple(fc.constantFrom('shl', 'shr'), same, fc.nat(width - 1))
      .map(([op, value, amount]): Expr => ({ kind: 'shift', width, op, value, amount })),
    fc
      .tuple(anyBool(depth - 1), same, same)
      .map(([condition, then, otherwise]): Expr => ({ kind: 'mux', width, condition, then, otherwise })),
    anyWidth
      .filter((from) => from >= width)
      .chain((from) =>
        fc
          .tuple(anyExpr(from, depth - 1), fc.nat(from - width))
          .map(([value, low]): Expr => ({ kind: 'slice', width, value, high: low + width - 1, low })),
      ),
    anyWidth
      .filter((from) => from <= width)
      .chain((from) => anyExpr(from, depth - 1).map((value): Expr => ({ kind: 'extend', width, value }))),
  ];
  if (width >= 2) options.push(anyConcat(width, depth));
  if (width === 8) {
    options.push(
      anyWidth.chain((from) =>
        anyExpr(from, depth - 1).map((value): Expr => ({ kind: 'ctz', width, value })),
      ),
    );
  }
  const amountBits = Math.floor(Math.log2(width));
  if (width <= 32 && amountBits > 0) {
    options.push(
      fc
        .tuple(fc.constantFrom('shl', 'shr'), same, anyExpr(amountBits, 0))
        .map(([op, value, amount]): Expr => ({ kind: 'shift', width, op, value, amount })),
    );
  }
  return fc.oneof(...leaves, ...options, ...options);
}

function anyConcat(width: number, depth: number): fc.Arbitrary<Expr> {
  return fc
    .uniqueArray(fc.integer({ min: 1, max: width - 1 }), { minLength: 1, maxLength: 3 })
    .chain((cuts) => {
      const borders = [0, ...cuts.toSorted((a, b) => a - b), width];
      const parts = borders.slice(1).map((border, i) => anyExpr(border - borders[i]!, depth - 1));
      return fc.tuple(...parts).map((of): Expr => ({ kind: 'concat', width, parts: of }));
    });
}

function anyBool(depth: number): fc.Arbitrary<Bool> {
  const compare = anyWidth.chain((width) =>
    fc
      .tuple(
        fc.constantFrom('eq', 'ne', 'lt', 'le', 'gt', 'ge'),
        anyExpr(width, depth),
        anyExpr(width, depth),
      )
      .map(([op, left, right]): Bool => ({ kind: 'compare', op, left, right })),
  );
  const leaves: fc.Arbitrary<Bool>[] = [
    compare,
    fc.boolean().map((value): Bool => ({ kind: 'literal', value })),
  ];
  if (depth === 0) return fc.oneof(...leaves);
  const inner = anyBool(depth - 1);
  return fc.oneof(
    compare,
    inner.map((of): Bool => ({ kind: 'negation', of })),
    fc
      .tuple(fc.constantFrom('all', 'any'), fc.array(inner, { maxLength: 3 }))
      .map(([kind, of]): Bool => ({ kind, of })),
  );
}

/** Values of all variables that the expressions above may name. */
const anyVariables = fc
  .tuple(...WIDTHS.flatMap((width) => [anyValue(width), anyValue(width)]), fc.nat(255), fc.nat(255))
  .map((values) => (name: string): bigint => {
    const [width = 0, i = 0] = name.slice(1).split('_').map(Number);
    const position = WIDTHS.findIndex((w) => w === width);
    if (position >= 0) return values[2 * position + i] as bigint;
    // Concatenations and shift amounts have widths of their own.
    return (BigInt(values.at(-1 - i)!) * 0x0123_4567_89ab_cdefn) & ((1n << BigInt(width)) - 1n);
  });

function environmentOf(variables: (name: string) => bigint): Environment {
  const nothing = (): never => assert.fail('only variables are leaves here');
  return { variable: variables, field: nothing, cell: nothing, intrinsic: nothing, isValid: nothing };
}

/** Runs what the printer makes of something; words come back as bigints, flags as 1 and 0. */
function run(variables: (name: string) => bigint, print: (printer: ExpressionPrinter) => string): bigint {
  const writer = new CodeWriter();
  const nothing = (): never => assert.fail('only variables are leaves here');
  const used = new Set<string>();
  const printer = new ExpressionPrinter(writer, new Names(), {
    variable: (name) => {
      used.add(name);
      const width = Number(name.slice(1).split('_')[0]);
      const holder = width > 32 ? { hi: `${name}_hi`, lo: `${name}_lo` } : { hi: null, lo: `${name}_lo` };
      return valueIn(holder, (1n << BigInt(width)) - 1n);
    },
    field: nothing,
    cell: nothing,
    intrinsic: nothing,
    valid: () => flag('true'),
  });
  const result = print(printer);
  const declared = [...used].map((name) => {
    const value = variables(name);
    return `const ${name}_hi = ${value >> 32n}; const ${name}_lo = ${value & 0xffff_ffffn};`;
  });
  const source = `'use strict';\n${declared.join('\n')}\n${writer.toString()}return ${result};`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text is what is tested
  const evaluated = (new Function(source) as () => number | boolean | [number, number])();
  if (!Array.isArray(evaluated)) return BigInt(evaluated);
  assert.ok(
    evaluated.every((word) => Number.isInteger(word) && word >= 0 && word <= 0xffff_ffff),
    source,
  );
  return (BigInt(evaluated[0]) << 32n) | BigInt(evaluated[1]);
}

test('js expressions: every random expression has the value that the interpreter gives it', () => {
  const property = fc.property(
    anyWidth.chain((width) => anyExpr(width, 3)),
    anyVariables,
    (expr, variables) => {
      const actual = run(variables, (printer) => {
        const { hi, lo } = printer.exact(expr);
        return `[${hi?.text ?? 0}, ${lo.text}]`;
      });
      assert.equal(actual, evaluate(expr, environmentOf(variables)));
    },
  );
  fc.assert(property, { numRuns: 1000 });
});

test('js expressions: every random condition holds when the interpreter says so', () => {
  const property = fc.property(anyBool(3), anyVariables, (condition, variables) => {
    const actual = run(variables, (printer) => printer.condition(condition).text);
    assert.equal(actual, holds(condition, environmentOf(variables)) ? 1n : 0n);
  });
  fc.assert(property, { numRuns: 500 });
});

/** The text of an expression over 32-bit variables a and b. */
function textOf(expr: Expr): string {
  const nothing = (): never => assert.fail('no such leaf');
  const printer = new ExpressionPrinter(new CodeWriter(), new Names(), {
    variable: (name) => valueIn({ hi: null, lo: name }, 0xffff_ffffn),
    field: nothing,
    cell: nothing,
    intrinsic: nothing,
    valid: nothing,
  });
  return printer.exact(expr).lo.text;
}

test('js expressions: a chain of operations is masked once', () => {
  const variable = (name: string): Expr => ({ kind: 'variable', width: 32, name });
  const sum: Expr = { kind: 'binary', width: 32, op: 'add', left: variable('a'), right: variable('b') };
  const difference: Expr = { kind: 'binary', width: 32, op: 'sub', left: sum, right: variable('a') };
  assert.equal(textOf(difference), '(a + b - a) >>> 0');
});

test('js expressions: a sum that cannot leave its width is not masked', () => {
  const low: Expr = {
    kind: 'slice',
    width: 16,
    value: { kind: 'variable', width: 32, name: 'a' },
    high: 15,
    low: 0,
  };
  const wide: Expr = { kind: 'extend', width: 32, value: low };
  assert.equal(
    textOf({ kind: 'binary', width: 32, op: 'add', left: wide, right: wide }),
    '(a & 65535) + (a & 65535)',
  );
});
