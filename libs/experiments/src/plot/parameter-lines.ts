import type { Parameters, ParameterSpecs } from '../parameters.ts';

/** Between two parameters of a line. */
const SEPARATOR = ' · ';
const digits = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 });

/**
 * The parameters of a run as lines for the head of a figure: 'servers 28 · service-us 5'. A figure without
 * them cannot be judged or made again.
 *
 * @param without flags that the figure shows by itself, as an axis or a legend
 */
export function parameterLines<S extends ParameterSpecs>(
  specs: S,
  parameters: Parameters<S>,
  { without, columnsMax }: { readonly without: readonly string[]; readonly columnsMax: number },
): string[] {
  const shown = Object.keys(specs).filter((flag) => !without.includes(flag));
  const lines: string[] = [];
  for (const flag of shown) {
    const text = `${flag} ${valueText(parameters[flag] as Value)}`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + SEPARATOR.length + text.length <= columnsMax) {
      lines[lines.length - 1] = last + SEPARATOR + text;
    } else {
      lines.push(text);
    }
  }
  return lines;
}

type Value = string | number | readonly (string | number)[];

function valueText(value: Value): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? digits.format(value) : value.map(valueText).join(', ');
}
