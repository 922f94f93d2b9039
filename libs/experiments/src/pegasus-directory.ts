/** Throughput at the latency objective against the size of the directory (OSDI '20, §3.2). */
import type { Experiment } from './experiment.ts';
import { several } from './parameters.ts';
import { peakPlot } from './peak-plot.ts';
import { sweep, SWEPT } from './swept-figure.ts';

const PARAMETERS = {
  ...SWEPT,
  systems: { ...SWEPT.systems, default: ['pegasus'] },
  zipf: several(SWEPT.zipf, { default: [0.99, 1.2] }),
  'directory-entries': several(SWEPT['directory-entries'], {
    default: [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024],
    quick: [1, 8, 32, 128],
  }),
} as const;

export const pegasusDirectory: Experiment<typeof PARAMETERS> = {
  name: 'pegasus-directory',
  title: 'Throughput at the latency objective against directory size',
  about:
    'How many keys must be replicated? O(n log n) for n servers, whatever the number of keys. For each number of ' +
    'entries the largest offered load whose 99th percentile meets the objective, and how many entries were in use.',
  parameters: PARAMETERS,
  plot: peakPlot({ column: 'entries', title: 'entries of the directory', isLogarithmic: true }, [
    'system',
    'zipf',
  ]),
  points(parameters) {
    return parameters.zipf.flatMap((zipf) =>
      sweep(
        parameters.systems,
        parameters['directory-entries'],
        (entries) => ({ ...parameters, zipf, 'directory-entries': entries }),
        (entries, system) => ({
          head: { system, zipf, entries },
          words: `Zipf ${zipf}, ${entries} entries`,
          tail: ({ rack }) => ({ hotKeys: rack.hotKeys().length }),
        }),
      ),
    );
  },
};
