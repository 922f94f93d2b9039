export { echoRack } from './echo-rack.ts';
export { checkSeeds, SimRun, simTest, type SimTestOptions } from './sim-test.ts';
export { type Arrival, TestCore } from './test-core.ts';
