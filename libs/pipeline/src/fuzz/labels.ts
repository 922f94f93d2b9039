/** What coverage calls each construct of a program, and all that there are. */
import {
  type BinaryOp,
  type Bool,
  type CompareOp,
  type Expr,
  HASH_ALGORITHMS,
  type Intrinsic,
  type MatchKind,
  type Program,
  type Statement,
  type UpdateStatement,
} from '../ir.ts';

/** Such as 'statement add', 'expression add', 'width 33-63'. */
export type Label = string;

export const TABLE_HIT = 'table hit';
export const TABLE_MISS = 'table miss';
const TABLE_TIED = 'table with prefix and ternary';

const WIDTH_CLASSES = ['1-8', '9-16', '17-32', '33-63', '64'] as const;

function widthClass(width: number): (typeof WIDTH_CLASSES)[number] {
  if (width <= 8) return '1-8';
  if (width <= 16) return '9-16';
  if (width <= 32) return '17-32';
  return width < 64 ? '33-63' : '64';
}

/** The labels of an expression: its construct, and the width that it works on. */
export function expressionLabels(e: Expr): Label[] {
  return [`expression ${expressionName(e)}`, `width ${widthClass(e.width)}`];
}

function expressionName(e: Expr): string {
  switch (e.kind) {
    case 'binary':
      return e.op;
    case 'shift':
      return typeof e.amount === 'number' ? `${e.op} constant` : `${e.op} variable`;
    case 'intrinsic':
      return e.name;
    default:
      return e.kind;
  }
}

export function conditionLabels(b: Bool): Label[] {
  if (b.kind === 'compare') return [`condition ${b.op}`];
  if ((b.kind === 'all' || b.kind === 'any') && b.of.length === 0) return [`condition ${b.kind} empty`];
  return [`condition ${b.kind}`];
}

export function statementLabels(program: Program, s: Statement): Label[] {
  switch (s.kind) {
    case 'set':
      return [`statement set ${s.target.kind}`];
    case 'apply':
      return ['statement apply', ...matchLabels(program, s.table)];
    case 'hash':
      return [`statement hash ${s.algorithm}${s.modulus === null ? '' : ' modulus'}`];
    case 'argmin':
      return [`statement argmin${s.among === null ? '' : ' among'}`];
    case 'slotRemove':
      return [`statement slotRemove${s.condition === null ? '' : ' condition'}`];
    default:
      return [`statement ${s.kind}`];
  }
}

function matchLabels(program: Program, table: string): Label[] {
  const kinds = new Set(program.tables.find((t) => t.name === table)?.keys.map((k) => k.kind));
  const isTied = kinds.has('longestPrefix') && kinds.has('ternary');
  return [...[...kinds].map((kind) => `match ${kind}`), ...(isTied ? [TABLE_TIED] : [])];
}

export function updateLabels(s: UpdateStatement): Label[] {
  return [`update ${s.kind}`];
}

// Records over the unions of the IR: a construct added there fails to compile here until it is listed.

const EXPRESSIONS: Readonly<
  Record<Exclude<Expr['kind'], 'binary' | 'shift' | 'intrinsic'> | BinaryOp | Intrinsic, true>
> = {
  const: true,
  field: true,
  variable: true,
  cell: true,
  not: true,
  slice: true,
  concat: true,
  extend: true,
  mux: true,
  ctz: true,
  add: true,
  sub: true,
  mul: true,
  and: true,
  or: true,
  xor: true,
  length: true,
  ingressPort: true,
  now: true,
  recirculations: true,
  egressPort: true,
  replica: true,
};
const CONDITIONS: Readonly<Record<Exclude<Bool['kind'], 'compare'> | CompareOp, true>> = {
  literal: true,
  valid: true,
  all: true,
  any: true,
  negation: true,
  eq: true,
  ne: true,
  lt: true,
  le: true,
  gt: true,
  ge: true,
};
const STATEMENTS: Readonly<Record<Exclude<Statement['kind'], 'set' | 'hash'>, true>> = {
  if: true,
  apply: true,
  read: true,
  add: true,
  update: true,
  argmin: true,
  slotLookup: true,
  slotInsert: true,
  slotUpdate: true,
  slotRemove: true,
  cacheGet: true,
  cachePut: true,
  cacheRemove: true,
  random: true,
  count: true,
  push: true,
  pop: true,
  forward: true,
  multicast: true,
  drop: true,
  controller: true,
  recirculate: true,
  pass: true,
  emit: true,
};
const UPDATES: Readonly<Record<UpdateStatement['kind'], true>> = { setCell: true, set: true, if: true };
const MATCHES: Readonly<Record<MatchKind, true>> = { exact: true, longestPrefix: true, ternary: true };

/** Every construct that random programs are to reach. */
export const ALL_LABELS: readonly Label[] = [
  ...WIDTH_CLASSES.map((width) => `width ${width}`),
  ...Object.keys(EXPRESSIONS).map((name) => `expression ${name}`),
  ...['shl', 'shr'].flatMap((op) => [`expression ${op} constant`, `expression ${op} variable`]),
  ...Object.keys(CONDITIONS).map((name) => `condition ${name}`),
  'condition all empty',
  'condition any empty',
  ...Object.keys(STATEMENTS).map((name) => `statement ${name}`),
  'statement set field',
  'statement set variable',
  'statement argmin among',
  'statement slotRemove condition',
  ...HASH_ALGORITHMS.map((name) => `statement hash ${name}`),
  'statement hash crc16 modulus',
  'statement hash crc32 modulus',
  ...Object.keys(UPDATES).map((name) => `update ${name}`),
  ...Object.keys(MATCHES).map((name) => `match ${name}`),
  TABLE_TIED,
  TABLE_HIT,
  TABLE_MISS,
];
