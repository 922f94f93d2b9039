/** Throughput at the latency objective against the number of servers (OSDI '20, §8.3). */
import type { Experiment } from './experiment.ts';
import { several } from './parameters.ts';
import { peakPlot } from './peak-plot.ts';
import { sweep, SWEPT } from './swept-figure.ts';

const PARAMETERS = {
  ...SWEPT,
  servers: several(SWEPT.servers, { default: [1, 2, 4, 8, 16, 28] }),
} as const;

export const pegasusServers: Experiment<typeof PARAMETERS> = {
  name: 'pegasus-servers',
  title: 'Throughput at the latency objective against servers',
  about:
    'How far does a rack grow with its servers when the load is skewed? For each number of servers the largest ' +
    'offered load whose 99th percentile meets the objective.',
  parameters: PARAMETERS,
  plot: peakPlot({ column: 'servers', title: 'storage servers' }),
  points(parameters) {
    return sweep(
      parameters.systems,
      parameters.servers,
      (servers) => ({ ...parameters, servers }),
      (servers, system) => ({ head: { system, servers }, words: `${servers} servers` }),
    );
  },
};
