export { type CacheCommand, CacheController } from './cache-controller.ts';
export * from './client.ts';
export * from './controller-config.ts';
export { type ControllerRules, controllerRules } from './controller-rules.ts';
export {
  type ChainPlace,
  ControllerLedger,
  type IncarnationCounter,
  type Journal,
  LedgerError,
  type LedgerRecord,
  type MemberStatus,
  runsOf,
} from './controller-ledger.ts';
export { journalHeader, journalLine, type JournalReplay, replayJournal } from './journal-text.ts';
export { PegasusController } from './controller.ts';
export { CLIENTS_MAX, ExecutedRequests, UNKNOWN } from './executed-requests.ts';
export { HotKey, HotPhase } from './hot-keys.ts';
export { ItemStore, MISS } from './item-store.ts';
export { type KeyHasher, SipKeyHasher } from './key-hash.ts';
export {
  type Candidate,
  createEstimator,
  type HotKeyEstimator,
  type HotKeyReport,
  type PopularityConfig,
  type SketchCount,
} from './popularity.ts';
export { type HandOver, mergeHandOvers } from './hand-over.ts';
export { RackAccess, type RackAddress } from './rack-access.ts';
export { ReplicaChoice, type ReplicaChoiceKind, StaticSet } from './replica-choice.ts';
export { applyRecord, type LogDamage, LogRecord, type LogReplay, replayLog } from './replay-log.ts';
export { cachedServerRules, type ServerRules, serverRules } from './server-rules.ts';
export type { ItemLog, Membership, ServerConfig, ServerCounters } from './server-state.ts';
export { PegasusServer } from './server.ts';
export { isNewer } from './version.ts';
export { LOG_FORMAT, LogKind, RECORD_HEAD_BYTES, WriteLog } from './write-log.ts';
