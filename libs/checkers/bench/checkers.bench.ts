import { assert } from '@ballast/base';
import { checkLinearizable } from '../src/index.ts';
import { simulateStore } from '../test/simulated-store.ts';

const OPERATIONS = 500_000;

/** A skewed rack as experiments run it: the hottest key has about a fifth of the operations. */
const history = simulateStore({
  ...{ seed: 1, operations: OPERATIONS, clients: 32, keys: 100_000, zipf: 1.2 },
  ...{ writeRatio: 0.05, deleteRatio: 0, unknownRatio: 0.001, distinctValues: 0 },
});

export default [
  {
    name: 'checker.operations',
    unit: 'operations/s',
    run: (): number => {
      const start = performance.now();
      const { verdict } = checkLinearizable(history);
      const seconds = (performance.now() - start) / 1000;
      assert(verdict === 'ok', 'the history of an atomic store is linearizable');
      return OPERATIONS / seconds;
    },
  },
];
