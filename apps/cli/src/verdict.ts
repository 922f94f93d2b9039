/** Verdicts of the linearizability checker for people, for `--json` and for the shell. */
import { formatViolation, type UnknownVerdict, type Verdict } from '@ballast/checkers';
import { ExitCode } from './terminal/exit-codes.ts';

const digits = new Intl.NumberFormat('en-US');

/** A violation outweighs an unknown, which outweighs ok. */
export function verdictExit(verdicts: readonly Verdict['verdict'][]): ExitCode {
  if (verdicts.includes('violation')) return ExitCode.Failed;
  return verdicts.includes('unknown') ? ExitCode.Unknown : ExitCode.Ok;
}

/** One line; a violation has several, with a timeline. */
export function verdictText(verdict: Verdict): string {
  switch (verdict.verdict) {
    case 'ok':
      return `ok: ${digits.format(verdict.operations)} operations on ${digits.format(verdict.keys)} keys are linearizable`;
    case 'violation':
      return `violation: ${formatViolation(verdict.violation)}`;
    case 'unknown':
      return `unknown: ${unknownText(verdict)}`;
  }
}

function unknownText({ undecided, keysNotReached }: UnknownVerdict): string {
  const [first] = undecided;
  const given =
    first === undefined
      ? ''
      : `; of key ${JSON.stringify(first.key)} after ${digits.format(first.returned)} of ${digits.format(first.operations)} operations, for want of ${first.limit}`;
  const left = keysNotReached === 0 ? '' : `; ${digits.format(keysNotReached)} keys were not reached`;
  return `no violation was found, and the search of ${undecided.length} keys was given up${given}${left}`;
}
