/** Throughput at the latency objective against the size of values (OSDI '20, §8.3). */
import type { Experiment } from './experiment.ts';
import { several } from './parameters.ts';
import { peakPlot } from './peak-plot.ts';
import { sweep, SWEPT } from './swept-figure.ts';

const PARAMETERS = {
  ...SWEPT,
  // A million values of 4 KB would fill the memory of the machine that simulates them.
  keys: { ...SWEPT.keys, default: 100_000, quick: 20_000 },
  'value-bytes': several(SWEPT['value-bytes'], {
    default: [64, 128, 256, 512, 1024, 2048, 4096],
    quick: [64, 512, 4096],
  }),
} as const;

export const pegasusValues: Experiment<typeof PARAMETERS> = {
  name: 'pegasus-values',
  title: 'Throughput at the latency objective against the size of values',
  about:
    'The switch holds no values, so their size is no matter to it: only links fill. For each size the largest ' +
    'offered load whose 99th percentile meets the objective. Values of more than 1,300 bytes use frames of 9,000.',
  parameters: PARAMETERS,
  plot: peakPlot({ column: 'valueBytes', title: 'size of a value (bytes)', isLogarithmic: true }),
  points(parameters) {
    return sweep(
      parameters.systems,
      parameters['value-bytes'],
      (valueBytes) => ({ ...parameters, 'value-bytes': valueBytes }),
      (valueBytes, system) => ({ head: { system, valueBytes }, words: `values of ${valueBytes} bytes` }),
    );
  },
};
