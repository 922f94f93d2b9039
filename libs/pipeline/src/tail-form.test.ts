import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefused } from '../testing/program-refusal.ts';
import type { Bool, Statement } from './ir.ts';
import { inTailForm } from './tail-form.ts';

const IS_TRUE: Bool = { kind: 'literal', value: true };
const drop = (reason: string): Statement => ({ kind: 'drop', reason });
const pass: Statement = { kind: 'pass' };
const push = (header: string): Statement => ({ kind: 'push', header });
const when = (then: readonly Statement[], otherwise: readonly Statement[] = []): Statement => ({
  kind: 'if',
  condition: IS_TRUE,
  then,
  otherwise,
});
const apply = (
  branches: Readonly<Record<string, readonly Statement[]>>,
  miss: readonly Statement[],
): Statement => ({
  kind: 'apply',
  table: 't',
  keys: [],
  branches,
  miss,
});

const normal = (...statements: readonly Statement[]): Statement[] =>
  inTailForm('test', 'ingress', statements);

test('tail form: what has its outcomes last stays as it is', () => {
  const statements = [push('a'), when([push('b')], [push('c')]), when([drop('x')], [pass])];
  assert.deepEqual(normal(...statements), statements);
});

test('tail form: what follows an early end moves into the branch that goes on', () => {
  assert.deepEqual(normal(push('a'), when([drop('x')]), push('b'), pass), [
    push('a'),
    when([drop('x')], [push('b'), pass]),
  ]);
  assert.deepEqual(normal(when([push('a')], [drop('x')]), pass), [when([push('a'), pass], [drop('x')])]);
});

test('tail form: early ends nest and follow one another', () => {
  const statements = [when([drop('x')]), when([when([drop('y')]), push('a')], [drop('z')]), pass];
  assert.deepEqual(normal(...statements), [
    when([drop('x')], [when([when([drop('y')], [push('a'), pass])], [drop('z')])]),
  ]);
});

test('tail form: one action of a table may go on', () => {
  assert.deepEqual(normal(apply({ hit: [push('a')], deny: [drop('x')] }, [drop('y')]), pass), [
    apply({ hit: [push('a'), pass], deny: [drop('x')] }, [drop('y')]),
  ]);
});

test('tail form: branches that all go on are followed, not filled', () => {
  const statements = [apply({ a: [push('a')], b: [] }, []), when([push('b')]), pass];
  assert.deepEqual(normal(...statements), statements);
});

test('tail form: a path without an outcome is refused', () => {
  const why = [
    'OUTCOME',
    'ingress',
    'a path ends without an outcome (forward, multicast, drop, ...)',
  ] as const;
  assertRefused(() => normal(), why);
  assertRefused(() => normal(push('a')), why);
  assertRefused(() => normal(when([pass])), why);
  assertRefused(() => normal(apply({ hit: [pass] }, [])), why);
  assert.doesNotThrow(() => normal(when([pass], [pass])));
});

test('tail form: a statement behind an outcome is refused', () => {
  assertRefused(
    () => normal(pass, push('a')),
    ['OUTCOME', 'ingress, pass', 'something stands behind an outcome'],
  );
  assertRefused(
    () => normal(when([pass], [drop('x')]), pass),
    ['OUTCOME', 'ingress, if', 'something stands behind an outcome'],
  );
  assertRefused(
    () => normal(when([pass, pass], [pass])),
    ['OUTCOME', 'ingress, pass', /something stands behind/],
  );
  assertRefused(
    () => normal(apply({}, [pass]), pass),
    ['OUTCOME', 'ingress, apply', /something stands behind/],
  );
});

test('tail form: what follows would be copied into several branches, so that is refused', () => {
  assertRefused(
    () => normal(apply({ a: [push('a')], b: [drop('x')] }, []), pass),
    [
      'OUTCOME',
      'ingress, apply',
      'several branches go on and another ends; end the others too, or use a mode variable',
    ],
  );
  assertRefused(
    () => normal(when([when([drop('x')])], []), pass),
    ['OUTCOME', 'ingress, if', /several branches go on/],
  );
});
