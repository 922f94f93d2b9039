import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefused } from '../testing/program-refusal.ts';
import { all, any, Bits, choose, describe, maximumOf } from './expression.ts';
import type { Expr } from './ir.ts';

const SITE = { program: 'test', construct: 'here' };
const variable = (name: string, width: number): Bits => new Bits({ kind: 'variable', width, name }, SITE);
const constant = (value: bigint, width: number): Expr => ({ kind: 'const', width, value });
const [byte, word, long] = [variable('byte', 8), variable('word', 32), variable('long', 64)];

test('expression: an operation has the width of its operands', () => {
  const operations = [
    byte.plus(byte),
    byte.minus(1),
    byte.times(3n),
    byte.and(0),
    byte.or(byte),
    byte.xor(255),
    byte.complement(),
    byte.shl(7),
    byte.shr(0),
    byte.shl(variable('by', 3)),
  ];
  for (const { width } of operations) assert.equal(width, 8);
});

test('expression: slices, concatenations and extensions have the width that they say', () => {
  assert.equal(long.slice(63, 0).width, 64);
  assert.equal(long.slice(40, 40).width, 1);
  assert.equal(byte.concat(word, byte).width, 48);
  assert.equal(byte.extend(64).width, 64);
  assert.equal(byte.extend(8), byte);
  assert.equal(word.trailingZeros().width, 8);
  assert.equal(choose(byte.eq(0), word, 1).width, 32);
});

test('expression: a constant takes the width of the value beside it', () => {
  assert.deepEqual(word.plus(0xffff_ffff).node, {
    kind: 'binary',
    width: 32,
    op: 'add',
    left: word.node,
    right: constant(0xffff_ffffn, 32),
  });
  assert.deepEqual(long.lt(1n << 63n).node, {
    kind: 'compare',
    op: 'lt',
    left: long.node,
    right: constant(1n << 63n, 64),
  });
});

test('expression: values of unequal widths do not meet', () => {
  const why = ['WIDTH', 'here', 'variable byte has 8 bits, variable word has 32'] as const;
  assertRefused(() => byte.plus(word), why);
  assertRefused(() => byte.eq(word), why);
  assertRefused(() => choose(byte.eq(0), byte, word), why);
  assert.equal(byte.extend(32).plus(word).width, 32);
});

test('expression: a constant must fit', () => {
  assertRefused(() => byte.plus(256), ['WIDTH', 'here', 'constant 256 does not fit 8 bits']);
  assertRefused(() => byte.eq(-1), ['WIDTH', 'here', 'constant -1 does not fit 8 bits']);
  assertRefused(() => long.xor(1n << 64n), ['WIDTH', 'here', /18446744073709551616 does not fit 64 bits/]);
  assert.equal(byte.plus(255).width, 8);
});

