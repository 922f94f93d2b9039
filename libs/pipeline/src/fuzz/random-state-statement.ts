/** Random statements that touch state: registers, counters, slots, caches, the generator; and hashes. */
import { present } from '@ballast/base';
import {
  type Bool,
  type Cell,
  type CellFrom,
  type CellInto,
  type Expr,
  HASH_ALGORITHMS,
  HASH_BITS,
  PORT_BITS,
  SLOT_STATUS_BITS,
  SlotStatus,
  type Statement,
  type UpdateStatement,
} from '../ir.ts';
import { assignedVariables } from '../lower/walk.ts';
import { assuming } from './knowledge.ts';
import { setVariable, shown } from './random-assignment.ts';
import {
  constant,
  extended,
  randomCondition,
  randomConstant,
  randomExpr,
  randomKey,
  type Scope,
  variableExpr,
} from './random-expression.ts';
import { randomIndex } from './random-index.ts';
import { ANSWERS_SIZE, CACHE_ANSWERS, type Declarations, SLOT_OPERATIONS } from './random-state.ts';
import { between, pickWeighted, randomWidth, uniformValue } from './random-values.ts';

const ANSWER_BITS = Math.log2(ANSWERS_SIZE);
const MODULI = [1, 2, 3, 5, 16, 37, 256, 1000, 65_536, 65_537, 2 ** 31 - 1, 2 ** 31] as const;

/** A statement on state, with those that use its answer. */
export function randomStateStatement(declared: Declarations, scope: Scope): Statement[] {
  const statements = stateStatement(declared, scope);
  return [...statements, ...shown(declared, scope, statements.flatMap(assignedVariables))];
}

function stateStatement(declared: Declarations, scope: Scope): Statement[] {
  const make = pickWeighted<() => Statement[]>(declared.rng, [
    [1, () => [random(declared)]],
    [1, () => [count(declared, scope)]],
    [1.5, () => [read(declared, scope)]],
    [1.5, () => [add(declared, scope)]],
    [2, () => [updateRegister(declared, scope)]],
    [1, () => [argmin(declared, scope)]],
    [3, () => onSlots(declared, scope)],
    [2, () => onCache(declared, scope)],
  ]);
  return make();
}

/** Expressions of few bits for the keys of a table, slots or a cache. */
export function keysFor(scope: Scope, key: readonly { readonly width: number }[]): Expr[] {
  return key.map(({ width }) => randomKey(scope, width));
}

export function randomHash(declared: Declarations, scope: Scope): Statement {
  const { rng } = declared;
  const algorithm = rng.pick(HASH_ALGORITHMS);
  const args = Array.from({ length: between(rng, 1, 3) }, () => randomExpr(scope, 8 * between(rng, 1, 8), 1));
  if (algorithm === 'halfSipHash') {
    const into = declared.variable(HASH_BITS.halfSipHash).name;
    return { kind: 'hash', algorithm, key: uniformValue(rng, 64), args, modulus: null, into };
  }
  if (rng.chance(0.4)) {
    const into = declared.variable(between(rng, HASH_BITS[algorithm], 64)).name;
    return { kind: 'hash', algorithm, key: null, args, modulus: null, into };
  }
  const modulus = rng.pick(MODULI);
  const least = Math.max(1, Math.ceil(Math.log2(modulus)));
  const width = rng.chance(0.7) ? least : between(rng, least, 64);
  const into = declared.result(width, BigInt(modulus - 1)).name;
  return { kind: 'hash', algorithm, key: null, args, modulus, into };
}

export function updateRegister(declared: Declarations, scope: Scope): Statement {
  const register = declared.register();
  const index = randomIndex(scope, register.size);
  const body = updateBody(declared, { ...scope, cells: register.cells }, 2);
  return { kind: 'update', register: register.name, index, body };
}

function random(declared: Declarations): Statement {
  return { kind: 'random', into: declared.variable(randomWidth(declared.rng, 32)).name };
}

function count(declared: Declarations, scope: Scope): Statement {
  const counter = declared.counter();
  return { kind: 'count', counter: counter.name, index: randomIndex(scope, counter.size) };
}

function read(declared: Declarations, scope: Scope): Statement {
  const register = declared.register();
  const index = randomIndex(scope, register.size);
  return { kind: 'read', register: register.name, index, into: someInto(declared, register.cells) };
}

function add(declared: Declarations, scope: Scope): Statement {
  const { rng } = declared;
  const register = declared.register();
  const { name, width } = rng.pick(register.cells);
  const index = randomIndex(scope, register.size);
  const amount = rng.chance(0.3) ? constant(1n, width) : randomExpr(scope, width, 2);
  const into = rng.chance(0.7) ? declared.variable(width).name : null;
  return { kind: 'add', register: register.name, cell: name, index, amount, into };
}

function argmin(declared: Declarations, scope: Scope): Statement {
  const { rng } = declared;
  const register = declared.register();
  const cell = rng.pick(register.cells);
  // Mostly few records, so that each of them is the least one now and then.
  const size = rng.chance(0.3) ? register.size : between(rng, 1, Math.min(register.size, 6));
  const among = size <= 64 && rng.chance(0.7) ? candidates(scope, size) : null;
  const index = declared.result(PORT_BITS, BigInt(size - 1)).name;
  const minimum = rng.chance(0.7) ? declared.variable(cell.width).name : null;
  return { kind: 'argmin', register: register.name, cell: cell.name, count: size, among, index, minimum };
}

