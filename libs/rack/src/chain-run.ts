/**
 * A random run of two racks in a chain, as randomRun is of one: load and faults from a seed, in many runs the
 * loss of one rack, and a history that is judged.
 */
import { ms, type Nanos, Prng, us } from '@ballast/base';
import { checkLinearizable, type Verdict } from '@ballast/checkers';
import type { ChainRack, ControllerCounters } from '@ballast/pegasus';
import type { Kernel } from '@ballast/sim';
import { KeySpace } from '@ballast/workload';
import { drawChanges, NO_CHANGES } from './planned-changes.ts';
import { RackChain } from './rack-chain.ts';
import type { RackParts, System } from './rack-options.ts';
import {
  comeToRest,
  injectFaults,
  isBusy,
  rackOptionsOf,
  RUN_DURABILITIES,
  shiftHotKeys,
} from './random-run.ts';
import { drawChainFaults, type FaultLevel } from './run-faults.ts';
import { drawShape, type RunShape } from './run-shape.ts';

/** The loss of a rack. */
export interface Failover {
  readonly lost: ChainRack;
  readonly atNs: Nanos;
  /** False: the rack goes on, and nobody who was told asks it any more. */
  readonly isStopped: boolean;
  /** Clients and the controller of the other rack are told within this time, each at its own. */
  readonly toldWithinNs: Nanos;
}

export interface ChainRunOptions {
  readonly seed: number;
  readonly system?: System;
  readonly kernel?: Kernel;
  readonly durationNs?: Nanos;
  /** Default: `none`. With all of them servers of both racks also join and leave as planned. */
  readonly faults?: FaultLevel;
  /** Drawn from the seed when absent; null: both racks stay. */
  readonly failover?: Failover | null;
  /** Overrides of what the seed draws. */
  readonly shape?: Partial<RunShape>;
  readonly headParts?: Partial<RackParts>;
  readonly tailParts?: Partial<RackParts>;
}

export interface ChainRunResult {
  readonly shape: RunShape;
  readonly failover: Failover | null;
  readonly verdict: Verdict;
  readonly operationCount: number;
  readonly traceHash: string;
  /** Whether every operation had ended and every transition was over within the time for it. */
  readonly cameToRest: boolean;
  readonly framesInUse: number;
  /** Writes that the head passed on. */
  readonly forwarded: number;
  /** Of the controllers of head and tail. */
  readonly counters: readonly [ControllerCounters, ControllerCounters];
}

const DURATION_NS = ms(20);

/** Draws whether a rack is lost, which, and when. Only a head may go on and do no harm. */
function drawFailover(prng: Prng, durationNs: Nanos): Failover | null {
  const lost = prng.pick(['head', 'tail', null] as const);
  const atNs = Math.floor(durationNs * (0.2 + 0.6 * prng.unit()));
  const goesOn = prng.chance(0.5);
  const toldWithinNs = prng.pick([0, us(200), ms(1)]);
  return lost === null ? null : { lost, atNs, isStopped: lost === 'tail' || !goesOn, toldWithinNs };
}

export function randomChainRun(options: ChainRunOptions): ChainRunResult {
  const { seed, system = 'pegasus', durationNs = DURATION_NS, faults = 'none' } = options;
  const { headParts = {}, tailParts = {} } = options;
  const shape = { ...drawShape(new Prng(seed)), ...options.shape };
  const fates = new Prng(seed).fork('chain');
  const drawnFailover = drawFailover(fates, durationNs); // Drawn in any case: it must not shift the faults.
  const failover = options.failover === undefined ? drawnFailover : options.failover;
  const durability = fates.pick(RUN_DURABILITIES);
  const keySpace = new KeySpace({ n: shape.keys, scrambleSeed: seed });
  const changes = faults === 'all' ? drawChanges(fates.fork('changes'), shape, durationNs) : NO_CHANGES;
  const { standby } = changes;
  const rackOptions = rackOptionsOf(shape, { seed, keySpace, system, durability, standby });
  const given = options.kernel === undefined ? {} : { kernel: options.kernel };
  const chain = new RackChain({ ...rackOptions, ...given, headParts, tailParts });
  const { kernel } = chain;
  injectFaults(kernel, shape, system);
  if (faults !== 'none') drawChainFaults(fates, shape, faults, durationNs).install(kernel);
  if (failover !== null) planFailover(chain, failover, fates.fork('told'));
  for (const change of changes.steps) {
    kernel.at(change.atNs, () => chain.racks.forEach((rack) => rack.changeServers(change)));
  }
  shiftHotKeys(kernel, keySpace, shape, durationNs);
  kernel.runUntil(durationNs);
  chain.stopLoad();
  const cameToRest = comeToRest(kernel, () => !chain.isTold || isBusy(chain.clients, chain.racks));
  const history = chain.history!;
  history.finish();
  return {
    shape,
    failover,
    verdict: checkLinearizable(history.operations()),
    operationCount: history.length,
    traceHash: kernel.traceHash,
    cameToRest,
    framesInUse: kernel.pool.inUse,
    forwarded: chain.forwarded,
    counters: [chain.head.controllerCounters, chain.tail.controllerCounters],
  };
}

function planFailover(chain: RackChain, { lost, atNs, isStopped, toldWithinNs }: Failover, prng: Prng): void {
  const delayNs = (): Nanos => Math.floor(prng.unit() * toldWithinNs);
  chain.kernel.at(atNs, () => {
    if (lost === 'head') chain.dropHead({ isStopped, delayNs });
    else chain.dropTail({ isStopped, delayNs });
  });
}
