export * from './addressing.ts';
export { replicaSet, runCommand, setUpSwitch } from './directory-driver.ts';
export * from './load-client.ts';
export { type RackOptions, type RackParts, retransmitNsFor, type System, SYSTEMS } from './rack-options.ts';
export { type ChainRunOptions, type ChainRunResult, type Failover, randomChainRun } from './chain-run.ts';
export { type DropOptions, RackChain, type RackChainOptions, UPLINK } from './rack-chain.ts';
export { RackMeter, type RackReading } from './rack-meter.ts';
export * from './rack.ts';
export { ARCS_PER_SERVER, dealRing, homeOnRing } from './ring.ts';
export { type PlannedChange, type PlannedChanges } from './planned-changes.ts';
export { drawRunFaults, FAULT_LEVELS, type FaultLevel, RECOVERING } from './run-faults.ts';
export {
  type ControllerJournal,
  DURABILITIES,
  type Durability,
  type OpenedServerLog,
  type RackStorage,
  type ServerLog,
} from './rack-storage.ts';
export {
  randomRun,
  type RandomRunOptions,
  type RandomRunResult,
  RUN_DURABILITIES,
  type RunDurability,
} from './random-run.ts';
export {
  planOf,
  readRunPlan,
  type RunPlan,
  runPlan,
  RunPlanError,
  type RunPlanErrorDetail,
} from './run-plan.ts';
export {
  drawShape,
  DURATION_NS_RANGE,
  isInRange,
  type ParameterRange,
  rangeText,
  type RunShape,
  SHAPE_RANGES,
} from './run-shape.ts';
export {
  failuresOf,
  type RunFailure,
  shrinkRun,
  type ShrinkRunOptions,
  type ShrunkRun,
} from './shrink-run.ts';
