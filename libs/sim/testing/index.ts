export { checkSeeds, SimRun, simTest, type SimTestOptions } from './sim-test.ts';
export { type Arrival, TestCore } from './test-core.ts';
