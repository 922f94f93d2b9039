import type { Program } from '@ballast/pipeline';
import { netcacheProgram } from './netcache.ts';
import { pegasusProgram } from './pegasus.ts';
import { routerProgram } from './router.ts';

/** Every program that ships, by name: what the fuzzer runs and `ballast program list` shows. */
export const shippedPrograms: Readonly<Record<string, () => Program>> = {
  router: routerProgram,
  pegasus: pegasusProgram,
  pegasus_sketch: () => pegasusProgram({ estimator: 'sketch' }),
  pegasus_chain: () => pegasusProgram({ isChained: true }),
  /** Few items: the fuzzer's oracle takes its time for each. */
  netcache: () => netcacheProgram({ itemBits: 6 }),
};
