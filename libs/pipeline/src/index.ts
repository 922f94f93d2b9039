export * from './builder.ts';
export { all, any, Bits, choose, Condition, type Operand } from './expression.ts';
export * from './control.ts';
export * from './ir.ts';
export {
  type PacketFormat,
  packetFormat,
  type ParserGraph,
  type ParserState,
  type SelectCase,
} from './parser-graph.ts';
export { ProgramError, type ProgramErrorDetail } from './program-error.ts';
export * from './target.ts';
export { ProgramControl } from './control-plane.ts';
export { interpretTarget } from './interpret/interpreter.ts';
export {
  type PacketIn,
  PACKET_INS_MAX,
  type Replicas,
  SwitchControl,
  type SwitchConfig,
  SwitchCore,
  type SwitchCounters,
} from './switch-core.ts';
export type { StateStore, StoredRecord, StoredTableEntry } from './state-store.ts';
export { compileJs, jsTarget } from './js/js-target.ts';
export { type Divergence, divergenceText } from './fuzz/divergence.ts';
export { fuzz, type FuzzBudget, type FuzzOptions, type FuzzProgress, type FuzzReport } from './fuzz/fuzz.ts';
export {
  fuzzMutants,
  MUTANTS,
  type MutantReport,
  type MutantResult,
  type MutantsOptions,
} from './fuzz/mutants/fuzz-mutants.ts';
export { printProgram, printStatement } from './fuzz/print-program.ts';
export { fuzzReportText, mutantReportText, plainFuzzReport, plainMutantReport } from './fuzz/report.ts';
