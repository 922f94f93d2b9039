import type { Experiment } from './experiment.ts';
import { pegasusChain } from './pegasus-chain.ts';
import { pegasusDirectory } from './pegasus-directory.ts';
import { pegasusDynamics } from './pegasus-dynamics.ts';
import { pegasusEstimators } from './pegasus-estimators.ts';
import { pegasusFailures } from './pegasus-failures.ts';
import { pegasusPolicies } from './pegasus-policies.ts';
import { pegasusServers } from './pegasus-servers.ts';
import { pegasusSkew } from './pegasus-skew.ts';
import { pegasusValues } from './pegasus-values.ts';
import { pegasusWrites } from './pegasus-writes.ts';

/** Every figure. */
export const experiments: readonly Experiment[] = [
  pegasusSkew,
  pegasusServers,
  pegasusWrites,
  pegasusValues,
  pegasusDirectory,
  pegasusDynamics,
  pegasusFailures,
  pegasusPolicies,
  pegasusEstimators,
  pegasusChain,
];
