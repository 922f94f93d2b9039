import type { Experiment } from './experiment.ts';
import { pegasusEstimators } from './pegasus-estimators.ts';
import { pegasusSkew } from './pegasus-skew.ts';

/** Every figure. */
export const experiments: readonly Experiment[] = [pegasusSkew, pegasusEstimators];
