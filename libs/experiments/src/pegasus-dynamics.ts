/** A rack under a fixed load whose hot set is replaced again and again, over time (OSDI '20, §8.4). */
import { assert, ms, type Nanos } from '@ballast/base';
import { WINDOW_MAX } from '@ballast/pegasus';
import type { Rack, RackReading } from '@ballast/rack';
import { HotSetSchedule, type HotSetShift } from '@ballast/workload';
import type { Experiment, Point, PointRun, Row } from './experiment.ts';
import { conflict, type Parameters } from './parameters.ts';
import { equalCapacity, loadingWork, nameOf, round } from './peak-point.ts';
import { LOAD, RACK, type Setting, SYSTEMS_COMPARED } from './rack-parameters.ts';
import { recoveries } from './recovery.ts';
import { learn, learningWork, makeStorageRack, requireFeasible } from './storage-rack.ts';

const PATTERNS = ['hot-in', 'random'] as const;

const PARAMETERS = {
  ...RACK,
  systems: { ...SYSTEMS_COMPARED, default: ['pegasus'] },
  patterns: {
    kind: 'names',
    help: 'what takes the place of the hot keys: the coldest keys in their order, or random ones',
    choices: PATTERNS,
    default: PATTERNS,
  },
  'shift-keys': {
    kind: 'integer',
    help: 'hot keys that a shift replaces',
    min: 1,
    max: 1_000_000,
    default: 64,
  },
  'random-among': {
    kind: 'integer',
    help: 'hottest keys of which a random shift replaces --shift-keys',
    min: 1,
    max: 1_000_000,
    default: 128,
  },
  'period-ms': {
    kind: 'number',
    help: 'virtual time between two shifts, and before the first',
    unit: 'ms',
    min: 1,
    max: 100_000,
    default: 250,
    quick: 100,
  },
  shifts: { kind: 'integer', help: 'how often the hot set shifts', min: 1, max: 1_000, default: 3, quick: 2 },
  'window-ms': {
    kind: 'number',
    help: 'virtual time that a row sums up',
    unit: 'ms',
    min: 0.1,
    max: 10_000,
    default: 10,
  },
  'epoch-ms': {
    kind: 'number',
    help: 'virtual time between two looks of the controller at what is hot',
    unit: 'ms',
    min: 0.1,
    max: 10_000,
    default: 10,
  },
  outstanding: {
    kind: 'integer',
    help: 'operations in progress at a client, at most; more wait there, and their latency counts',
    min: 1,
    max: WINDOW_MAX,
    default: WINDOW_MAX,
  },
  load: LOAD,
} as const;

type DynamicsParameters = Parameters<typeof PARAMETERS>;
type Pattern = (typeof PATTERNS)[number];
type DynamicsSetting = Setting & Omit<DynamicsParameters, 'systems' | 'patterns'> & { pattern: Pattern };

export const pegasusDynamics: Experiment<typeof PARAMETERS> = {
  name: 'pegasus-dynamics',
  title: 'Throughput over time while the hot set is replaced',
  about:
    'How long does a rack suffer when other keys become hot? Under a fixed load the hottest keys are replaced by ' +
    'cold ones, again and again. A row is a window of time; recoveryMs is how long after the last shift it took ' +
    'until no window had less throughput than was offered, nor a 99th percentile beyond the objective, before ' +
    'the next shift. Virtual time is scaled down: an epoch of the controller and the period of shifts are shorter ' +
    'than in a real rack.',
  parameters: PARAMETERS,
  plot: {
    x: { column: 'timeMs', title: 'virtual time (ms)' },
    y: { column: 'throughput', title: 'throughput (Mops/s)', scale: 1e-6 },
    series: ['system', 'pattern'],
  },
  points(parameters) {
    requireFeasible(parameters);
    requireShifts(parameters);
    return parameters.patterns.flatMap((pattern) =>
      parameters.systems.map((system) => dynamicsPoint({ ...parameters, pattern, system })),
    );
  },
};

