/**
 * A whole rack from one number: its size, its load and its faults are drawn from a seed, it runs under
 * loss, duplication and reordering, then the faults end, everything must come to rest, and the history is
 * judged. What `ballast sim` replays, and what the mutants of the tests are run on.
 */
import { ms, type Nanos, Prng, us } from '@ballast/base';
import { checkLinearizable, type Operation, type Verdict } from '@ballast/checkers';
import type { ControllerCounters } from '@ballast/pegasus';
import { constant, exponential, FaultSchedule, type Kernel } from '@ballast/sim';
import { ConstantSize, KeySpace, readWriteMix, Workload, ZipfKeys } from '@ballast/workload';
import { Rack } from './rack.ts';
import { UPLINK } from './rack-chain.ts';
import { drawChanges, NO_CHANGES, type PlannedChanges } from './planned-changes.ts';
import { drawRunFaults, type FaultLevel } from './run-faults.ts';
import { drawShape, type RunShape } from './run-shape.ts';
import type { Durability } from './rack-storage.ts';
import type { RackOptions, RackParts, System } from './rack-options.ts';
import { systemDesigns } from './systems.ts';

/** Random runs are of racks that keep what they have answered. */
export type RunDurability = Exclude<Durability, 'none'>;
export const RUN_DURABILITIES: readonly RunDurability[] = ['process', 'disk'];

export interface RandomRunOptions {
  readonly seed: number;
  readonly system?: System;
  readonly kernel?: Kernel;
  readonly parts?: Partial<RackParts>;
  /** How long clients start operations, under faults. With faults drawn from the seed drawn as well. */
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
/** With faults of nodes: in a short run they fall together, which has found what long ones had not. */
const DURATIONS_NS = [DURATION_NS, DURATION_NS, ms(8), ms(4)];
/** For everything to come to rest after the last fault: several retransmissions and epochs. */
const REST_NS = ms(60);
const SERVICE_NS = us(3);
const VALUE_BYTES = 16;
/** The switch is the second end of every cable of a rack. */
const TO_SWITCH = 'aToB';
const TO_HOST = 'bToA';

/** What a run is made of, when everything is drawn that a seed decides beforehand. */
export interface DrawnRun {
  readonly shape: RunShape;
  readonly faults: FaultSchedule;
  readonly changes: PlannedChanges;
  readonly durability: RunDurability;
  readonly durationNs: Nanos;
}

export function drawRun(options: RandomRunOptions): DrawnRun {
  const { seed, durationNs = durationOf(options) } = options;
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

function durationOf({ seed, faults = 'none' }: RandomRunOptions): Nanos {
  const isDrawn = typeof faults === 'string' && faults !== 'none';
  return isDrawn ? new Prng(seed).fork('duration').pick(DURATIONS_NS) : DURATION_NS;
}

export function randomRun(options: RandomRunOptions): RandomRunResult {
  const { seed, system = 'pegasus' } = options;
  const drawn = drawRun(options);
  const { shape, faults, changes, durability, durationNs } = drawn;
  const keySpace = new KeySpace({ n: shape.keys, scrambleSeed: seed });
  const rack = buildRack(options, shape, { keySpace, system, durability, standby: changes.standby });
  const { kernel } = rack;
  injectFaults(kernel, shape, system);
  faults.install(kernel);
  for (const change of changes.steps) kernel.at(change.atNs, () => rack.changeServers(change));
  shiftHotKeys(kernel, keySpace, shape, durationNs);
  kernel.runUntil(durationNs);
  rack.stopLoad();
  const cameToRest = comeToRest(kernel, () => isBusy(rack.clients, [rack]));
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

/** Moves the hottest keys again and again. */
export function shiftHotKeys(
  kernel: Kernel,
  keySpace: KeySpace,
  { shiftNs, keys }: RunShape,
  durationNs: Nanos,
): void {
  for (let at = shiftNs; at < durationNs; at += shiftNs)
    kernel.at(at, () => keySpace.hotIn(Math.max(1, keys >> 2)));
}

/** Whether an operation or a transition is under way. */
export function isBusy(clients: Rack['clients'], racks: readonly Rack[]): boolean {
  return (
    clients.some((node) => node.core.client.outstanding > 0) ||
    racks.some((rack) => !rack.controller.core.controller.isSettled)
  );
}

/** Ends all faults and waits until nothing is under way any more; false when that takes too long. */
export function comeToRest(kernel: Kernel, isStillBusy: () => boolean): boolean {
  kernel.heal();
  const cameToRest = kernel.runWhile(isStillBusy, kernel.now + REST_NS);
  // What is still in the air lands. A controller's pings go on for ever, but there are moments without any.
  kernel.runUntil(kernel.now + ms(5));
  kernel.runWhile(() => kernel.pool.inUse > 0, kernel.now + REST_NS);
  return cameToRest;
}

/** Damage that only Ethernet's frame check would find is loss: a switch believes it, and some hosts must. */
export function injectFaults(kernel: Kernel, shape: RunShape, system: System): void {
  const { lossRatio, duplicateRatio, reorderRatio, reorderDelayNs, corruptRatio } = shape;
  kernel.inject({ lossRatio, duplicateRatio, reorderRatio, reorderDelayNs });
  const lostOrDamaged = { lossRatio: lossRatio + corruptRatio - lossRatio * corruptRatio };
  for (const link of kernel.links) {
    link.inject(lostOrDamaged, TO_SWITCH);
    const isChecked = systemDesigns[system].isChecksummed && link.name !== UPLINK;
    link.inject(isChecked ? { corruptRatio } : lostOrDamaged, TO_HOST);
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
  rest: Omit<RunRack, 'seed'>,
): Rack {
  return new Rack({
    ...rackOptionsOf(shape, { ...rest, seed }),
    ...(kernel === undefined ? {} : { kernel }),
    ...(parts === undefined ? {} : { parts }),
  });
}

interface RunRack {
  readonly seed: number;
  readonly keySpace: KeySpace;
  readonly system: System;
  readonly durability: Durability;
  readonly standby: number;
}

/** The rack of a shape: small and restless. */
export function rackOptionsOf(shape: RunShape, rest: RunRack): RackOptions {
  const { seed, keySpace, system, durability, standby } = rest;
  const { servers, clients, keys, preloadShare, users, theta, writeRatio, deleteShare } = shape;
  const { hotKeysMax, missedPingsMax, isExponential, estimator } = shape;
  return {
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
  };
}
