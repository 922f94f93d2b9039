/** What a program is refused for, and where. */
import assert from 'node:assert/strict';
import {
  program,
  type Program,
  type ProgramBuilder,
  ProgramError,
  type ProgramErrorDetail,
} from '../src/index.ts';

/** The error's code, its construct word for word, and its reason, word for word when it is a string. */
export type RefusedFor = readonly [
  code: ProgramErrorDetail['code'],
  construct: string,
  reason: string | RegExp,
];

export function assertRefused(build: () => unknown, [code, construct, reason]: RefusedFor): void {
  let refusal: unknown;
  try {
    build();
  } catch (error) {
    refusal = error;
  }
  assert.ok(refusal instanceof ProgramError, `refused for ${code}, but: ${String(refusal)}`);
  assert.equal(refusal.code, code, refusal.message);
  assert.equal(refusal.detail.construct, construct, refusal.message);
  if (typeof reason === 'string') assert.equal(refusal.detail.reason, reason);
  else assert.match(refusal.detail.reason, reason);
  const { program: name } = refusal.detail;
  assert.equal(refusal.message, `program ${name}, ${construct}: ${refusal.detail.reason}`);
}

/** A program that must be refused, beside one that differs in little and is accepted. */
export interface Pair {
  readonly refused: (p: ProgramBuilder) => void;
  readonly why: RefusedFor;
  readonly accepted: (p: ProgramBuilder) => void;
}

/** Gives the accepted program. */
export function assertPair({ refused, why, accepted }: Pair): Program {
  assertRefused(() => program('pair', refused), why);
  return program('pair', accepted);
}
