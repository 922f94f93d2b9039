import { basename } from 'node:path';
import { formatTable } from '../terminal/table.ts';
import { formatCount, formatMicros, formatShare } from '../terminal/units.ts';
import type { RackModel } from './model.ts';
import { CLIENTS, OUTSTANDING_MAX, type RackUpOptions, systemsOf } from './options.ts';

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
    `  store     ${formatCount(keys)} keys of ${formatCount(valueBytes)} bytes; ${mixText(options)}`,
    `  seed      ${seed}, the same load for both systems`,
    `  control   ${url} (ballast kv, ballast capture)`,
    '',
    ...boundLines(options, model),
  ];
}

function mixText({ writeRatio, workload }: RackUpOptions): string {
  if (workload !== null) return `operations of ${basename(workload)}`;
  return writeRatio === 0 ? 'reads only' : `${formatShare(writeRatio)} writes`;
}

function boundLines(options: RackUpOptions, { bounds }: RackModel): string[] {
  if (bounds === null) return ['  The bounds follow from the trace, when it is read.'];
  const rows = [
    { 'bound, operations/s': 'uniform', ...formatBounds(bounds.uniform) },
    { 'bound, operations/s': `Zipf ${options.zipf}`, ...formatBounds(bounds.skewed) },
  ];
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
