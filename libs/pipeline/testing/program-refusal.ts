/** What a program is refused for, and where. */
import assert from 'node:assert/strict';
import {
  type HeaderRefs,
  program,
  type Program,
  type ProgramBuilder,
  ProgramError,
  type ProgramErrorDetail,
} from '../src/index.ts';
import { ipFormat } from './semantics/formats.ts';

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

export type IpHeaders = HeaderRefs<(typeof ipFormat)['headers']>;
/** Declares, and gives the statements of the ingress part if there are any. */
export type IpBody = (p: ProgramBuilder, headers: IpHeaders) => unknown;

/** A program over the usual headers whose ingress part goes on to `pass`. */
export function buildIp(body: IpBody): Program {
  return program('test', (p) => {
    const statements = body(p, p.parse(ipFormat));
    p.ingress(() => {
      if (isBody(statements)) statements();
      p.pass();
    });
  });
}

function isBody(value: unknown): value is () => void {
  return typeof value === 'function';
}

export function assertIpRefused(body: IpBody, why: RefusedFor): void {
  assertRefused(() => buildIp(body), why);
}

/** A program that must be refused, and one that differs from it in little and is accepted. */
export interface IpPair {
  readonly refused: IpBody;
  readonly why: RefusedFor;
  readonly accepted: IpBody;
}

/** Gives the accepted program. */
export function assertIpPair({ refused, why, accepted }: IpPair): Program {
  assertIpRefused(refused, why);
  return buildIp(accepted);
}
