/** Rewrites a program's trees from the leaves up, for observation, planted bugs and the shrinker. */
import type { Bool, Expr, Program, Statement, UpdateStatement } from '../ir.ts';

/** What becomes of each node, its children already rewritten. What is left out stays. */
export interface TreeMap {
  readonly expr?: (e: Expr) => Expr;
  readonly bool?: (b: Bool) => Bool;
  readonly statement?: (s: Statement) => readonly Statement[];
  readonly update?: (s: UpdateStatement) => readonly UpdateStatement[];
}

export function mapProgram(program: Program, map: TreeMap): Program {
  return {
    ...program,
    ingress: mapStatements(program.ingress, map),
    egress: program.egress === null ? null : mapStatements(program.egress, map),
  };
}

export function mapStatements(block: readonly Statement[], map: TreeMap): Statement[] {
  return block.flatMap((s) => {
    const inside = statementInside(s, map);
    return map.statement === undefined ? [inside] : map.statement(inside);
  });
}

export function mapExpr(e: Expr, map: TreeMap): Expr {
  const inside = exprInside(e, map);
  return map.expr === undefined ? inside : map.expr(inside);
}

export function mapBool(b: Bool, map: TreeMap): Bool {
  const inside = boolInside(b, map);
  return map.bool === undefined ? inside : map.bool(inside);
}

function statementInside(s: Statement, map: TreeMap): Statement {
  switch (s.kind) {
    case 'set':
      return { ...s, value: mapExpr(s.value, map) };
    case 'if': {
      const condition = mapBool(s.condition, map);
      return {
        ...s,
        condition,
        then: mapStatements(s.then, map),
        otherwise: mapStatements(s.otherwise, map),
      };
    }
    case 'apply': {
      const keys = exprs(s.keys, map);
      const branches = Object.entries(s.branches).map(
        ([action, body]) => [action, mapStatements(body, map)] as const,
      );
      return { ...s, keys, branches: Object.fromEntries(branches), miss: mapStatements(s.miss, map) };
    }
    case 'hash':
      return { ...s, args: exprs(s.args, map) };
    case 'forward':
      return { ...s, port: mapExpr(s.port, map) };
    case 'multicast':
      return { ...s, group: mapExpr(s.group, map) };
    case 'read':
    case 'count':
      return { ...s, index: mapExpr(s.index, map) };
    case 'add':
      return { ...s, index: mapExpr(s.index, map), amount: mapExpr(s.amount, map) };
    case 'update':
      return { ...s, index: mapExpr(s.index, map), body: updates(s.body, map) };
    case 'argmin':
      return { ...s, among: s.among === null ? null : mapExpr(s.among, map) };
    default:
      return storeInside(s, map);
  }
}

function storeInside(s: Statement, map: TreeMap): Statement {
  switch (s.kind) {
    case 'slotLookup':
    case 'cacheGet':
    case 'cacheRemove':
      return { ...s, key: exprs(s.key, map) };
    case 'slotInsert':
    case 'cachePut': {
      const record = s.record.map(({ cell, value }) => ({ cell, value: mapExpr(value, map) }));
      return { ...s, key: exprs(s.key, map), record };
    }
    case 'slotUpdate':
      return { ...s, key: exprs(s.key, map), body: updates(s.body, map) };
    case 'slotRemove':
      return {
        ...s,
        key: exprs(s.key, map),
        condition: s.condition === null ? null : mapBool(s.condition, map),
      };
    default:
      return s;
  }
}

function updates(body: readonly UpdateStatement[], map: TreeMap): UpdateStatement[] {
  return body.flatMap((s) => {
    const inside: UpdateStatement =
      s.kind === 'if'
        ? {
            ...s,
            condition: mapBool(s.condition, map),
            then: updates(s.then, map),
            otherwise: updates(s.otherwise, map),
          }
        : { ...s, value: mapExpr(s.value, map) };
    return map.update === undefined ? [inside] : map.update(inside);
  });
}

function exprs(all: readonly Expr[], map: TreeMap): Expr[] {
  return all.map((e) => mapExpr(e, map));
}

function exprInside(e: Expr, map: TreeMap): Expr {
  switch (e.kind) {
    case 'binary':
      return { ...e, left: mapExpr(e.left, map), right: mapExpr(e.right, map) };
    case 'concat':
      return { ...e, parts: exprs(e.parts, map) };
    case 'mux':
      return {
        ...e,
        condition: mapBool(e.condition, map),
        then: mapExpr(e.then, map),
        otherwise: mapExpr(e.otherwise, map),
      };
    case 'shift': {
      const amount = typeof e.amount === 'number' ? e.amount : mapExpr(e.amount, map);
      return { ...e, value: mapExpr(e.value, map), amount };
    }
    case 'not':
    case 'slice':
    case 'extend':
    case 'ctz':
      return { ...e, value: mapExpr(e.value, map) };
    default:
      return e;
  }
}

function boolInside(b: Bool, map: TreeMap): Bool {
  switch (b.kind) {
    case 'compare':
      return { ...b, left: mapExpr(b.left, map), right: mapExpr(b.right, map) };
    case 'negation':
      return { ...b, of: mapBool(b.of, map) };
    case 'all':
    case 'any':
      return { ...b, of: b.of.map((part) => mapBool(part, map)) };
    default:
      return b;
  }
}
