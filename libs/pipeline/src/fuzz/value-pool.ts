/**
 * The values that packets and state of one case are made of. Few and shared, so that keys repeat, table
 * entries hit, and comparisons with the program's own constants go both ways.
 */
import type { Prng } from '@ballast/base';
import type { Bool, Expr, Program, Statement } from '../ir.ts';
import { visitBlock } from '../lower/walk.ts';
import { onesOf, randomValue, uniformValue } from './random-values.ts';

const VALUES_PER_WIDTH = 3;
const CONSTANT_WEIGHT = 5;

export class ValuePool {
  readonly #rng: Prng;
  readonly #byWidth = new Map<number, bigint[]>();
  /** By 'header.field': what the program compares the field with. */
  readonly #byField = new Map<string, bigint[]>();

  constructor(rng: Prng, program: Program) {
    this.#rng = rng;
    const visitor = { bool: (b: Bool) => this.#learn(b) };
    visitBlock(program.ingress, visitor);
    if (program.egress !== null) visitBlock(program.egress, visitor);
  }

  /** A value of that width, shared by everything that is as wide; now and then any other. */
  ofWidth(width: number): bigint {
    const rng = this.#rng;
    if (rng.chance(0.2)) return randomValue(rng, width);
    let shared = this.#byWidth.get(width);
    if (shared === undefined) {
      shared = [
        0n,
        1n,
        2n & onesOf(width),
        ...Array.from({ length: VALUES_PER_WIDTH }, () => uniformValue(rng, width)),
      ];
      this.#byWidth.set(width, shared);
    }
    return rng.pick(shared);
  }

  field(path: string, width: number): bigint {
    const learnt = this.#byField.get(path);
    if (learnt === undefined || this.#rng.chance(0.2)) return this.ofWidth(width);
    return this.#rng.pick(learnt);
  }

  /** A value that the expression may well have: exact for those that keys are made of. */
  plausible(e: Expr): bigint {
    const ones = onesOf(e.width);
    switch (e.kind) {
      case 'const':
        return e.value;
      case 'field':
        return this.field(`${e.header}.${e.field}`, e.width);
      case 'slice':
        return (this.plausible(e.value) >> BigInt(e.low)) & ones;
      case 'extend':
        return this.plausible(e.value);
      case 'concat':
        return e.parts.reduce((value, part) => (value << BigInt(part.width)) | this.plausible(part), 0n);
      case 'binary':
        return e.op === 'and' ? this.plausible(e.left) & this.plausible(e.right) : this.ofWidth(e.width);
      default:
        return this.ofWidth(e.width);
    }
  }

  #learn(b: Bool): void {
    if (b.kind !== 'compare') return;
    this.#compared(b.left, b.right);
    this.#compared(b.right, b.left);
  }

  /** A field, or part of one, is compared with something: the values around it matter. */
  #compared(subject: Expr, other: Expr): void {
    if (other.kind !== 'const') return;
    const part = fieldPart(subject);
    if (part === null) return;
    const known = this.#byField.get(part.path) ?? [];
    // The constant itself more often: real programs go on where fields equal what they should be.
    for (const value of [
      ...new Array<bigint>(CONSTANT_WEIGHT).fill(other.value),
      other.value + 1n,
      other.value - 1n,
    ]) {
      if (value >= 0n && value <= onesOf(other.width)) known.push(value << BigInt(part.low));
    }
    this.#byField.set(part.path, known);
  }
}

/** The field that an expression shows bits of, and the lowest bit shown. */
function fieldPart(e: Expr): { path: string; low: number } | null {
  switch (e.kind) {
    case 'field':
      return { path: `${e.header}.${e.field}`, low: 0 };
    case 'extend':
      return fieldPart(e.value);
    case 'binary':
      return e.op === 'and' ? (fieldPart(e.left) ?? fieldPart(e.right)) : null;
    case 'slice': {
      const inner = fieldPart(e.value);
      return inner === null ? null : { path: inner.path, low: inner.low + e.low };
    }
    default:
      return null;
  }
}

/** The keys at a table's one apply site; none when it is never applied. */
export function appliedKeys(program: Program, table: string): readonly Expr[] {
  return keysWhere(program, (s) => (s.kind === 'apply' && s.table === table ? s.keys : null));
}

/** The keys of some statement on slots or a cache. */
export function storeKeys(program: Program, store: string): readonly Expr[] {
  return keysWhere(program, (s) =>
    ('slots' in s && s.slots === store) || ('cache' in s && s.cache === store) ? s.key : null,
  );
}

function keysWhere(program: Program, keysOf: (s: Statement) => readonly Expr[] | null): readonly Expr[] {
  let found: readonly Expr[] = [];
  visitBlock(program.ingress, {
    statement: (s) => {
      found = keysOf(s) ?? found;
    },
  });
  return found;
}
