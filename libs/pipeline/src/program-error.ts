import { DetailedError } from '@ballast/base';

/** Where in a program something is wrong: the program, the construct, the reason with its values. */
export type ProgramErrorDetail = {
  code:
    | 'WIDTH'
    | 'NAME'
    | 'PARSER'
    | 'VALIDITY'
    | 'OUTCOME'
    | 'INDEX_BOUND'
    | 'STATE_USE'
    | 'PLACEMENT'
    | 'SHIFT'
    | 'HASH'
    | 'CAPABILITY';
  program: string;
  construct: string;
  reason: string;
};

/** A program that must not reach a back end. Thrown while it is built, or by a target's capability check. */
export class ProgramError extends DetailedError<ProgramErrorDetail> {
  protected override explain(d: ProgramErrorDetail): string {
    return `program ${d.program}, ${d.construct}: ${d.reason}`;
  }
}

export type ProgramFault = (
  code: ProgramErrorDetail['code'],
  construct: string,
  reason: string,
) => ProgramError;

/** A factory of errors about one program. */
export function faultsOf(program: string): ProgramFault {
  return (code, construct, reason) => new ProgramError({ code, program, construct, reason });
}
