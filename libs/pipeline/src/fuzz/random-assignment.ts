/** Random assignments to header fields and variables. */
import { present } from '@ballast/base';
import { checksumField } from '../checksum-rules.ts';
import type { HeaderInstance, Statement } from '../ir.ts';
import { fitted, randomExpr, type Scope, variableExpr } from './random-expression.ts';
import type { Declarations } from './random-state.ts';
import { randomWidth } from './random-values.ts';

/** Fields that a program may assign: all but a checksum. */
export function assignableFields(header: HeaderInstance): HeaderInstance['type']['layout'] {
  const checksum = checksumField(header);
  return header.type.layout.filter((field) => field.name !== checksum);
}

/** Assigns a field of a header that is there; a variable when none is. */
export function setField(declared: Declarations, scope: Scope): Statement {
  const { rng } = declared;
  const valid = declared.headers.filter((h) => scope.known.valid.has(h.name));
  if (valid.length === 0) return setVariable(declared, scope);
  const header = rng.pick(valid);
  const { name, width } = rng.pick(assignableFields(header));
  const target = { kind: 'field', width, header: header.name, field: name } as const;
  return { kind: 'set', target, value: randomExpr(scope, width, 2) };
}

/** Share of results that go to a header field at once. */
const SHOWN_RATIO = 0.35;

/**
 * Sometimes puts one of the variables, just assigned, into a header field: what no packet and no state
 * depends on cannot diverge.
 */
export function shown(declared: Declarations, scope: Scope, variables: readonly string[]): Statement[] {
  const { rng } = declared;
  const valid = declared.headers.filter((h) => scope.known.valid.has(h.name));
  if (variables.length === 0 || valid.length === 0 || !rng.chance(SHOWN_RATIO)) return [];
  const name = rng.pick(variables);
  const variable = present(
    declared.variables.find((v) => v.name === name),
    `variable ${name} is declared`,
  );
  const header = rng.pick(valid);
  const field = rng.pick(assignableFields(header));
  const target = { kind: 'field', width: field.width, header: header.name, field: field.name } as const;
  return [{ kind: 'set', target, value: fitted(scope, variableExpr(variable), field.width) }];
}

export function setVariable(declared: Declarations, scope: Scope): Statement & { kind: 'set' } {
  const width = randomWidth(declared.rng);
  const value = randomExpr(scope, width, 3);
  return { kind: 'set', target: variableExpr(declared.variable(width)), value };
}