/** A bit set of at least `count` bits; often all of them, sometimes none. */
function candidates(scope: Scope, count: number): Expr {
  const width = between(scope.rng, count, 64);
  return scope.rng.chance(0.4) ? randomConstant(scope.rng, width) : randomExpr(scope, width, 1);
}

/** The body of an update of the record whose cells are in scope. */
function updateBody(declared: Declarations, scope: Scope, depth: number): UpdateStatement[] {
  return Array.from({ length: between(declared.rng, 1, 3) }, () => updateStatement(declared, scope, depth));
}

function updateStatement(declared: Declarations, scope: Scope, depth: number): UpdateStatement {
  const { rng } = declared;
  if (depth > 0 && rng.chance(0.35)) {
    const condition = randomCondition(scope, 1);
    const inside = (truth: boolean): Scope => ({
      ...scope,
      known: assuming(scope.graph, condition, truth, scope.known),
    });
    const then = updateBody(declared, inside(true), depth - 1);
    const otherwise = rng.chance(0.5) ? updateBody(declared, inside(false), depth - 1) : [];
    return { kind: 'if', condition, then, otherwise };
  }
  if (rng.chance(0.3)) return setVariable(declared, scope) as UpdateStatement;
  const { name, width } = rng.pick(scope.cells);
  return { kind: 'setCell', cell: name, value: randomExpr(scope, width, 2) };
}

/** An operation on slots, its answer counted, and sometimes acted upon. */
function onSlots(declared: Declarations, scope: Scope): Statement[] {
  const { rng } = declared;
  const { name: slots, key: keyCells, cells } = declared.slotStore();
  const key = keysFor(scope, keyCells);
  const inRecord = { ...scope, cells };
  // Lengths of look-up and record are drawn before the status, which may not be one of their variables.
  const kind = rng.pick(['slotInsert', ...SLOT_OPERATIONS] as const);
  const status = declared.result(SLOT_STATUS_BITS, 3n);
  const make = {
    slotLookup: (): Statement[] => {
      const into = someInto(declared, cells);
      return [
        ...filled(declared, scope, into),
        { kind: 'slotLookup', slots, key, into, status: status.name },
      ];
    },
    slotInsert: (): Statement[] => {
      return [{ kind: 'slotInsert', slots, key, record: recordOf(scope, cells), status: status.name }];
    },
    slotUpdate: (): Statement[] => {
      const body = updateBody(declared, inRecord, 1);
      return [{ kind: 'slotUpdate', slots, key, body, status: status.name }];
    },
    slotRemove: (): Statement[] => {
      const condition: Bool | null = rng.chance(0.7) ? randomCondition(inRecord, 1) : null;
      return [{ kind: 'slotRemove', slots, key, condition, status: status.name }];
    },
  };
  const operation = constant(BigInt(SLOT_OPERATIONS.indexOf(kind)), SLOT_STATUS_BITS);
  const position: Expr = {
    kind: 'concat',
    width: 2 * SLOT_STATUS_BITS,
    parts: [operation, variableExpr(status)],
  };
  const counted: Statement = {
    kind: 'count',
    counter: declared.answers().name,
    index: extended(position, ANSWER_BITS),
  };
  const made = make[kind]();
  if (!rng.chance(0.4)) return [...made, counted];
  const right = constant(BigInt(rng.pick(Object.values(SlotStatus))), SLOT_STATUS_BITS);
  const condition: Bool = { kind: 'compare', op: 'eq', left: variableExpr(status), right };
  return [...made, counted, { kind: 'if', condition, then: [setVariable(declared, scope)], otherwise: [] }];
}

function onCache(declared: Declarations, scope: Scope): Statement[] {
  const { rng } = declared;
  const { name: cache, key: keyCells, cells } = declared.cache();
  const key = keysFor(scope, keyCells);
  if (rng.chance(0.45)) return [{ kind: 'cachePut', cache, key, record: recordOf(scope, cells) }];
  if (rng.chance(0.2)) return [{ kind: 'cacheRemove', cache, key }];
  const hit = declared.result(1, 1n);
  const first = constant(BigInt(CACHE_ANSWERS / 2), ANSWER_BITS - 1);
  const position: Expr = { kind: 'concat', width: ANSWER_BITS, parts: [first, variableExpr(hit)] };
  const into = someInto(declared, cells);
  return [
    ...filled(declared, scope, into),
    { kind: 'cacheGet', cache, key, into, hit: hit.name },
    { kind: 'count', counter: declared.answers().name, index: position },
  ];
}

function recordOf(scope: Scope, cells: readonly Cell[]): CellFrom[] {
  return cells.map((cell) => ({ cell: cell.name, value: randomExpr(scope, cell.width, 1) }));
}

/** Some of a record's cells, each into a variable of its own. */
function someInto(declared: Declarations, cells: readonly Cell[]): CellInto[] {
  const some = cells.filter(() => declared.rng.chance(0.75));
  const variables = declared.variablesFor(some);
  return some.map((cell, i) => ({ cell: cell.name, variable: variables[i]!.name }));
}

/** Sometimes fills the variables that a look-up fills only when it finds something. */
function filled(declared: Declarations, scope: Scope, into: readonly CellInto[]): Statement[] {
  if (!declared.rng.chance(0.5)) return [];
  return into.map(({ variable }): Statement => {
    const target = variableExpr(
      present(
        declared.variables.find((v) => v.name === variable),
        'variables are declared',
      ),
    );
    return { kind: 'set', target, value: randomExpr(scope, target.width, 1) };
  });
}
