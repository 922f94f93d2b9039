/** Random assignments to header fields and variables. */
import { checksumField } from '../checksum-rules.ts';
import type { HeaderInstance, Statement } from '../ir.ts';
import { randomExpr, type Scope, variableExpr } from './random-expression.ts';
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

export function setVariable(declared: Declarations, scope: Scope): Statement & { kind: 'set' } {
  const width = randomWidth(declared.rng);
  const value = randomExpr(scope, width, 3);
  return { kind: 'set', target: variableExpr(declared.variable(width)), value };
}
