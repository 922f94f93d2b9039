import type { PlotSpec } from './experiment.ts';

/** Throughput at the objective and its bound, a line for each system or for what `series` says. */
export function peakPlot(x: PlotSpec['x'], series: PlotSpec['series'] = 'system'): PlotSpec {
  return {
    x,
    y: { column: 'throughputAtSlo', title: 'throughput at p99 objective (Mops/s)', scale: 1e-6 },
    series,
    bound: 'bound',
  };
}
