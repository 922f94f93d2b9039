/** Figures at a size that tests can wait for. */
import { parseParameters } from '../src/parameters.ts';
import type { Experiment } from '../src/experiment.ts';
import { type ExperimentResult, runExperiment, type RunOptions } from '../src/run-points.ts';

/** Slow servers, so that the virtual time in which the directory learns holds few operations. */
export const TINY = {
  servers: '2',
  keys: '200',
  clients: '2',
  operations: '1000',
  precision: '0.1',
  'service-us': '50',
  'slo-us': '500',
};

/** Runs a figure; of the flags given, and of those of TINY, the ones that it has. */
export function runTiny(
  experiment: Experiment,
  given: Readonly<Record<string, string>> = {},
  options: Partial<RunOptions> = {},
): ExperimentResult {
  return runExperiment(experiment, parseParameters(experiment.parameters, { ...TINY, ...given }), {
    progress: () => undefined,
    history: null,
    check: false,
    isInterrupted: () => false,
    ...options,
  });
}
