/** Throughput at the latency objective against the share of writes (OSDI '20, §8.3). */
import type { Experiment } from './experiment.ts';
import { several } from './parameters.ts';
import { peakPlot } from './peak-plot.ts';
import { sweep, SWEPT } from './swept-figure.ts';

const PARAMETERS = {
  ...SWEPT,
  systems: { ...SWEPT.systems, default: ['hashing', 'pegasus', 'netcache'] },
  'write-ratio': several(SWEPT['write-ratio'], {
    default: [0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1],
    quick: [0, 0.05, 0.2, 0.5, 1],
  }),
} as const;

export const pegasusWrites: Experiment<typeof PARAMETERS> = {
  name: 'pegasus-writes',
  title: 'Throughput at the latency objective against the share of writes',
  about:
    'What is left of replication when the hot keys are written? A write goes to one server and makes all other ' +
    'copies old. For each share of writes the largest offered load whose 99th percentile meets the objective.',
  parameters: PARAMETERS,
  plot: peakPlot({ column: 'writeRatio', title: 'share of writes' }),
  points(parameters) {
    return sweep(
      parameters.systems,
      parameters['write-ratio'],
      (writeRatio) => ({ ...parameters, 'write-ratio': writeRatio }),
      (writeRatio, system) => ({ head: { system, writeRatio }, words: `${writeRatio * 100} % writes` }),
    );
  },
};
