export * from './addressing.ts';
export { replicaSet, runCommand, setUpSwitch } from './directory-driver.ts';
export * from './load-client.ts';
export { pingNsFor, type RackOptions, type RackParts, type System, SYSTEMS } from './rack-options.ts';
export type { RackReading } from './rack-meter.ts';
export * from './rack.ts';
export { ARCS_PER_SERVER, dealRing, homeOnRing } from './ring.ts';
export { type PlannedChange, type PlannedChanges, type ServerChange } from './planned-changes.ts';
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
  drawShape,
  randomRun,
  type RandomRunOptions,
  type RandomRunResult,
  RUN_DURABILITIES,
  type RunDurability,
  type RunShape,
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
  failuresOf,
  type RunFailure,
  shrinkRun,
  type ShrinkRunOptions,
  type ShrunkRun,
} from './shrink-run.ts';
