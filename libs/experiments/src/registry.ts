import type { Experiment } from './experiment.ts';
import { pegasusSkew } from './pegasus-skew.ts';

/** Every figure. */
export const experiments: readonly Experiment[] = [pegasusSkew];
