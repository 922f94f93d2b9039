/**
 * Parameters of experiments: declared once, they become flags, help, checks and the `parameters` of a result.
 */
import { DetailedError } from '@ballast/base';

export type ParameterSpec = NumberSpec | NumbersSpec | ChoiceSpec | NamesSpec;

interface Range {
  readonly help: string;
  /** Name of the unit in help texts: 'us', 'bytes'. */
  readonly unit?: string;
  readonly min: number;
  readonly max: number;
}

export interface NumberSpec extends Range {
  readonly kind: 'number' | 'integer';
  readonly default: number;
  /** What `--quick` makes of the default: less work, a coarser answer. */
  readonly quick?: number;
}

/** One or more numbers, separated by commas. */
export interface NumbersSpec extends Range {
  readonly kind: 'numbers' | 'integers';
  readonly default: readonly number[];
  readonly quick?: readonly number[];
}

export interface ChoiceSpec {
  readonly kind: 'choice';
  readonly help: string;
  readonly choices: readonly string[];
  readonly default: string;
}

/** One or more of the choices, separated by commas, or 'all' of them. */
export interface NamesSpec<N extends string = string> {
  readonly kind: 'names';
  readonly help: string;
  readonly choices: readonly N[];
  /** Other words for several choices. */
  readonly groups?: Readonly<Record<string, readonly N[]>>;
  readonly default: readonly N[];
}

/** By flag name without the dashes: 'service-us'. */
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

export type ParameterValue<S extends ParameterSpec> = S extends { kind: 'numbers' | 'integers' }
  ? readonly number[]
  : S extends { kind: 'names'; choices: readonly (infer N)[] }
    ? readonly N[]
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

/** A value that others contradict. @param expected what would fit, and which flags it follows from */
export function conflict(flag: string, value: number, expected: string): ParameterError {
  return new ParameterError({ code: 'CONFLICT', flag, text: String(value), expected });
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

/** Values, as text, for the parameters that an experiment can save time on. Given ones come before them. */
export function quickValues(specs: ParameterSpecs): Record<string, string> {
  const quick = Object.entries(specs).flatMap(([flag, spec]) =>
    'quick' in spec ? [[flag, String(spec.quick)] as const] : [],
  );
  return Object.fromEntries(quick);
}

/** The parameter of one number as one of several. */
export function several(
  { kind, quick: _, ...range }: NumberSpec,
  values: { readonly default: readonly number[]; readonly quick?: readonly number[] },
): NumbersSpec {
  return { ...range, ...values, kind: kind === 'integer' ? 'integers' : 'numbers' };
}

/** What a flag accepts, for help and errors: 'a number from 0 to 2'. */
export function expectedOf(spec: ParameterSpec): string {
  if (spec.kind === 'choice') return `one of ${spec.choices.join(', ')}`;
  if (spec.kind === 'names') {
    const groups = ['all', ...Object.keys(spec.groups ?? {})];
    return `one or more of ${spec.choices.join(', ')}, separated by commas, or ${groups.join(' or ')}`;
  }
  const what = {
    number: 'a number',
    integer: 'an integer',
    numbers: 'numbers separated by commas, each',
    integers: 'integers separated by commas, each',
  }[spec.kind];
  return `${what} from ${spec.min} to ${spec.max}${spec.unit === undefined ? '' : ` ${spec.unit}`}`;
}

type Value = number | string | readonly number[] | readonly string[];

function parseOne(flag: string, spec: ParameterSpec, text: string): Value {
  const expected = expectedOf(spec);
  switch (spec.kind) {
    case 'choice':
      return requireChoice(flag, spec.choices, text, expected);
    case 'names': {
      const groups: Readonly<Record<string, readonly string[]>> = { ...spec.groups, all: spec.choices };
      const parts = text.split(',').map((part) => part.trim());
      return parts.flatMap((part) => groups[part] ?? [requireChoice(flag, spec.choices, part, expected)]);
    }
    case 'numbers':
    case 'integers':
      return text.split(',').map((part) => parseNumber(flag, spec, part, expected));
    default:
      return parseNumber(flag, spec, text, expected);
  }
}

function requireChoice(flag: string, choices: readonly string[], text: string, expected: string): string {
  if (!choices.includes(text)) throw new ParameterError({ code: 'NOT_A_CHOICE', flag, text, expected });
  return text;
}

function parseNumber(
  flag: string,
  { kind, min, max }: NumberSpec | NumbersSpec,
  text: string,
  expected: string,
): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new ParameterError({ code: 'NOT_A_NUMBER', flag, text, expected });
  const isWhole = kind === 'integer' || kind === 'integers';
  const fits = value >= min && value <= max && (!isWhole || Number.isInteger(value));
  if (!fits) throw new ParameterError({ code: 'OUT_OF_RANGE', flag, text, expected });
  return value;
}
