/**
 * A whole rack from one number: its size, its load and its faults are drawn from a seed, it runs under
 * loss, duplication and reordering, then the faults end, everything must come to rest, and the history is
 * judged. What `ballast sim` replays, and what the mutants of the tests are run on.
 */
import { ms, type Nanos, Prng, us } from '@ballast/base';
import { checkLinearizable, type Operation, type Verdict } from '@ballast/checkers';
import type { ControllerCounters } from '@ballast/pegasus';
import { type Estimator, ESTIMATORS } from '@ballast/programs';
import { constant, exponential, FaultSchedule, type Kernel } from '@ballast/sim';
import { ConstantSize, KeySpace, readWriteMix, Workload, ZipfKeys } from '@ballast/workload';
import { Rack } from './rack.ts';
import { drawChanges, NO_CHANGES, type PlannedChanges } from './planned-changes.ts';
import { drawRunFaults, type FaultLevel } from './run-faults.ts';
import type { Durability } from './rack-storage.ts';
import type { RackParts, System } from './rack-options.ts';

/** Random runs are of racks that keep what they have answered. */
export type RunDurability = Exclude<Durability, 'none'>;
export const RUN_DURABILITIES: readonly RunDurability[] = ['process', 'disk'];

export interface RandomRunOptions {
  readonly seed: number;
  readonly system?: System;
  readonly kernel?: Kernel;
  readonly parts?: Partial<RackParts>;
  /** How long clients start operations, under faults. */
  readonly durationNs?: Nanos;
  /**
   * What happens to nodes, beside what the network does: a schedule that is over within the duration, or one
   * drawn from the seed. Nothing when absent.
   */
  readonly faults?: FaultSchedule | FaultLevel;
  /** Drawn from the seed when absent. */
  readonly durability?: RunDurability;
  /** Servers that join and leave as planned. With all faults drawn from the seed, otherwise none. */
  readonly changes?: PlannedChanges;
  /** Overrides of what the seed draws. */
  readonly shape?: Partial<RunShape>;
}

/** What a seed decides. */
export interface RunShape {
  readonly servers: number;
  readonly clients: number;
  readonly keys: number;
  /** Share of the keys that are there at first; the others appear when they are written. */
  readonly preloadShare: number;
  readonly users: number;
  readonly theta: number;
  readonly writeRatio: number;
  readonly deleteShare: number;
  readonly lossRatio: number;
  readonly duplicateRatio: number;
  readonly reorderRatio: number;
  readonly reorderDelayNs: Nanos;
  /**
   * Share of the frames that have bits flipped. A switch drops those, as its ports check the frame check
   * sequence; on their way to a host nothing but the checksums of IP and UDP sees it.
   */
  readonly corruptRatio: number;
  readonly hotKeysMax: number;
  /** The hottest keys change so often. */
  readonly shiftNs: Nanos;
  /** A server that leaves so many pings unanswered, one each 200 us, counts as dead. */
  readonly missedPingsMax: number;
  /** Service times: exponential, or constant. */
  readonly isExponential: boolean;
  readonly estimator: Estimator;
}

export interface RandomRunResult extends DrawnRun {
  readonly verdict: Verdict;
  readonly operations: Iterable<Operation>;
  readonly operationCount: number;
  readonly events: number;
  readonly traceHash: string;
  /** Of all controllers, when it crashed. */
  readonly counters: ControllerCounters;
  readonly promotions: number;
  readonly demotions: number;
  /** Whether every operation had ended and every transition was over within the time for it. */
  readonly cameToRest: boolean;
  readonly framesInUse: number;
}

const DURATION_NS = ms(20);
/** For everything to come to rest after the last fault: several retransmissions and epochs. */
const REST_NS = ms(60);
const SERVICE_NS = us(3);
const VALUE_BYTES = 16;
/** The switch is the second end of every cable of a rack. */
const TO_SWITCH = 'aToB';
const TO_HOST = 'bToA';

/** Draws a rack small enough that keys, versions and servers meet all the time. */
export function drawShape(prng: Prng): RunShape {
  return {
    servers: 2 + prng.below(6),
    clients: 2 + prng.below(3),
    keys: 4 + prng.below(28),
    preloadShare: prng.pick([1, 0.5]),
    users: 6 + prng.below(18),
    theta: 0.6 + prng.unit() * 0.9,
    writeRatio: prng.pick([0.05, 0.2, 0.5]),
    deleteShare: prng.pick([0, 0.02, 0.1]),
    lossRatio: prng.pick([0, 0.005, 0.03]),
    duplicateRatio: prng.pick([0, 0.02, 0.1]),
    reorderRatio: prng.pick([0, 0.05, 0.2]),
    reorderDelayNs: prng.pick([us(20), us(300), ms(2)]),
    hotKeysMax: 1 + prng.below(4),
    shiftNs: prng.pick([ms(2), ms(5)]),
    missedPingsMax: 3,
    isExponential: prng.chance(0.5),
    estimator: prng.pick(ESTIMATORS),
    corruptRatio: prng.pick([0, 0, 0.01]),
  };
}

/** What a run is made of, when everything is drawn that a seed decides beforehand. */
export interface DrawnRun {
  readonly shape: RunShape;
  readonly faults: FaultSchedule;
  readonly changes: PlannedChanges;
  readonly durability: RunDurability;
  readonly durationNs: Nanos;
}

