/**
 * Throughput at the latency objective against skew: the figure that Pegasus stands for (OSDI '20, §8.2).
 */
import { ms, NEVER, us } from '@ballast/base';
import { checkLinearizable } from '@ballast/checkers';
import { type Rack, Rack as PegasusRack, type RackOptions, type System, SYSTEMS } from '@ballast/rack';
import { constant, exponential } from '@ballast/sim';
import {
  ConstantSize,
  KeySpace,
  type LoadShares,
  readWriteMix,
  type ServiceTime,
  UniformKeys,
  Workload,
  ZipfKeys,
} from '@ballast/workload';
import { boundOf, oneServerPeak } from './bounds.ts';
import { type Experiment, InterruptedError, type Judgement, type Row, type Run } from './experiment.ts';
import { type Parameters, ParameterError } from './parameters.ts';
import { sharesOfSystem } from './system-shares.ts';
import { findPeak, type PeakOptions, probesOf } from './peak.ts';

const PARAMETERS = {
  seed: { kind: 'integer', help: 'everything random follows from it', min: 0, max: 2 ** 48, default: 1 },
  systems: {
    kind: 'choice',
    help: 'which systems to run',
    choices: ['both', 'all', ...SYSTEMS],
    default: 'both',
  },
  zipf: {
    kind: 'numbers',
    help: 'skew of the keys; 0 is uniform',
    min: 0,
    max: 3,
    default: [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4],
  },
  servers: { kind: 'integer', help: 'storage servers', min: 1, max: 32, default: 28 },
  keys: { kind: 'integer', help: 'keys in the store', min: 1, max: 20_000_000, default: 1_000_000 },
  'value-bytes': {
    kind: 'integer',
    help: 'size of a value',
    unit: 'bytes',
    min: 8,
    max: 8_800,
    default: 128,
  },
  'write-ratio': { kind: 'number', help: 'share of writes', min: 0, max: 1, default: 0 },
  'service-us': {
    kind: 'number',
    help: 'mean time that a server takes for a request',
    unit: 'us',
    min: 0.1,
    max: 100_000,
    default: 5,
  },
  service: {
    kind: 'choice',
    help: 'distribution of the service time',
    choices: ['constant', 'exponential'],
    default: 'constant',
  },
  'slo-us': {
    kind: 'number',
    help: 'objective for the 99th percentile of the latency',
    unit: 'us',
    min: 1,
    max: 1_000_000,
    default: 50,
  },
  'link-us': { kind: 'number', help: 'latency of each link', unit: 'us', min: 0, max: 10_000, default: 1 },
  'directory-entries': {
    kind: 'integer',
    help: 'keys that the switch may hold as hot',
    min: 1,
    max: 128,
    default: 64,
  },
  clients: { kind: 'integer', help: 'load generators', min: 1, max: 64, default: 8 },
  operations: {
    kind: 'integer',
    help: 'operations per probe of the search',
    min: 1_000,
    max: 10_000_000,
    default: 60_000,
  },
  precision: { kind: 'number', help: 'relative precision of the peak', min: 0.001, max: 0.5, default: 0.01 },
} as const;

/** Systems that find out for themselves which keys are hot. */
const LEARNING: ReadonlySet<System> = new Set<System>(['pegasus', 'netcache']);
/** Whom the published figure compares. */
const BOTH: readonly System[] = ['hashing', 'pegasus'];

type SkewParameters = Parameters<typeof PARAMETERS>;

/** Virtual time that the directory gets to learn the hot keys before the first probe. */
const LEARNING_EPOCHS = 12;
const EPOCH_NS_MIN = ms(5);
/** Slower servers answer fewer requests in a time, and the directory learns from requests. */
const SERVICES_PER_EPOCH = 1_000;
/** Later than any reply that meets the objective, by far: a repeat before that is load of our own making. */
const RETRANSMIT_OBJECTIVES = 8;
const RETRANSMIT_NS_MIN = ms(5);
/** Doubling waits reach it after a few transmissions. */
const GIVE_UP_RETRANSMITS = 200;
/** What a server is given to acknowledge a message of the controller: a queue of so many requests. */
const SERVICES_PER_CONTROL_RETRY = 40;
const CONTROL_RETRY_NS_MIN = us(200);

/** Denser than in a real rack, so that an epoch of milliseconds shows what seconds would. */
const SAMPLE_RATIO = 8;
/** Four link traversals: client, switch, server and back. */
const HOPS = 4;

export const pegasusSkew: Experiment<typeof PARAMETERS> = {
  name: 'pegasus-skew',
  title: 'Throughput at the latency objective against skew',
  about:
    'For each skew the largest offered load whose 99th percentile meets the objective, with consistent hashing ' +
    'and with Pegasus, and the analytic bound of each.',
  parameters: PARAMETERS,
  plot: {
    x: { column: 'zipf', title: 'Zipf exponent' },
    y: { column: 'throughputAtSlo', title: 'throughput at p99 objective (Mops/s)', scale: 1e-6 },
    series: 'system',
    bound: 'bound',
  },
  run: runSkew,
};

function runSkew(parameters: SkewParameters, run: Run): { rows: Row[]; judgements: Judgement[] } {
  requireObjective(parameters);
  const systems = systemsOf(parameters.systems);
  const total = parameters.zipf.length * systems.length * probesOf(parameters);
  const rows: Row[] = [];
  const judgements: Judgement[] = [];
  let finished = 0;
  for (const zipf of parameters.zipf) {
    for (const system of systems) {
      let probes = 0;
      const what = `${system}, Zipf ${zipf}`;
      const onProbe = (): void => {
        if (run.isInterrupted()) throw new InterruptedError();
        run.progress(finished + Math.min(++probes, probesOf(parameters)), total, what);
      };
      run.progress(finished, total, what);
      const { row, rack } = measure(system, zipf, parameters, {
        onProbe,
        history: run.check || run.history !== null,
      });
      rows.push(row);
      const name = `${system}-zipf-${zipf}`;
      if (rack.history !== null) {
        rack.stopLoad();
        rack.history.finish();
        run.history?.(name, rack.history.operations());
        if (run.check) judgements.push({ run: name, verdict: checkLinearizable(rack.history.operations()) });
      }
      finished += probesOf(parameters);
      run.progress(finished, total, what);
    }
  }
  return { rows, judgements };
}

