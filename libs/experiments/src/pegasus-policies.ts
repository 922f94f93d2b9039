/** How reads choose among the servers that hold a hot key: the policies of the switch program compared. */
import { pegasusProgram, SELECTIONS } from '@ballast/programs';
import { oneServerPeak, unequalThroughput } from './bounds.ts';
import type { Experiment, Point, Row } from './experiment.ts';
import { conflict, type ParameterSpecs, type ParameterValue } from './parameters.ts';
import { p99UsAt, WARM_UP_SHARE } from './peak.ts';
import { measurePeak, nameOf, type PeakSetting, peakWork, round } from './peak-point.ts';
import { peakPlot } from './peak-plot.ts';
import { LOAD, RACK, SEARCH } from './rack-parameters.ts';
import {
  learn,
  makeStorageRack,
  requireFeasible,
  serviceOf,
  serviceTime,
  type StorageRack,
} from './storage-rack.ts';

const SERVICES = ['constant', 'exponential'] as const;

const PARAMETERS = {
  ...RACK,
  ...SEARCH,
  selections: {
    kind: 'names',
    help: 'how reads choose among the holders of a hot key',
    choices: SELECTIONS,
    default: SELECTIONS,
  },
  service: {
    kind: 'names',
    help: 'distributions of the service time',
    choices: SERVICES,
    default: SERVICES,
  },
  'slow-servers': {
    kind: 'integer',
    help: 'slower servers in the second of two racks; 0: no second rack',
    min: 0,
    max: RACK.servers.max,
    default: 4,
  },
  'slow-factor': {
    kind: 'number',
    help: 'how many times as long a slow server takes for a request',
    min: 1,
    max: 100,
    default: 2,
  },
  load: LOAD,
} as const satisfies ParameterSpecs;

type Selection = (typeof SELECTIONS)[number];

/** One policy on one rack. */
interface PolicySetting extends PeakSetting {
  readonly selection: Selection;
  readonly slowServers: number;
  readonly slowFactor: number;
  readonly load: ParameterValue<typeof LOAD>;
}

export const pegasusPolicies: Experiment<typeof PARAMETERS> = {
  name: 'pegasus-policies',
  title: 'Throughput at the latency objective by how reads are spread',
  about:
    'Does it matter how the switch chooses among the servers that hold a hot key? Each policy on a rack of equal ' +
    'servers and on one with some slower ones, with constant and with random service times: throughput at the ' +
    'objective, and the 99th percentile at a fixed load, the same for all policies.',
  parameters: PARAMETERS,
  plot: peakPlot({ column: 'rack', title: 'service time and servers' }, 'selection'),
  points(parameters) {
    const { 'slow-servers': slowMost, 'slow-factor': slowFactor, servers } = parameters;
    if (slowMost > servers)
      throw conflict('slow-servers', slowMost, `at most the ${servers} servers (--servers)`);
    return parameters.service.flatMap((service) => {
      requireFeasible({ ...parameters, service });
      return [...new Set([0, slowMost])].flatMap((slowServers) =>
        parameters.selections.map((selection) =>
          policyPoint({ ...parameters, system: 'pegasus', service, selection, slowServers, slowFactor }),
        ),
      );
    });
  },
};

function policyPoint(setting: PolicySetting): Point {
  const { selection, service, slowServers } = setting;
  const head = { selection, service, slowServers };
  const rackName = slowServers === 0 ? service : `${service}, ${slowServers} slow`;
  return {
    name: nameOf(head),
    label: `${selection}, ${rackName}`,
    work: peakWork(setting) + setting.operations * (1 + WARM_UP_SHARE),
    measure: (run) => {
      const made = makeStorageRack(setting, {
        ...run,
        options: {
          parts: { program: pegasusProgram({ selection }) },
          serviceOf: (server) => (isSlow(setting, server) ? serviceOf(setting, setting.slowFactor) : null),
        },
      });
      return { rows: [{ ...head, rack: rackName, ...measurePolicy(made, setting, run) }], rack: made.rack };
    },
  };
}

function measurePolicy(
  made: StorageRack,
  setting: PolicySetting,
  run: Parameters<typeof measurePeak>[2],
): Row {
  const { boundOptions, shares, rack } = made;
  const factors = rack.servers.map((_, server) => (isSlow(setting, server) ? setting.slowFactor : 1));
  const services = factors.map((factor) => serviceTime(setting, factor));
  const capacities = services.map(({ meanNs }) => 1e9 / meanNs);
  const bound = Math.min(made.bound, unequalThroughput(shares, capacities));
  const capacity = services.reduce((sum, service) => sum + oneServerPeak({ ...boundOptions, service }), 0);
  learn({ ...made, bound, unaidedBound: made.unaidedBound / Math.max(...factors) });
  const load = setting.load * capacity;
  const p99Us = p99UsAt(rack, load, setting);
  return {
    ...measurePeak(made, setting, run, { bound, capacity }),
    load: Math.round(load),
    p99UsAtLoad: round(p99Us, 2),
  };
}

/** Slow servers stand evenly among the others: neighbours are what the switch compares. */
function isSlow({ slowServers, servers }: PolicySetting, server: number): boolean {
  const upTo = (count: number): number => Math.floor((count * slowServers) / servers);
  return upTo(server + 1) > upTo(server);
}