export function drawRun(options: RandomRunOptions): DrawnRun {
  const { seed, durationNs = DURATION_NS } = options;
  const shape = { ...drawShape(new Prng(seed)), ...options.shape };
  // A stream of its own, so that a seed means the same rack and load with and without faults.
  const fates = new Prng(seed).fork('faults');
  const drawnDurability = fates.pick(RUN_DURABILITIES); // Drawn in any case: it must not shift the faults.
  const durability = options.durability ?? drawnDurability;
  const faults = faultsOf(options, shape, fates, durationNs);
  const changes =
    options.changes ?? (options.faults === 'all' ? drawChanges(fates, shape, durationNs) : NO_CHANGES);
  return { shape, faults, changes, durability, durationNs };
}

export function randomRun(options: RandomRunOptions): RandomRunResult {
  const { seed, system = 'pegasus' } = options;
  const drawn = drawRun(options);
  const { shape, faults, changes, durability, durationNs } = drawn;
  const keySpace = new KeySpace({ n: shape.keys, scrambleSeed: seed });
  const rack = buildRack(options, shape, { keySpace, system, durability, standby: changes.standby });
  const { kernel } = rack;
  injectFaults(kernel, shape);
  faults.install(kernel);
  for (const change of changes.steps) kernel.at(change.atNs, () => rack.changeServers(change));
  for (let at = shape.shiftNs; at < durationNs; at += shape.shiftNs) {
    kernel.at(at, () => keySpace.hotIn(Math.max(1, shape.keys >> 2)));
  }
  kernel.runUntil(durationNs);
  rack.stopLoad();
  kernel.heal();
  const isBusy = (): boolean =>
    rack.clients.some((node) => node.core.client.outstanding > 0) ||
    !rack.controller.core.controller.isSettled;
  const cameToRest = kernel.runWhile(isBusy, kernel.now + REST_NS);
  // What is still in the air lands. The controller's pings go on for ever, but there are moments without any.
  kernel.runUntil(kernel.now + ms(5));
  kernel.runWhile(() => kernel.pool.inUse > 0, kernel.now + REST_NS);
  const history = rack.history!;
  history.finish();
  return {
    ...drawn,
    verdict: checkLinearizable(history.operations()),
    operations: history.operations(),
    operationCount: history.length,
    events: kernel.events,
    traceHash: kernel.traceHash,
    counters: rack.controllerCounters,
    promotions: rack.controllerCounters.promotions,
    demotions: rack.controllerCounters.demotions,
    cameToRest,
    framesInUse: kernel.pool.inUse,
  };
}

function injectFaults(kernel: Kernel, shape: RunShape): void {
  const { lossRatio, duplicateRatio, reorderRatio, reorderDelayNs, corruptRatio } = shape;
  kernel.inject({ lossRatio, duplicateRatio, reorderRatio, reorderDelayNs });
  for (const link of kernel.links) {
    link.inject({ lossRatio: lossRatio + corruptRatio - lossRatio * corruptRatio }, TO_SWITCH);
    link.inject({ corruptRatio }, TO_HOST);
  }
}

function faultsOf(
  { faults = 'none' }: RandomRunOptions,
  shape: RunShape,
  prng: Prng,
  durationNs: Nanos,
): FaultSchedule {
  if (faults === 'none') return new FaultSchedule([]);
  return typeof faults === 'string' ? drawRunFaults(prng, shape, faults, durationNs) : faults;
}

function buildRack(
  { seed, kernel, parts }: RandomRunOptions,
  shape: RunShape,
  rest: {
    readonly keySpace: KeySpace;
    readonly system: System;
    readonly durability: Durability;
    readonly standby: number;
  },
): Rack {
  const { keySpace, system, durability, standby } = rest;
  const { servers, clients, keys, preloadShare, users, theta, writeRatio, deleteShare } = shape;
  const { hotKeysMax, missedPingsMax, isExponential, estimator } = shape;
  return new Rack({
    seed,
    system,
    servers,
    standby,
    clients,
    keys: Math.ceil(keys * preloadShare),
    valueBytes: VALUE_BYTES,
    workload: new Workload({
      mix: readWriteMix({ writeRatio, deleteShare }),
      keys: new ZipfKeys({ n: keys, theta }),
      keySpace,
      valueBytes: new ConstantSize(VALUE_BYTES),
    }),
    load: { kind: 'closed', users },
    service: isExponential ? exponential(SERVICE_NS) : constant(SERVICE_NS),
    hotKeysMax,
    hotSet: Array.from({ length: keys }, (_, rank) => keySpace.keyOf(rank)),
    replicas: 2 + (seed % 3),
    epochNs: us(400),
    estimator: system === 'pegasus' ? estimator : 'sampling',
    sampleRatio: 2,
    popularity: { samplesMin: 3, requestsMin: 6, hysteresis: 1, decay: 0.4 },
    retransmitNs: us(300),
    giveUpNs: ms(30),
    pingNs: us(200),
    missedPingsMax,
    durability,
    history: true,
    ...(kernel === undefined ? {} : { kernel }),
    ...(parts === undefined ? {} : { parts }),
  });
}
