export { AliasTable } from './alias-table.ts';
export {
  type ArrivalProcess,
  BurstArrivals,
  type BurstOptions,
  DeterministicArrivals,
  PoissonArrivals,
} from './arrivals.ts';
export {
  hashingBound,
  HEAD_KEYS,
  type LoadShareOptions,
  loadShares,
  type LoadShares,
  replicatedBound,
} from './bounds.ts';
export { ClosedLoop, type ClosedLoopOptions, type ThinkTime } from './closed-loop.ts';
export { generalisedHarmonic } from './harmonic.ts';
export { Histogram, type HistogramOptions, type PercentileRow } from './histogram.ts';
export { HotSetSchedule, type HotSetScheduleOptions, type HotSetShift } from './hot-set-schedule.ts';
export {
  HotspotKeys,
  type KeyDistribution,
  KEYS_MAX,
  type PopularityDistribution,
  UniformKeys,
} from './key-distribution.ts';
export { KeySpace } from './key-space.ts';
export { KeyText, NOT_A_KEY } from './key-text.ts';
export { INSERTS_PENDING_MAX, LatestKeys } from './latest-keys.ts';
export { LINE_BYTES_MAX, LineSplitter } from './line-splitter.ts';
export {
  Mix,
  type MixShares,
  type OperationKind,
  parseYcsbName,
  readWriteMix,
  ycsbMix,
  type YcsbName,
} from './mix.ts';
export { Permutation } from './permutation.ts';
export { peakUtilisation, type ServiceTime, sojournProbability, sojournQuantile } from './queueing.ts';
export {
  ConstantSize,
  EmpiricalSize,
  EtcKeySize,
  EtcValueSize,
  ParetoSize,
  type SizeDistribution,
  UniformSize,
} from './sizes.ts';
export { TraceError, type TraceErrorDetail } from './trace-error.ts';
export {
  TraceOperation,
  type TraceOperationKind,
  type TwitterOperation,
  type TwitterTraceCounts,
  type TwitterTraceOptions,
  TwitterTraceReader,
} from './twitter-trace.ts';
export { Operation, Workload, type WorkloadOptions, ycsbWorkload, type YcsbOptions } from './workload.ts';
export { WorkloadError, type WorkloadErrorDetail } from './workload-error.ts';
export { ZipfKeys } from './zipf.ts';
