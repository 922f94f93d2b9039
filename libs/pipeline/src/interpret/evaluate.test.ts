import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bool, Expr } from '../ir.ts';
import { bytesOf, type Environment, evaluate, holds } from './evaluate.ts';

/** Every leaf is a number of its own; asking for one that is not there fails. */
const environment: Environment = {
  field: (header, field) => leaf({ 'ipv4.ttl': 7n }, `${header}.${field}`),
  variable: (name) => leaf({ mode: 2n }, name),
  cell: (name) => leaf({ load: 5n }, name),
  intrinsic: (name) => leaf({ now: 9n }, name),
  isValid: (header) => header === 'ipv4',
};

function leaf(values: Readonly<Record<string, bigint>>, name: string): bigint {
  const value = values[name];
  assert.ok(value !== undefined, `${name} was not to be read`);
  return value;
}

const constant = (value: bigint, width = 8): Expr => ({ kind: 'const', width, value });
const unread: Expr = { kind: 'variable', width: 8, name: 'unread' };

test('evaluate: leaves come from the environment', () => {
  assert.equal(evaluate({ kind: 'field', width: 8, header: 'ipv4', field: 'ttl' }, environment), 7n);
  assert.equal(evaluate({ kind: 'variable', width: 8, name: 'mode' }, environment), 2n);
  assert.equal(evaluate({ kind: 'cell', width: 8, cell: 'load' }, environment), 5n);
  assert.equal(evaluate({ kind: 'intrinsic', width: 48, name: 'now' }, environment), 9n);
  assert.equal(holds({ kind: 'valid', header: 'ipv4' }, environment), true);
  assert.equal(holds({ kind: 'valid', header: 'ipv6' }, environment), false);
});

test('evaluate: literals', () => {
  assert.equal(holds({ kind: 'literal', value: true }, environment), true);
  assert.equal(holds({ kind: 'negation', of: { kind: 'literal', value: true } }, environment), false);
});

test('evaluate: a conjunction stops at the first that fails, a disjunction at the first that holds', () => {
  const [yes, no]: Bool[] = [
    { kind: 'literal', value: true },
    { kind: 'literal', value: false },
  ];
  const fails: Bool = { kind: 'compare', op: 'eq', left: unread, right: constant(0n) };
  assert.equal(holds({ kind: 'all', of: [no!, fails] }, environment), false);
  assert.equal(holds({ kind: 'any', of: [yes!, fails] }, environment), true);
  assert.throws(() => holds({ kind: 'all', of: [yes!, fails] }, environment), /unread was not to be read/);
});

test('evaluate: results stay within their width', () => {
  const full = constant(255n);
  const binary = (op: 'add' | 'sub' | 'mul'): Expr => ({
    kind: 'binary',
    width: 8,
    op,
    left: full,
    right: full,
  });
  assert.equal(evaluate(binary('add'), environment), 254n);
  assert.equal(evaluate(binary('sub'), environment), 0n);
  assert.equal(evaluate(binary('mul'), environment), 1n);
  assert.equal(evaluate({ kind: 'not', width: 8, value: constant(0n) }, environment), 255n);
  assert.equal(evaluate({ kind: 'shift', width: 8, op: 'shl', value: full, amount: 7 }, environment), 128n);
});

test('evaluate: bytes of values, most significant first, each filled up to whole bytes', () => {
  assert.deepEqual(bytesOf([0x1ffn, 0x5n, 0x1_0203n], [9, 3, 24]), Uint8Array.of(1, 0xff, 5, 1, 2, 3));
  assert.deepEqual(bytesOf([], []), new Uint8Array(0));
});
