import { presets, skewOf, type WorkloadDescription } from '@ballast/workload';
import type { TableRow } from '../terminal/table.ts';
import { mixText } from './mix-text.ts';

/** The presets as `--json` has them. */
export function presetDocuments(): readonly WorkloadDescription[] {
  return presets;
}

/** The presets for people. */
export function presetRows(): TableRow[] {
  return presets.map(({ name, mix, popularity, keyBytes, valueBytes, source }) => ({
    name,
    mix: mixText(mix),
    zipf: popularity.kind === 'latest' ? `${popularity.theta} latest` : String(skewOf(popularity)),
    key: keyBytes,
    value: valueBytes.kind === 'constant' ? valueBytes.bytes : `up to ${valueBytes.bytesMax}`,
    source,
  }));
}
