import { basename } from 'node:path';
import { formatTable } from '../terminal/table.ts';
import { formatCount, formatMicros, formatShare } from '../terminal/units.ts';
import { mixText } from '../workload/mix-text.ts';
import type { RackModel } from './model.ts';
import {
  CLIENTS,
  labelOf,
  OUTSTANDING_MAX,
  type RackUpOptions,
  systemsOf,
  type WorkloadKind,
} from './options.ts';

/** What stands above the phases: the rack, its load, and what is to be expected of it. */
export function modelLines(options: RackUpOptions, model: RackModel, url: string): string[] {
  const { servers, serviceUs, keys, valueBytes, seed } = options;
  const { capacityPerSecond, serverPerSecond, offeredPerSecond } = model;
  return [
    `A rack in this process, on the wall clock: ${servers} servers, a switch, ${CLIENTS} clients.`,
    `All share one core, so a server's time for a request is emulated: ${formatMicros(serviceUs)}.`,
    '',
    `  capacity  ${formatCount(capacityPerSecond)} operations/s: ${servers} servers x ${formatCount(serverPerSecond)}`,
    `  offered   ${formatCount(offeredPerSecond)} operations/s (${formatShare(offeredPerSecond / capacityPerSecond)}): ` +
      `Poisson, at most ${OUTSTANDING_MAX} in progress a client`,
    `  store     ${formatCount(keys)} keys of ${formatCount(valueBytes)} bytes; ${operationsText(options)}`,
    `  seed      ${seed}, the same load for both systems`,
    `  control   ${url} (ballast kv, ballast capture)`,
    '',
    ...boundLines(options, model),
  ];
}

function operationsText({ writeRatio, workload, preset }: RackUpOptions): string {
  if (workload !== null) return `operations of ${basename(workload)}`;
  if (preset !== null) return mixText(preset.mix);
  return writeRatio === 0 ? 'reads only' : `${formatShare(writeRatio)} writes`;
}

function boundLines(options: RackUpOptions, { bounds }: RackModel): string[] {
  if (options.workload !== null) return ['  The bounds follow from the trace, when it is read.'];
  const rows = Object.entries(bounds).map(([kind, bound]) => ({
    'bound, operations/s': labelOf(kind as WorkloadKind, options),
    ...formatBounds(bound),
  }));
  if (rows.length === 0)
    return ['  No bounds: the hottest keys are the newest, and change with every insert.'];
  const lines = formatTable(rows, ['bound, operations/s', ...systemsOf(options)]).split('\n');
  const forReads =
    options.writeRatio > 0 ? ['  (of reads alone: writes of hot keys cost their copies as well)'] : [];
  return [...lines.map((line) => `  ${line}`), ...forReads];
}

function formatBounds(
  bounds: Readonly<Record<'hashing' | 'pegasus', number>>,
): Record<'hashing' | 'pegasus', string> {
  return { hashing: formatCount(bounds.hashing), pegasus: formatCount(bounds.pegasus) };
}
