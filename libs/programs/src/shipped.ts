import type { Program } from '@ballast/pipeline';
import { pegasusProgram } from './pegasus.ts';
import { routerProgram } from './router.ts';

/** Every program that ships, by name: what the fuzzer runs and `ballast program list` shows. */
export const shippedPrograms: Readonly<Record<string, () => Program>> = {
  router: routerProgram,
  pegasus: pegasusProgram,
  pegasus_sketch: () => pegasusProgram({ estimator: 'sketch' }),
};
