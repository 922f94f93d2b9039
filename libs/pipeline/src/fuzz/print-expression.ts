/**
 * Expressions and conditions as text, close to P4: constants carry their width (`8w0x2a`), `++` concatenates,
 * `[high:low]` slices, and everything nested stands in parentheses, so that no precedence need be known.
 */
import type { BinaryOp, Bool, CompareOp, Expr } from '../ir.ts';

const BINARY: Readonly<Record<BinaryOp, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  and: '&',
  or: '|',
  xor: '^',
};
const COMPARE: Readonly<Record<CompareOp, string>> = {
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};

const SHIFT = { shl: '<<', shr: '>>' } as const;

export function printExpr(e: Expr): string {
  switch (e.kind) {
    case 'const':
      return `${e.width}w${e.value < 10n ? e.value : `0x${e.value.toString(16)}`}`;
    case 'field':
      return `${e.header}.${e.field}`;
    case 'variable':
      return e.name;
    case 'cell':
      return `cell.${e.cell}`;
    case 'intrinsic':
      return e.name;
    case 'binary':
      return `${inner(e.left)} ${BINARY[e.op]} ${inner(e.right)}`;
    case 'not':
      return `~${inner(e.value)}`;
    case 'shift':
      return `${inner(e.value)} ${SHIFT[e.op]} ${typeof e.amount === 'number' ? e.amount : inner(e.amount)}`;
    case 'slice':
      return `${inner(e.value)}[${e.high}:${e.low}]`;
    case 'concat':
      return e.parts.map(inner).join(' ++ ');
    case 'extend':
      return `extend(${printExpr(e.value)}, ${e.width})`;
    case 'mux':
      return `${innerBool(e.condition)} ? ${inner(e.then)} : ${inner(e.otherwise)}`;
    case 'ctz':
      return `ctz(${printExpr(e.value)})`;
  }
}

export function printBool(b: Bool): string {
  switch (b.kind) {
    case 'literal':
      return String(b.value);
    case 'compare':
      return `${inner(b.left)} ${COMPARE[b.op]} ${inner(b.right)}`;
    case 'valid':
      return `valid(${b.header})`;
    case 'all':
      return b.of.length === 0 ? 'all()' : b.of.map(innerBool).join(' && ');
    case 'any':
      return b.of.length === 0 ? 'any()' : b.of.map(innerBool).join(' || ');
    case 'negation':
      return `!${innerBool(b.of)}`;
  }
}

function inner(e: Expr): string {
  const isPlain = ['const', 'field', 'variable', 'cell', 'intrinsic', 'extend', 'ctz', 'slice'].includes(
    e.kind,
  );
  return isPlain ? printExpr(e) : `(${printExpr(e)})`;
}

function innerBool(b: Bool): string {
  return b.kind === 'valid' || b.kind === 'literal' ? printBool(b) : `(${printBool(b)})`;
}
