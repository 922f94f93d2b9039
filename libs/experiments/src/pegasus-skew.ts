/** Throughput at the latency objective against skew: the figure that Pegasus stands for (OSDI '20, §8.2). */
import type { Experiment } from './experiment.ts';
import { several } from './parameters.ts';
import { peakPlot } from './peak-plot.ts';
import { sweep, SWEPT } from './swept-figure.ts';

const PARAMETERS = {
  ...SWEPT,
  zipf: several(SWEPT.zipf, { default: [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4] }),
} as const;

export const pegasusSkew: Experiment<typeof PARAMETERS> = {
  name: 'pegasus-skew',
  title: 'Throughput at the latency objective against skew',
  about:
    'For each skew the largest offered load whose 99th percentile meets the objective, with consistent hashing ' +
    'and with Pegasus, and the analytic bound of each.',
  parameters: PARAMETERS,
  plot: peakPlot({ column: 'zipf', title: 'Zipf exponent' }),
  points(parameters) {
    return sweep(
      parameters.systems,
      parameters.zipf,
      (zipf) => ({ ...parameters, zipf }),
      (zipf, system) => ({ head: { system, zipf }, words: `Zipf ${zipf}` }),
    );
  },
};
