/** A rack at high load while a server, the switch or the controller is killed and started again. */
import { ms } from '@ballast/base';
import { DURABILITIES, type Durability } from '@ballast/rack';
import type { Experiment, Point, PointRun, Row } from './experiment.ts';
import { FAULTS, type FaultKind, runThroughFault } from './failure-run.ts';
import { conflict, type Parameters, several } from './parameters.ts';
import { equalCapacity, loadingWork, nameOf, round } from './peak-point.ts';
import { LOAD, RACK, type Setting, SYSTEMS_COMPARED } from './rack-parameters.ts';
import { dipOf } from './recovery.ts';
import { learn, learningWork, makeStorageRack, popularityOf, requireFeasible } from './storage-rack.ts';

const PARAMETERS = {
  ...RACK,
  systems: { ...SYSTEMS_COMPARED, choices: ['hashing', 'pegasus'] },
  zipf: several(RACK.zipf, { default: [1.2, 0], quick: [1.2] }),
  servers: { ...RACK.servers, min: 2, default: 8 },
  keys: { ...RACK.keys, default: 100_000, quick: 20_000 },
  'write-ratio': { ...RACK['write-ratio'], default: 0.05 },
  faults: {
    kind: 'names',
    help: 'what is killed and started again: the home of the hottest key, the switch, the controller',
    choices: FAULTS,
    default: FAULTS,
  },
  durabilities: {
    kind: 'names',
    help: 'what servers keep when they are killed; the first one alone for other faults',
    choices: DURABILITIES,
    default: ['process', 'disk', 'none'],
  },
  'lead-ms': span('virtual time before the fault', { default: 40, quick: 20 }),
  'down-ms': span('virtual time from the fault until the process is started again', {
    default: 100,
    quick: 60,
  }),
  'after-ms': span('virtual time after that', { default: 100, quick: 60 }),
  'window-ms': span('virtual time that a row sums up', { default: 5 }),
  'ping-ms': span('virtual time between two pings of a server; it counts as dead after eight', {
    default: 5,
  }),
  'replay-mb-per-second': {
    kind: 'number',
    help: 'how fast a server that is started again replays its log',
    unit: 'MB/s',
    min: 0.1,
    max: 100_000,
    default: 60,
  },
  load: { ...LOAD, default: 0.75 },
} as const;

/** Throughput of so much of what it was before the fault counts as back. */
export const BACK_SHARE = 0.9;
/** Simulated requests that take as long as the history of one: recording, judging, reading back. */
const JUDGED_REQUEST_WORK = 1.6;

type FailureParameters = Parameters<typeof PARAMETERS>;

/** One rack and its fault. */
interface FailureSetting extends Setting, Omit<FailureParameters, keyof Setting | 'systems'> {
  readonly fault: FaultKind;
  readonly durability: Durability;
}

export const pegasusFailures: Experiment<typeof PARAMETERS> = {
  name: 'pegasus-failures',
  title: 'Throughput over time while a server is killed and comes back',
  about:
    'What do clients see when a server is killed at high load and started again, or the switch, or the ' +
    'controller? A row is a window of time, counted from the fault. The first row of each case sums it up: the ' +
    'lowest window as a share of before, how long throughput was below nine tenths of that, when the controller ' +
    'took the server out and in again, acknowledged writes that were lost, and the verdict of the checker.',
  parameters: PARAMETERS,
  plot: {
    x: { column: 'timeMs', title: 'virtual time since the fault (ms)' },
    y: { column: 'share', title: 'answered, as a share of before' },
    series: ['system', 'zipf'],
    sameAsFirst: ['fault', 'durability'],
  },
  points(parameters) {
    const { 'window-ms': windowMs, 'lead-ms': leadMs } = parameters;
    if (windowMs > leadMs)
      throw conflict('window-ms', windowMs, `at most the ${leadMs} ms before the fault (--lead-ms)`);
    for (const zipf of parameters.zipf) requireFeasible({ ...parameters, zipf });
    const [first] = parameters.durabilities;
    return parameters.faults.flatMap((fault) =>
      parameters.durabilities
        .filter((durability) => fault === 'server' || durability === first)
        .flatMap((durability) =>
          parameters.zipf.flatMap((zipf) =>
            parameters.systems.map((system) =>
              failurePoint({ ...parameters, fault, durability, zipf, system }),
            ),
          ),
        ),
    );
  },
};

