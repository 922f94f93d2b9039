/** What `ballast rack up` runs one after the other, and how each rack is made. */
import { ms, type Nanos, seconds, us } from '@ballast/base';
import type { OperationSource, RackOptions } from '@ballast/rack';
import { constant } from '@ballast/sim';
import {
  ConstantSize,
  keyNamesOf,
  KeySpace,
  readWriteMix,
  TRACE_KEY_BYTES_MAX,
  Workload,
  workloadOf,
} from '@ballast/workload';
import { KEY_BYTES, VALUE_BYTES_MAX } from './limits.ts';
import { type RackModel, popularityOf } from './model.ts';
import {
  CLIENTS,
  HOT_KEYS,
  labelOf,
  type LiveSystem,
  OUTSTANDING_MAX,
  type RackUpOptions,
  systemsOf,
  type WorkloadKind,
} from './options.ts';
import { TraceSource } from './trace-source.ts';

export interface Phase {
  readonly workload: WorkloadKind;
  /** For people: 'uniform', 'Zipf 1.2', or the name of the preset or the trace's file. */
  readonly label: string;
  readonly system: LiveSystem;
  /** Null: until somebody stops it. */
  readonly seconds: number | null;
}

/** A phase's load. */
export interface PhaseLoad {
  readonly source: OperationSource;
  /** Which key has which rank, if that shifts in the middle; null for a preset and a trace. */
  readonly keySpace: KeySpace | null;
  readonly trace: TraceSource | null;
}

/** The skewed workload gets twice the time of the uniform one: it has a shift in the middle. */
const SHARES = { uniform: 1, skewed: 2, preset: 1, trace: 1 } as const;
const SPARE_PORTS = 16;
const MTU_BYTES = 1_500;
/** Key and value that a standard packet holds, with room to spare. */
const STANDARD_ITEM_BYTES_MAX = 1_316;
const JUMBO_MTU_BYTES = 9_000;

/** Keys of traces may be longer than keys of the load, up to what the wire carries. */
const TRACE_VALUE_BYTES_MAX = VALUE_BYTES_MAX - TRACE_KEY_BYTES_MAX;

/** Samples an epoch: enough to tell a key with a thousandth of the requests from noise. */
const SAMPLES_PER_EPOCH = 1_500;
/** Samples a second that the controller is sent at most. */
const SAMPLES_PER_SECOND_MAX = 12_000;
const EPOCH_NS_MIN = ms(20);
const EPOCH_NS_MAX = seconds(1);

/** Every workload with every system, or only the rack that stays. */
export function phasesOf(options: RackUpOptions): Phase[] {
  const systems = systemsOf(options);
  if (options.keep && options.system !== 'both') return [];
  const workloads = workloadsOf(options);
  const parts = workloads.reduce((sum, workload) => sum + SHARES[workload], 0) * systems.length;
  return workloads.flatMap((workload) =>
    systems.map((system) => ({
      workload,
      label: labelOf(workload, options),
      system,
      seconds: (options.seconds * SHARES[workload]) / parts,
    })),
  );
}

/** The rack that stays up after the phases: the last one's, if there is a choice Pegasus. */
export function keptPhase(options: RackUpOptions): Phase {
  const workload = workloadsOf(options).at(-1) ?? 'skewed';
  const system = options.system === 'both' ? 'pegasus' : options.system;
  return { workload, label: labelOf(workload, options), system, seconds: null };
}

/** The same for every system: one seed, one order of keys. */
export function loadOf({ workload }: Phase, options: RackUpOptions): PhaseLoad {
  const { keys, seed, writeRatio, valueBytes } = options;
  if (workload === 'trace' && options.workload !== null) {
    const { workloadFormat: format, skipOversized: skipsOversized } = options;
    const trace = new TraceSource(options.workload, {
      valueBytesMax: TRACE_VALUE_BYTES_MAX,
      format,
      skipsOversized,
    });
    return { source: trace, keySpace: null, trace };
  }
  if (options.preset !== null) {
    return { source: workloadOf(options.preset, { keys, seed }), keySpace: null, trace: null };
  }
  const keySpace = new KeySpace({ n: keys, scrambleSeed: seed });
  const source = new Workload({
    mix: readWriteMix({ writeRatio }),
    keys: popularityOf(keys, workload === 'skewed' ? options.zipf : 0),
    keySpace,
    valueBytes: new ConstantSize(valueBytes),
  });
  return { source, keySpace, trace: null };
}

/** The rack of a phase. Times that have to do with queues follow the service time. */
export function rackOptionsOf(
  { system, seconds: duration }: Phase,
  { source, trace }: PhaseLoad,
  options: RackUpOptions,
  { offeredPerSecond }: RackModel,
): RackOptions {
  const serviceNs = us(options.serviceUs);
  // All that is in progress may wait at one server: to repeat a request sooner would only add to the queue.
  const retransmitNs = Math.max(ms(100), 4 * CLIENTS * OUTSTANDING_MAX * serviceNs);
  const itemBytes = options.valueBytes + (options.preset?.keyBytes ?? KEY_BYTES);
  const isJumbo = itemBytes > STANDARD_ITEM_BYTES_MAX || options.workload !== null;
  return {
    seed: options.seed,
    system,
    servers: options.servers + options.standby,
    standby: options.standby,
    clients: CLIENTS,
    sparePorts: SPARE_PORTS,
    ...keysOf(trace, options),
    valueBytes: options.valueBytes,
    workload: source,
    load: { kind: 'open', ratePerSecond: offeredPerSecond },
    outstandingMax: OUTSTANDING_MAX,
    service: constant(serviceNs),
    mtuBytes: isJumbo ? JUMBO_MTU_BYTES : MTU_BYTES,
    hotKeysMax: HOT_KEYS,
    ...samplingOf(offeredPerSecond),
    retransmitNs,
    giveUpNs: 20 * retransmitNs,
    controlRetryNs: 200 * serviceNs,
    history: duration !== null && (options.check || options.history !== null),
  };
}

/** A trace has keys of its own; as many of them as the store has are in it from the start. */
function keysOf(
  trace: TraceSource | null,
  { keys, preset }: RackUpOptions,
): Pick<RackOptions, 'keys' | 'keyNames'> {
  if (preset !== null) return { keys, keyNames: keyNamesOf(preset) };
  return trace === null ? { keys } : { keys: trace.learnKeys(keys), keyNames: trace.keyNames };
}

function workloadsOf({ workload, preset }: RackUpOptions): readonly WorkloadKind[] {
  if (workload !== null) return ['trace'];
  return preset === null ? ['uniform', 'skewed'] : ['preset'];
}

/** How often the controller looks, and at how many of the requests. */
function samplingOf(perSecond: number): { readonly epochNs: Nanos; readonly sampleRatio: number } {
  const sampleRatio = Math.max(1, Math.ceil(perSecond / SAMPLES_PER_SECOND_MAX));
  const epochNs = seconds((SAMPLES_PER_EPOCH * sampleRatio) / perSecond);
  return { sampleRatio, epochNs: Math.min(EPOCH_NS_MAX, Math.max(EPOCH_NS_MIN, epochNs)) };
}
