/** Values of flags, from text. Commander prints the flag and the sentence, and exits. */
import { InvalidArgumentError } from 'commander';

export interface NumberRange {
  readonly min: number;
  readonly max?: number;
}

/** Reads an integer of a range. */
export function integerIn(range: NumberRange): (text: string) => number {
  return (text) => {
    const value = numberOf(text, range);
    if (!Number.isSafeInteger(value))
      throw new InvalidArgumentError(`Expected an integer ${rangeText(range)}.`);
    return value;
  };
}

/** Reads a number of a range. */
export function numberIn(range: NumberRange): (text: string) => number {
  return (text) => {
    const value = numberOf(text, range);
    if (Number.isNaN(value)) throw new InvalidArgumentError(`Expected a number ${rangeText(range)}.`);
    return value;
  };
}

/** Seconds of a duration such as '2s' or '500ms'. */
export function secondsUpTo(max: number): (text: string) => number {
  return (text) => {
    const [, digits = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text.trim()) ?? [];
    const value = digits === '' ? NaN : Number(digits) / (unit === 'ms' ? 1000 : 1);
    if (!(value <= max))
      throw new InvalidArgumentError(`Expected a time such as 2s or 500ms, up to ${max}s.`);
    return value;
  };
}

/** NaN for whatever is no number of the range. */
function numberOf(text: string, { min, max = Number.MAX_SAFE_INTEGER }: NumberRange): number {
  const value = text.trim() === '' ? NaN : Number(text);
  return value >= min && value <= max ? value : NaN;
}

function rangeText({ min, max }: NumberRange): string {
  return max === undefined ? `from ${min} on` : `from ${min} to ${max}`;
}