function span(help: string, values: { readonly default: number; readonly quick?: number }) {
  return { kind: 'number', help, unit: 'ms', min: 0.5, max: 100_000, ...values } as const;
}

function failurePoint(setting: FailureSetting): Point {
  const { system, zipf, fault, durability } = setting;
  const head = { system, zipf, fault, durability };
  const spanMs = setting['lead-ms'] + setting['down-ms'] + setting['after-ms'];
  return {
    name: nameOf(head),
    label: `${system}, Zipf ${zipf}, ${fault} killed, durability ${durability}`,
    work:
      JUDGED_REQUEST_WORK * (learningWork(setting) + (expectedPerSecond(setting) * spanMs) / 1000) +
      loadingWork(setting),
    // With durability `none` a server forgets what it acknowledged: the figure shows that, it is no failure.
    losesWrites: durability === 'none',
    measure: (run) => measureFailure(setting, head, run),
  };
}

/** The home of the hottest key holds hashing back. */
function expectedPerSecond(setting: FailureSetting): number {
  const perServer = 1e6 / setting['service-us'];
  const hottest = setting.system === 'hashing' ? popularityOf(setting).probability(0) : 0;
  return setting.load * Math.min(setting.servers * perServer, perServer / hottest);
}

function measureFailure(setting: FailureSetting, head: Row, run: PointRun): ReturnType<Point['measure']> {
  const made = makeStorageRack(setting, {
    keepsHistory: true,
    options: {
      durability: setting.durability,
      pingNs: ms(setting['ping-ms']),
    },
  });
  const { rack, keySpace } = made;
  learn(made);
  rack.setRate(setting.load * Math.min(made.bound, equalCapacity(made)));
  rack.kernel.runUntil(rack.kernel.now + rack.options.epochNs);
  const result = runThroughFault(
    rack,
    {
      fault: setting.fault,
      victim: rack.homeOfIndex(keySpace.keyOf(0)),
      leadMs: setting['lead-ms'],
      downMs: setting['down-ms'],
      afterMs: setting['after-ms'],
      windowMs: setting['window-ms'],
      replayBytesPerSecond: setting['replay-mb-per-second'] * 1e6,
    },
    run,
  );
  const windows = result.windows.map(({ timeMs, reading: { throughputPerSecond, p99Us } }) => {
    return { timeMs, throughput: throughputPerSecond, p99Us };
  });
  const { before, lowestShare, reducedMs, recoveryMs } = dipOf(windows, {
    backShare: BACK_SHARE,
    windowMs: setting['window-ms'],
  });
  const { lost, unread } = result.writes;
  const atMs = (value: number | null): number | null => (value === null ? null : round(value, 2));
  const summary = {
    ...head,
    ...{ timeMs: null, throughput: Math.round(before), share: null, notAnswered: null, p99Us: null },
    lowestShare: round(lowestShare, 4),
    ...{ reducedMs, recoveryMs, backMs: atMs(result.backMs) },
    ...{ expelledMs: atMs(result.expelledMs), admittedMs: atMs(result.admittedMs) },
    ...{ lostWrites: lost, notReadBack: unread, verdict: result.verdict },
  };
  const rows = result.windows.map(({ timeMs, reading }) => ({
    ...head,
    timeMs: round(timeMs, 3),
    throughput: Math.round(reading.throughputPerSecond),
    share: round(reading.throughputPerSecond / before, 4),
    notAnswered: reading.lost,
    p99Us: round(reading.p99Us, 2),
  }));
  return { rows: [summary, ...rows], rack };
}
