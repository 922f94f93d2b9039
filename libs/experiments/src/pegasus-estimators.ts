/**
 * Which estimator finds the hot keys: samples copied to the controller (OSDI '20, §5), or a sketch in the
 * switch's registers? A whole rack for each; the popularity of the keys shifts every few epochs.
 */
import { seconds, us } from '@ballast/base';
import { Rack } from '@ballast/rack';
import { constant } from '@ballast/sim';
import {
  ConstantSize,
  type PopularityDistribution,
  KeySpace,
  readWriteMix,
  Workload,
  ZipfKeys,
} from '@ballast/workload';
import { DirectoryWatch } from './directory-watch.ts';
import type { Experiment, Point, PointRun, Row } from './experiment.ts';
import type { Parameters } from './parameters.ts';
import { loadingWork } from './peak-point.ts';

/** More than the directory can hold, so that there is a choice to be right or wrong about. */
const KEYS_MIN = 200;

const PARAMETERS = {
  seed: { kind: 'integer', help: 'everything random follows from it', min: 0, max: 2 ** 48, default: 1 },
  estimators: {
    kind: 'choice',
    help: 'which estimators to run',
    choices: ['both', 'sampling', 'sketch'],
    default: 'both',
  },
  'sample-ratio': {
    kind: 'numbers',
    help: 'sampling: one request in so many is copied to the controller',
    min: 1,
    max: 65_536,
    default: [8, 64],
  },
  zipf: {
    kind: 'numbers',
    help: 'skew of the keys',
    min: 0.1,
    max: 3,
    default: [0.8, 1, 1.2],
    quick: [0.8, 1.2],
  },
  load: {
    kind: 'numbers',
    help: 'offered load, as a share of what all servers can do',
    min: 0.001,
    max: 1,
    default: [0.03, 0.2],
  },
  servers: { kind: 'integer', help: 'storage servers', min: 1, max: 32, default: 16 },
  keys: { kind: 'integer', help: 'keys in the store', min: KEYS_MIN, max: 20_000_000, default: 100_000 },
  'write-ratio': { kind: 'number', help: 'share of writes', min: 0, max: 1, default: 0.05 },
  'service-us': {
    kind: 'number',
    help: 'time that a server takes for a request',
    unit: 'us',
    min: 0.1,
    max: 100_000,
    default: 5,
  },
  'directory-entries': {
    kind: 'integer',
    help: 'keys that the switch may hold as hot',
    min: 1,
    max: 128,
    default: 64,
  },
  operations: {
    kind: 'integer',
    help: 'operations for each row, about; more give more shifts',
    min: 1_000,
    max: 100_000_000,
    default: 400_000,
    quick: 100_000,
  },
} as const;

type EstimatorParameters = Parameters<typeof PARAMETERS>;

/** One row of the result. */
interface Case {
  /** Null: the sketch. */
  readonly sampleRatio: number | null;
  readonly zipf: number;
  readonly load: number;
}

const CLIENTS = 4;
const VALUE_BYTES = 32;
/** From one shift to the next; in the second half of these the directory is compared with the truth. */
const EPOCHS_PER_SHIFT = 12;
/** The coldest keys that become the hottest in a shift. */
const SHIFTED_KEYS = 4;
const SHIFTS_MIN = 3;
const SHIFTS_MAX = 40;
/** Looks at the directory after a shift, per epoch: the resolution of the time to find a key. */
const LOOKS_PER_EPOCH = 25;

export const pegasusEstimators: Experiment<typeof PARAMETERS> = {
  name: 'pegasus-estimators',
  title: 'Finding the hot keys: sampling against a sketch in registers',
  about:
    'For each skew and load, how much of the popularity that a full directory would hold is held with either ' +
    'estimator, how fast a key that becomes hot gets in, and what that costs in frames and transitions.',
  parameters: PARAMETERS,
  plot: {
    x: { column: 'zipf', title: 'Zipf exponent' },
    y: { column: 'coverage', title: 'popularity held, as a share of the possible' },
    series: 'series',
  },
  points(parameters) {
    return casesOf(parameters).map((one): Point => {
      const kind = one.sampleRatio === null ? 'sketch' : `sampling-${one.sampleRatio}`;
      return {
        name: `${kind}-zipf-${one.zipf}-load-${one.load}`,
        label: `${seriesOf(one)}, Zipf ${one.zipf}`,
        work: parameters.operations + loadingWork(parameters),
        measure: (run) => measure(parameters, one, run),
      };
    });
  },
};

