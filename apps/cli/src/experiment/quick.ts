import type { ParameterSpec, ParameterSpecs } from '@ballast/experiments';

/** What `--quick` does to the defaults of parameters with these names: less work, a coarser answer. */
const QUICK: Readonly<Record<string, (value: number) => number>> = {
  keys: (count) => count / 10,
  operations: (count) => count / 8,
  precision: (relative) => relative * 4,
};

/** Values, as text, for the parameters that an experiment can save time on. Given ones come before them. */
export function quickValues(specs: ParameterSpecs): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [flag, spec] of Object.entries(specs)) {
    const quicken = QUICK[flag];
    if (quicken === undefined || !isNumber(spec)) continue;
    values[flag] = String(Math.min(spec.max, Math.max(spec.min, quicken(spec.default))));
  }
  return values;
}

function isNumber(spec: ParameterSpec): spec is ParameterSpec & { kind: 'number' | 'integer' } {
  return spec.kind === 'number' || spec.kind === 'integer';
}
