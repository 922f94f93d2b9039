/** Verdicts of the linearizability checker for people and for the shell. */
import { formatViolation, type UnknownVerdict, type Verdict } from '@ballast/checkers';
import { ExitCode } from './terminal/exit-codes.ts';
import { formatCount } from './terminal/units.ts';

/** A violation outweighs an unknown, which outweighs ok. */
export function verdictExit(verdicts: readonly Verdict['verdict'][]): ExitCode {
  if (verdicts.includes('violation')) return ExitCode.Failed;
  return verdicts.includes('unknown') ? ExitCode.Unknown : ExitCode.Ok;
}

/** One line; a violation has several, with a timeline. */
export function verdictText(verdict: Verdict): string {
  switch (verdict.verdict) {
    case 'ok':
      return `ok: linearizable (${sizeText(verdict)})`;
    case 'violation':
      return `violation: ${formatViolation(verdict.violation)}`;
    case 'unknown':
      return `unknown: ${unknownText(verdict)}`;
  }
}

function sizeText({ operations, keys }: Verdict): string {
  return `${counted(operations, 'operation')}, ${counted(keys, 'key')}`;
}

function unknownText({ undecided, keysNotReached }: UnknownVerdict): string {
  const clauses = ['no violation was found, and no proof that there is none'];
  const [first] = undecided;
  if (first !== undefined) {
    const { key, limit, returned, operations } = first;
    const reached = `${formatCount(returned)} of ${counted(operations, 'operation')}`;
    clauses.push(`the search gave up ${counted(undecided.length, 'key')} for want of ${limit}`);
    clauses.push(`the first was ${JSON.stringify(key)}, after ${reached}`);
  }
  if (keysNotReached > 0) clauses.push(`${counted(keysNotReached, 'key')} not reached`);
  return clauses.join('; ');
}

/** '1 key', '2,000 keys'. */
function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