function casesOf(parameters: EstimatorParameters): Case[] {
  const { estimators, zipf, load } = parameters;
  const ratios = estimators === 'sketch' ? [] : parameters['sample-ratio'];
  const kinds = [...ratios, ...(estimators === 'sampling' ? [] : [null])];
  return load.flatMap((l) =>
    kinds.flatMap((sampleRatio) => zipf.map((z) => ({ sampleRatio, zipf: z, load: l }))),
  );
}

function measure(
  parameters: EstimatorParameters,
  point: Case,
  { progress, keepsHistory }: PointRun,
): { rows: Row[]; rack: Rack } {
  const { keys, servers, seed, operations } = parameters;
  const popularity = new ZipfKeys({ n: keys, theta: point.zipf });
  const keySpace = new KeySpace({ n: keys, scrambleSeed: seed });
  const ratePerSecond = (point.load * servers * seconds(1)) / us(parameters['service-us']);
  const rack = buildRack(parameters, point, { popularity, keySpace, ratePerSecond, keepsHistory });
  const { epochNs } = rack.options;
  const watch = new DirectoryWatch(rack, keySpace, popularity);
  const { controller } = rack.controller.core;

  const periodNs = EPOCHS_PER_SHIFT * epochNs;
  const inPeriod = (ratePerSecond * periodNs) / seconds(1);
  const shifts = Math.min(SHIFTS_MAX, Math.max(SHIFTS_MIN, Math.round(operations / inPeriod)));
  rack.kernel.runUntil(periodNs);
  const before = { ...controller.counters };
  rack.measureFrom();
  for (let shift = 0; shift < shifts; shift++) {
    progress(shift / shifts);
    keySpace.hotIn(SHIFTED_KEYS);
    watch.awaitHottest(SHIFTED_KEYS);
    const shiftedNs = rack.kernel.now;
    for (let look = 1; look <= EPOCHS_PER_SHIFT * LOOKS_PER_EPOCH; look++) {
      rack.kernel.runUntil(shiftedNs + (look * epochNs) / LOOKS_PER_EPOCH);
      watch.look();
      const isEpochEnd = look % LOOKS_PER_EPOCH === 0;
      if (isEpochEnd && look > (EPOCHS_PER_SHIFT / 2) * LOOKS_PER_EPOCH) watch.compare();
    }
  }
  progress(1);
  const quality = watch.result(periodNs);
  const epochs = shifts * EPOCHS_PER_SHIFT;
  const transitions =
    controller.counters.promotions + controller.counters.demotions - before.promotions - before.demotions;
  const { throughputPerSecond, p99Us } = rack.reading();
  const samples = controller.counters.samples - before.samples;
  const row = {
    series: seriesOf(point),
    estimator: point.sampleRatio === null ? 'sketch' : 'sampling',
    sampleRatio: point.sampleRatio,
    zipf: point.zipf,
    load: point.load,
    requestsPerEpoch: Math.round((throughputPerSecond * epochNs) / seconds(1)),
    precision: round(quality.precision, 3),
    recall: round(quality.recall, 3),
    coverage: round(quality.coverage, 3),
    findMs: round(quality.findMs, 2),
    missed: round(quality.missed, 3),
    framesPerEpoch: round(samples / epochs, 1),
    transitionsPerEpoch: round(transitions / epochs, 2),
    p99Us: round(p99Us, 1),
  };
  return { rows: [row], rack };
}

function buildRack(
  parameters: EstimatorParameters,
  { sampleRatio }: Case,
  load: {
    readonly popularity: PopularityDistribution;
    readonly keySpace: KeySpace;
    readonly ratePerSecond: number;
    readonly keepsHistory: boolean;
  },
): Rack {
  return new Rack({
    seed: parameters.seed,
    system: 'pegasus',
    servers: parameters.servers,
    clients: CLIENTS,
    keys: parameters.keys,
    valueBytes: VALUE_BYTES,
    workload: new Workload({
      mix: readWriteMix({ writeRatio: parameters['write-ratio'] }),
      keys: load.popularity,
      keySpace: load.keySpace,
      valueBytes: new ConstantSize(VALUE_BYTES),
    }),
    load: { kind: 'open', ratePerSecond: load.ratePerSecond },
    service: constant(us(parameters['service-us'])),
    hotKeysMax: parameters['directory-entries'],
    history: load.keepsHistory,
    ...(sampleRatio === null ? { estimator: 'sketch' } : { estimator: 'sampling', sampleRatio }),
  });
}

function seriesOf({ sampleRatio, load }: Case): string {
  return `${sampleRatio === null ? 'sketch' : `1:${sampleRatio}`} at ${round(load * 100, 1)} %`;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