function systemsOf(named: string): readonly System[] {
  if (named === 'both') return BOTH;
  return named === 'all' ? SYSTEMS : [named as System];
}

function measure(
  system: System,
  zipf: number,
  parameters: SkewParameters,
  options: { onProbe: () => void; history: boolean },
): { row: Row; rack: Rack } {
  const { servers, keys } = parameters;
  const popularity = zipf === 0 ? new UniformKeys(keys) : new ZipfKeys({ n: keys, theta: zipf });
  const keySpace = new KeySpace({ n: keys, scrambleSeed: parameters.seed });
  const service: ServiceTime = {
    kind: parameters.service === 'exponential' ? 'exponential' : 'constant',
    meanNs: us(parameters['service-us']),
  };
  const valueBytes = parameters['value-bytes'];
  const workload = new Workload({
    mix: readWriteMix({ writeRatio: parameters['write-ratio'] }),
    keys: popularity,
    keySpace,
    valueBytes: new ConstantSize(valueBytes),
  });
  const rack = new PegasusRack({
    ...rackOptions(system, parameters, service),
    workload,
    hotSet: Array.from({ length: Math.min(keys, parameters['directory-entries']) }, (_, r) =>
      keySpace.keyOf(r),
    ),
    history: options.history,
  });
  const networkUs = HOPS * parameters['link-us'];
  const sharesOf = (one: System): LoadShares =>
    sharesOfSystem(one, {
      servers,
      keys: popularity,
      keySpace,
      homeOf: (key) => rack.homeOfIndex(key),
      writeRatio: parameters['write-ratio'],
      hotKeys: parameters['directory-entries'],
      replicas: servers,
    });
  const boundOptions = { servers, service, sloUs: parameters['slo-us'], networkUs };
  const bound = boundOf(system, sharesOf(system), boundOptions);
  if (LEARNING.has(system)) {
    // First under a load that the homes of the hot keys can carry, or their queues fill before anything is
    // learned.
    const unaided = boundOf('hashing', sharesOf('hashing'), boundOptions);
    learn(rack, unaided * 0.8);
    learn(rack, bound * 0.6);
  }
  const peak = findPeak(rack, {
    ...peakOptions(parameters),
    guessPerSecond: bound,
    onProbe: options.onProbe,
  });
  const throughput = peak?.throughputPerSecond ?? 0;
  const row = {
    system,
    zipf,
    throughputAtSlo: Math.round(throughput),
    p99Us: round(peak?.reading.p99Us ?? 0, 2),
    bound: Math.round(bound),
    capacityShare: round(throughput / (servers * oneServerPeak(boundOptions)), 4),
  };
  return { row, rack };
}

/** Lets the directory find the hot keys under a load that the rack can carry. */
function learn(rack: Rack, ratePerSecond: number): void {
  rack.setRate(ratePerSecond);
  rack.kernel.runUntil(rack.kernel.now + LEARNING_EPOCHS * rack.options.epochNs);
}

function rackOptions(
  system: System,
  parameters: SkewParameters,
  service: ServiceTime,
): Omit<RackOptions, 'workload'> {
  const valueBytes = parameters['value-bytes'];
  return {
    seed: parameters.seed,
    system,
    servers: parameters.servers,
    clients: parameters.clients,
    keys: parameters.keys,
    valueBytes,
    load: { kind: 'open', ratePerSecond: 1 },
    service: service.kind === 'exponential' ? exponential(service.meanNs) : constant(service.meanNs),
    linkLatencyNs: us(parameters['link-us']),
    hotKeysMax: parameters['directory-entries'],
    ...timesOf(parameters),
    mtuBytes: valueBytes > 1_300 ? 9_000 : 1_500,
    sampleRatio: SAMPLE_RATIO,
    stopNs: NEVER,
  };
}

/** Times that follow from how slow the servers and how long the objective are. */
function timesOf(parameters: SkewParameters) {
  const serviceNs = us(parameters['service-us']);
  const retransmitNs = Math.max(RETRANSMIT_NS_MIN, us(parameters['slo-us']) * RETRANSMIT_OBJECTIVES);
  return {
    epochNs: Math.max(EPOCH_NS_MIN, serviceNs * SERVICES_PER_EPOCH),
    retransmitNs,
    giveUpNs: retransmitNs * GIVE_UP_RETRANSMITS,
    controlRetryNs: Math.max(CONTROL_RETRY_NS_MIN, serviceNs * SERVICES_PER_CONTROL_RETRY),
  } satisfies Partial<RackOptions>;
}

function peakOptions(parameters: SkewParameters): Omit<PeakOptions, 'guessPerSecond'> {
  return { sloUs: parameters['slo-us'], operations: parameters.operations, precision: parameters.precision };
}

function requireObjective(parameters: SkewParameters): void {
  const least = parameters['service-us'] + HOPS * parameters['link-us'];
  if (parameters['slo-us'] <= least) {
    const expected = `more than ${least} us: one request on an idle rack takes that long (service and four links)`;
    throw new ParameterError({
      code: 'CONFLICT',
      flag: 'slo-us',
      text: String(parameters['slo-us']),
      expected,
    });
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
