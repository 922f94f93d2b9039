/**
 * Parameters of experiments: declared once, they become flags, help, checks and the `parameters` of a result.
 */
import { DetailedError } from '@ballast/base';

export type ParameterSpec =
  | NumberSpec
  | {
      readonly kind: 'choice';
      readonly help: string;
      readonly choices: readonly string[];
      readonly default: string;
    }
  /** One or more numbers, separated by commas. */
  | (Omit<NumberSpec, 'kind' | 'default'> & {
      readonly kind: 'numbers';
      readonly default: readonly number[];
    });

export interface NumberSpec {
  readonly kind: 'number' | 'integer';
  readonly help: string;
  /** Name of the unit in help texts: 'us', 'bytes'. */
  readonly unit?: string;
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** By flag name without the dashes: 'service-us'. */
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

export type ParameterValue<S extends ParameterSpec> = S extends { kind: 'numbers' }
  ? readonly number[]
  : S extends { kind: 'choice' }
    ? string
    : number;
export type Parameters<S extends ParameterSpecs> = { readonly [K in keyof S]: ParameterValue<S[K]> };

export type ParameterErrorDetail =
  | { code: 'NOT_A_NUMBER'; flag: string; text: string; expected: string }
  | { code: 'OUT_OF_RANGE'; flag: string; text: string; expected: string }
  | { code: 'NOT_A_CHOICE'; flag: string; text: string; expected: string }
  | { code: 'CONFLICT'; flag: string; text: string; expected: string };

/** A parameter that an experiment cannot run with. */
export class ParameterError extends DetailedError<ParameterErrorDetail> {
  protected override explain({ flag, text, expected }: ParameterErrorDetail): string {
    return `--${flag} ${text}: expected ${expected}`;
  }
}

/** Fills in defaults and checks every value given as text. */
export function parseParameters<S extends ParameterSpecs>(
  specs: S,
  given: Readonly<Record<string, string | undefined>>,
): Parameters<S> {
  const values = Object.entries(specs).map(([flag, spec]) => {
    const text = given[flag];
    return [flag, text === undefined ? spec.default : parseOne(flag, spec, text)] as const;
  });
  return Object.fromEntries(values) as Parameters<S>;
}

/** What a flag accepts, for help and errors: 'a number from 0 to 2'. */
export function expectedOf(spec: ParameterSpec): string {
  if (spec.kind === 'choice') return `one of ${spec.choices.join(', ')}`;
  const what = { number: 'a number', integer: 'an integer', numbers: 'numbers separated by commas, each' }[
    spec.kind
  ];
  return `${what} from ${spec.min} to ${spec.max}${spec.unit === undefined ? '' : ` ${spec.unit}`}`;
}

function parseOne(flag: string, spec: ParameterSpec, text: string): number | string | number[] {
  const expected = expectedOf(spec);
  switch (spec.kind) {
    case 'choice':
      if (!spec.choices.includes(text))
        throw new ParameterError({ code: 'NOT_A_CHOICE', flag, text, expected });
      return text;
    case 'numbers':
      return text
        .split(',')
        .map((part) => parseNumber(flag, { ...spec, kind: 'number', default: 0 }, part, expected));
    default:
      return parseNumber(flag, spec, text, expected);
  }
}

function parseNumber(flag: string, spec: NumberSpec, text: string, expected: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new ParameterError({ code: 'NOT_A_NUMBER', flag, text, expected });
  const fits = value >= spec.min && value <= spec.max && (spec.kind === 'number' || Number.isInteger(value));
  if (!fits) throw new ParameterError({ code: 'OUT_OF_RANGE', flag, text, expected });
  return value;
}
