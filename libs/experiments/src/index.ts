import type { Experiment } from './experiment.ts';
import { pegasusSkew } from './pegasus-skew.ts';

export * from './experiment.ts';
export * from './parameters.ts';

/** Every figure, by name. */
export const experiments: readonly Experiment[] = [pegasusSkew as unknown as Experiment];