function requireShifts({
  keys,
  patterns,
  'shift-keys': shiftKeys,
  'random-among': among,
  'period-ms': periodMs,
  'window-ms': windowMs,
}: DynamicsParameters): void {
  if (windowMs > periodMs) {
    throw conflict('window-ms', windowMs, `at most the ${periodMs} ms between two shifts (--period-ms)`);
  }
  if (shiftKeys >= keys) {
    throw conflict('shift-keys', shiftKeys, `fewer than the ${keys} keys (--keys)`);
  }
  if (!patterns.includes('random')) return;
  if (shiftKeys > among) {
    throw conflict(
      'random-among',
      among,
      `at least the ${shiftKeys} keys that a shift replaces (--shift-keys)`,
    );
  }
  if (among + shiftKeys > keys) {
    const expected = `at most ${keys - shiftKeys}: of ${keys} keys (--keys) ${shiftKeys} others must be cold`;
    throw conflict('random-among', among, expected);
  }
}

function dynamicsPoint(setting: DynamicsSetting): Point {
  const { system, pattern } = setting;
  const head = { system, pattern };
  const seconds = ((setting.shifts + 1) * setting['period-ms']) / 1000;
  const perSecond = (setting.load * setting.servers * 1e6) / setting['service-us'];
  return {
    name: nameOf(head),
    label: `${system}, ${pattern}`,
    work: perSecond * seconds + learningWork(setting) + loadingWork(setting),
    measure: (run) => measureDynamics(setting, head, run),
  };
}

function measureDynamics(setting: DynamicsSetting, head: Row, run: PointRun): { rows: Row[]; rack: Rack } {
  const { shifts, 'period-ms': periodMs, 'window-ms': windowMs } = setting;
  const options = { epochNs: ms(setting['epoch-ms']), outstandingMax: setting.outstanding };
  const made = makeStorageRack(setting, { ...run, options });
  const { rack, keySpace } = made;
  learn(made);
  const offered = setting.load * Math.min(made.bound, equalCapacity(made));
  rack.setRate(offered);
  rack.kernel.runUntil(rack.kernel.now + options.epochNs);
  const startNs = rack.kernel.now;
  const schedule = new HotSetSchedule({
    keySpace,
    shift: shiftOf(setting),
    firstNs: startNs + ms(periodMs),
    periodNs: ms(periodMs),
    seed: setting.seed,
  });
  rack.takeWindow();
  const endMs = (shifts + 1) * periodMs;
  const windows: Window[] = [];
  for (let index = 1; windows.length === 0 || windows.at(-1)!.timeMs < endMs; index++) {
    const timeMs = Math.min(index * windowMs, endMs);
    runThroughShifts(rack, schedule, startNs + ms(timeMs));
    windows.push({ timeMs, reading: rack.takeWindow(), hotKeys: rack.hotKeys().length });
    run.progress(timeMs / endMs);
  }
  return { rows: rowsOf(windows, head, { offered, periodMs, sloUs: setting['slo-us'] }), rack };
}

/** What happened up to an instant, since the one before. */
interface Window {
  readonly timeMs: number;
  readonly reading: RackReading;
  readonly hotKeys: number;
}

function rowsOf(
  windows: readonly Window[],
  head: Row,
  { offered, periodMs, sloUs }: { offered: number; periodMs: number; sloUs: number },
): Row[] {
  const phases = recoveries(
    windows.map(({ timeMs, reading }) => ({
      timeMs,
      throughput: reading.throughputPerSecond,
      p99Us: reading.p99Us,
    })),
    { offered, periodMs, sloUs },
  );
  return windows.map(({ timeMs, reading, hotKeys }, i) => ({
    ...head,
    timeMs: round(timeMs, 3),
    throughput: Math.round(reading.throughputPerSecond),
    p99Us: round(reading.p99Us, 2),
    hotKeys,
    offered: Math.round(offered),
    ...phases[i],
  }));
}

/** Lets virtual time pass; the hot set shifts where it is due. */
function runThroughShifts({ kernel }: Rack, schedule: HotSetSchedule, untilNs: Nanos): void {
  while (schedule.nextNs < untilNs) {
    kernel.runUntil(schedule.nextNs);
    const shifts = schedule.advance(kernel.now);
    assert(shifts === 1, 'shifts are apart');
  }
  kernel.runUntil(untilNs);
}

function shiftOf(setting: DynamicsSetting): HotSetShift {
  const k = setting['shift-keys'];
  if (setting.pattern === 'hot-in') return { kind: 'hotIn', k };
  return { kind: 'swapRandom', k, hottest: setting['random-among'] };
}
