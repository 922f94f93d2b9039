/** Visits everything in a program's statements. Shared by the passes and the back ends. */
import type { Bool, Expr, Statement, UpdateStatement } from '../ir.ts';

export interface Visitor {
  readonly statement?: (statement: Statement) => void;
  readonly expr?: (expr: Expr) => void;
  readonly bool?: (bool: Bool) => void;
}

/** Every statement of a block, those of nested blocks included, each with its own expressions, in order. */
export function visitBlock(block: readonly Statement[], visitor: Visitor): void {
  for (const statement of block) {
    visitor.statement?.(statement);
    visitOperands(statement, visitor);
    for (const inner of blocksOf(statement)) visitBlock(inner, visitor);
  }
}

/** The blocks nested in a statement, in the order in which they are printed. */
export function blocksOf(statement: Statement): readonly (readonly Statement[])[] {
  if (statement.kind === 'if') return [statement.then, statement.otherwise];
  if (statement.kind === 'apply') return [...Object.values(statement.branches), statement.miss];
  return [];
}

/** The same statement over other nested blocks. */
export function mapBlocks(
  statement: Statement,
  map: (block: readonly Statement[]) => readonly Statement[],
): Statement {
  if (statement.kind === 'if') {
    return { ...statement, then: map(statement.then), otherwise: map(statement.otherwise) };
  }
  if (statement.kind === 'apply') {
    const branches = Object.entries(statement.branches).map(
      ([action, block]) => [action, map(block)] as const,
    );
    return { ...statement, branches: Object.fromEntries(branches), miss: map(statement.miss) };
  }
  return statement;
}

/** The expressions and conditions of a statement itself, an update's body included, nested blocks not. */
export function visitOperands(s: Statement, visitor: Visitor): void {
  const visit = (e: Expr): void => {
    visitExpr(e, visitor);
  };
  switch (s.kind) {
    case 'set':
      return visit(s.value);
    case 'if':
      return visitBool(s.condition, visitor);
    case 'apply':
      return s.keys.forEach(visit);
    case 'read':
    case 'count':
      return visit(s.index);
    case 'add':
      return [s.index, s.amount].forEach(visit);
    case 'update':
      visit(s.index);
      return visitUpdate(s.body, visitor);
    case 'argmin':
      if (s.among !== null) visit(s.among);
      return;
    case 'slotInsert':
    case 'cachePut':
      s.key.forEach(visit);
      return s.record.forEach(({ value }) => {
        visit(value);
      });
    case 'slotUpdate':
      s.key.forEach(visit);
      return visitUpdate(s.body, visitor);
    case 'slotRemove':
      s.key.forEach(visit);
      if (s.condition !== null) visitBool(s.condition, visitor);
      return;
    case 'slotLookup':
    case 'cacheGet':
    case 'cacheRemove':
      return s.key.forEach(visit);
    case 'hash':
      return s.args.forEach(visit);
    case 'forward':
      return visit(s.port);
    case 'multicast':
      return visit(s.group);
    default:
  }
}

/** The expressions and conditions in the body of an update. */
export function visitUpdate(body: readonly UpdateStatement[], visitor: Visitor): void {
  for (const s of body) {
    if (s.kind === 'if') {
      visitBool(s.condition, visitor);
      visitUpdate(s.then, visitor);
      visitUpdate(s.otherwise, visitor);
    } else {
      visitExpr(s.value, visitor);
    }
  }
}

function visitExpr(e: Expr, visitor: Visitor): void {
  visitor.expr?.(e);
  switch (e.kind) {
    case 'binary':
      visitExpr(e.left, visitor);
      return visitExpr(e.right, visitor);
    case 'concat':
      for (const part of e.parts) visitExpr(part, visitor);
      return;
    case 'mux':
      visitBool(e.condition, visitor);
      visitExpr(e.then, visitor);
      return visitExpr(e.otherwise, visitor);
    case 'shift':
      if (typeof e.amount !== 'number') visitExpr(e.amount, visitor);
      return visitExpr(e.value, visitor);
    case 'not':
    case 'slice':
    case 'extend':
    case 'ctz':
      return visitExpr(e.value, visitor);
    default:
  }
}

function visitBool(b: Bool, visitor: Visitor): void {
  visitor.bool?.(b);
  switch (b.kind) {
    case 'compare':
      visitExpr(b.left, visitor);
      return visitExpr(b.right, visitor);
    case 'negation':
      return visitBool(b.of, visitor);
    case 'all':
    case 'any':
      for (const part of b.of) visitBool(part, visitor);
      return;
    default:
  }
}

/** The variables that a statement itself assigns, in an update's body too; no parameters of an apply. */
export function assignedVariables(s: Statement): string[] {
  switch (s.kind) {
    case 'set':
      return s.target.kind === 'variable' ? [s.target.name] : [];
    case 'read':
      return s.into.map((i) => i.variable);
    case 'add':
      return s.into === null ? [] : [s.into];
    case 'update':
      return assignedInUpdate(s.body);
    case 'argmin':
      return s.minimum === null ? [s.index] : [s.index, s.minimum];
    case 'slotLookup':
      return [s.status, ...s.into.map((i) => i.variable)];
    case 'slotUpdate':
      return [s.status, ...assignedInUpdate(s.body)];
    case 'slotInsert':
    case 'slotRemove':
      return [s.status];
    case 'cacheGet':
      return [s.hit, ...s.into.map((i) => i.variable)];
    case 'hash':
    case 'random':
      return [s.into];
    default:
      return [];
  }
}

function assignedInUpdate(body: readonly UpdateStatement[]): string[] {
  return body.flatMap((s) => {
    if (s.kind === 'if') return [...assignedInUpdate(s.then), ...assignedInUpdate(s.otherwise)];
    return s.kind === 'set' ? [s.target.name] : [];
  });
}
