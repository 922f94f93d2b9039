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
export { type KeyNames } from './key-names.ts';
export { KeySpace } from './key-space.ts';
export { KeyText, NOT_A_KEY } from './key-text.ts';
export { INSERTS_PENDING_MAX, LatestKeys } from './latest-keys.ts';
export { LINE_BYTES_MAX, LineSplitter } from './line-splitter.ts';
export { MemcachedTraceReader } from './memcached-trace.ts';
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
export { presets, presetWorkload } from './presets.ts';
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
  detectTraceFormat,
  DETECTION_BYTES,
  TRACE_FORMATS,
  type TraceFormat,
  traceReader,
} from './trace-format.ts';
export { TRACE_KEY_BYTES_MAX, TraceKeys } from './trace-keys.ts';
export {
  type TraceCounts,
  TraceOperation,
  type TraceOperationKind,
  TraceReader,
  type TraceReaderOptions,
} from './trace-reader.ts';
export { traceLine, traceLines, type TraceTextOptions } from './trace-writer.ts';
export { profileWorkload, type TwitterProfile, twitterProfiles } from './twitter-profiles.ts';
export { type TwitterOperation, TwitterTraceReader } from './twitter-trace.ts';
export { Operation, Workload, type WorkloadOptions, ycsbWorkload, type YcsbOptions } from './workload.ts';
export {
  keyNamesOf,
  type Popularity,
  ranksOf,
  sizesOf,
  skewOf,
  type ValueSizes,
  type WorkloadDescription,
  workloadOf,
  type WorkloadOfOptions,
} from './workload-description.ts';
export { WorkloadError, type WorkloadErrorDetail } from './workload-error.ts';
export { ZipfKeys } from './zipf.ts';
export { YcsbTraceReader } from './ycsb-trace.ts';