test('expression: a constant is a whole number', () => {
  for (const value of [1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assertRefused(() => byte.plus(value), ['WIDTH', 'here', `constant ${value} is no integer`]);
  }
});

test('expression: a constant that a number cannot hold exactly is refused', () => {
  assertRefused(() => long.plus(2 ** 53), ['WIDTH', 'here', /9007199254740992 .* write it as a bigint/]);
  assert.equal(long.plus(2n ** 53n).width, 64);
  assert.equal(long.plus(2 ** 53 - 1).width, 64);
});

test('expression: slices stay within their value', () => {
  for (const [high, low] of [
    [8, 0],
    [3, 4],
    [3, -1],
    [3.5, 0],
  ] as const) {
    assertRefused(
      () => byte.slice(high, low),
      ['WIDTH', 'here', `slice [${high}:${low}] of a value of 8 bits`],
    );
  }
  assert.equal(byte.slice(7, 0).width, 8);
});

test('expression: a concatenation has at most 64 bits', () => {
  assertRefused(() => long.concat(byte), ['WIDTH', 'here', 'concatenation of 72 bits; at most 64']);
  assert.equal(word.concat(word).width, 64);
});

test('expression: an extension goes upwards, to 64 bits at most', () => {
  assertRefused(() => word.extend(31), ['WIDTH', 'here', 'cannot extend 32 bits to 31']);
  assertRefused(() => word.extend(65), ['WIDTH', 'here', 'cannot extend 32 bits to 65']);
  assert.equal(word.extend(64).width, 64);
});

test('expression: multiplication is on at most 32 bits', () => {
  const wide = variable('wide', 33);
  assertRefused(() => wide.times(2), ['WIDTH', 'here', 'multiplication is on at most 32 bits, not 33']);
  assert.equal(word.times(2).width, 32);
});

test('expression: a constant shift is below the width', () => {
  for (const amount of [8, -1, 0.5]) {
    assertRefused(() => byte.shl(amount), ['SHIFT', 'here', `shift by ${amount} of a value of 8 bits`]);
  }
  assert.equal(byte.shr(7).width, 8);
  assert.equal(long.shl(63).width, 64);
});

test('expression: a variable shift is of at most 32 bits, by at most the logarithm of the width', () => {
  const [by3, by4, by5, by6] = [3, 4, 5, 6].map((width) => variable(`by${width}`, width));
  assertRefused(
    () => byte.shl(by4!),
    ['SHIFT', 'here', /8 bits shifted by a value of 4 bits; .* at most 3 bits here/],
  );
  assertRefused(() => long.shr(by6!), ['SHIFT', 'here', /a variable shift is on at most 32 bits/]);
  assertRefused(() => variable('odd', 20).shl(by5!), ['SHIFT', 'here', /at most 4 bits here/]);
  assert.equal(byte.shl(by3!).width, 8);
  assert.equal(word.shr(by5!).width, 32);
});

test('expression: conditions are built of conditions', () => {
  const [a, b] = [byte.eq(1), byte.gt(2)];
  assert.deepEqual(a.and(b).node, { kind: 'all', of: [a.node, b.node] });
  assert.deepEqual(a.or(b).node, any(a, b).node);
  assert.deepEqual(all().node, { kind: 'all', of: [] });
  assert.deepEqual(a.not().node, { kind: 'negation', of: a.node });
  assert.deepEqual(byte.isOneOf([1, 2]).node, any(byte.eq(1), byte.eq(2)).node);
});

test('expression: an error calls an operand by its construct', () => {
  const field: Expr = { kind: 'field', width: 8, header: 'ipv4', field: 'ttl' };
  assert.equal(describe(field), 'ipv4.ttl');
  assert.equal(describe(new Bits(field, SITE).plus(1).node), 'ipv4.ttl add constant 1');
  assert.equal(describe({ kind: 'cell', width: 8, cell: 'load' }), 'cell load');
  assert.equal(describe({ kind: 'intrinsic', width: 16, name: 'ingressPort' }), 'ingressPort');
  assert.equal(describe(byte.slice(3, 0).node), 'slice of 4 bits');
});

test('expression: the largest value is known of what an index is made of', () => {
  const maximum = (value: Bits): bigint =>
    maximumOf(value.node, (name) => (name === 'byte' ? 9n : 0xffff_ffffn));
  assert.equal(maximum(byte), 9n);
  assert.equal(maximum(byte.extend(16)), 9n);
  assert.equal(maximum(byte.extend(16).plus(5)), 14n);
  assert.equal(maximum(byte.plus(250)), 255n); // 259 wraps around: anything is possible.
  assert.equal(maximum(byte.and(3)), 3n);
  assert.equal(maximum(byte.and(0xf0)), 9n);
  assert.equal(maximum(word.slice(4, 1)), 15n);
  assert.equal(maximum(byte.slice(7, 2)), 2n);
  assert.equal(maximum(byte.shr(1)), 4n);
  assert.equal(maximum(byte.shl(1)), 255n);
  assert.equal(maximum(word.trailingZeros()), 32n);
  assert.equal(maximum(choose(byte.eq(0), byte, 3)), 9n);
  assert.equal(maximum(choose(byte.eq(0), byte, 30)), 30n);
  assert.equal(maximum(byte.complement()), 255n);
  assert.equal(maximum(byte.xor(1)), 255n);
  assert.equal(maximum(byte.minus(1)), 255n);
});
