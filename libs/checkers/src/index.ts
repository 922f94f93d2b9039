export {
  HistoryFormatError,
  type HistoryFormatErrorDetail,
  historyLines,
  parseHistory,
} from './history-jsonl.ts';
export { HistoryRecorder, type HistoryRecorderOptions, type OperationToken } from './history-recorder.ts';
export { type Operation, type OperationKind, type Outcome, PRELOAD_PROCESS } from './history.ts';
export type { Limit } from './linearizability/budget.ts';
export { checkLinearizable, type CheckOptions, STEPS_MAX } from './linearizability/check.ts';
export { formatViolation } from './linearizability/format-violation.ts';
export type {
  OkVerdict,
  UndecidedKey,
  UnknownVerdict,
  Verdict,
  Violation,
  ViolationVerdict,
} from './linearizability/verdict.ts';
