/** What a second rack costs that holds all that the first one acknowledges: two racks in a chain. */
import type { RackReading, System } from '@ballast/rack';
import { chainedHashingThroughput } from './bounds.ts';
import type { Experiment, LoadedRack, Point, PointRun, Row } from './experiment.ts';
import { forwardUs, uplinkWrites } from './network-load.ts';
import { conflict, type ParameterSpecs, several } from './parameters.ts';
import { equalCapacity, measurePeak, nameOf, type PeakSetting, peakWork, round } from './peak-point.ts';
import { peakPlot } from './peak-plot.ts';
import { readingAt, WARM_UP_SHARE } from './peak.ts';
import { LOAD, RACK, SEARCH, SYSTEMS_COMPARED } from './rack-parameters.ts';
import { type Analysed, learn, makeStorageChain, makeStorageRack, requireFeasible } from './storage-rack.ts';

/** Systems whose racks can be put in a chain. */
const CHAINED: readonly System[] = ['hashing', 'pegasus'];

const PARAMETERS = {
  ...RACK,
  ...SEARCH,
  systems: { ...SYSTEMS_COMPARED, choices: CHAINED },
  keys: { ...RACK.keys, default: 100_000, quick: 20_000 },
  'write-ratio': several(RACK['write-ratio'], {
    default: [0, 0.05, 0.2, 0.5, 1],
    quick: [0, 0.2, 1],
  }),
  load: { ...LOAD, default: 0.1 },
} as const satisfies ParameterSpecs;

/** One rack, or two in a chain. */
interface ChainSetting extends PeakSetting {
  readonly racks: 1 | 2;
  readonly load: number;
}

export const pegasusChain: Experiment<typeof PARAMETERS> = {
  name: 'pegasus-chain',
  title: 'Throughput of one rack and of two in a chain',
  about:
    'What does it cost to keep all that was acknowledged in a second rack? Writes enter at the head and are answered ' +
    'by the tail, which serves all reads. For each share of writes the largest offered load whose 99th percentile ' +
    'meets the objective, of one rack and of a chain of two such racks; and the latency of writes at a fixed load.',
  parameters: PARAMETERS,
  plot: peakPlot({ column: 'writeRatio', title: 'share of writes' }, ['system', 'rack']),
  points(parameters) {
    return parameters['write-ratio'].flatMap((writeRatio) => {
      const setting = { ...parameters, 'write-ratio': writeRatio };
      requireFeasible(setting);
      const sloUs = parameters['slo-us'];
      const least = 2 * parameters['service-us'] + 4 * parameters['link-us'] + forwardUs(setting);
      if (writeRatio > 0 && sloUs <= least) {
        const expected = `more than ${round(least, 2)} us: a write of a chain takes that long when nothing else happens`;
        throw conflict('slo-us', sloUs, expected);
      }
      return ([1, 2] as const).flatMap((racks) =>
        parameters.systems.map((system) => chainPoint({ ...setting, system, racks })),
      );
    });
  },
};

function chainPoint(setting: ChainSetting): Point {
  const { system, racks, operations, 'write-ratio': writeRatio } = setting;
  const head = { system, rack: racks === 1 ? 'alone' : 'chain', writeRatio };
  // Every write is simulated twice, and both racks are filled.
  const work = (peakWork(setting) + operations * (1 + WARM_UP_SHARE)) * (racks === 1 ? 1 : 1 + writeRatio);
  return {
    name: nameOf(head),
    label: `${system}, ${racks === 1 ? 'one rack' : 'two racks'}, ${writeRatio * 100} % writes`,
    work,
    measure: (run) => {
      const made = racks === 1 ? makeStorageRack(setting, run) : makeStorageChain(setting, run);
      return { rows: [{ ...head, ...measureChain(made, setting, run) }], rack: made.rack };
    },
  };
}

function measureChain(
  made: Analysed & { readonly rack: LoadedRack },
  setting: ChainSetting,
  run: PointRun,
): Row {
  const { rack } = made;
  const { servers, racks } = setting;
  const bound = racks === 1 ? made.bound : boundOfChain(made, setting);
  const capacity = equalCapacity(made) * racks;
  learn({ ...made, bound });
  const load = (setting.load * capacity) / racks;
  const { loaded, late } = readingAt(rack, load, setting);
  const isWritten = setting['write-ratio'] > 0;
  return {
    ...measurePeak(made, setting, run, { bound, capacity }),
    load: Math.round(load),
    writeP50Us: isWritten ? round(late.writeP50Us, 2) : null,
    writeP99Us: isWritten ? round(late.writeP99Us, 2) : null,
    headUse: racks === 1 ? null : meanUse(loaded, 0, servers),
    tailUse: meanUse(loaded, (racks - 1) * servers, racks * servers),
  };
}

/**
 * The tail executes every operation, as one rack alone would. A write is answered later than there, which the
 * bound of hashing knows and that of Pegasus, which knows capacities only, does not.
 */
function boundOfChain({ bound, shares, boundOptions }: Analysed, setting: ChainSetting): number {
  const writeRatio = setting['write-ratio'];
  const uplink = writeRatio === 0 ? Infinity : uplinkWrites(setting) / writeRatio;
  const within = Math.min(bound, uplink);
  if (setting.system !== 'hashing') return within;
  const writeNetworkUs = boundOptions.networkUs + forwardUs(setting);
  return Math.min(within, chainedHashingThroughput(shares, { ...boundOptions, writeRatio, writeNetworkUs }));
}

/** Mean share of their time that these servers worked. */
function meanUse({ utilisation }: RackReading, from: number, to: number): number {
  const used = utilisation.slice(from, to);
  return round(used.reduce((sum, share) => sum + share, 0) / used.length, 4);
}
