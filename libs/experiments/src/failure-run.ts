/** One rack under a fixed load, and one fault: what its clients see meanwhile, and what is left of it. */
import { ms, type Nanos, seconds } from '@ballast/base';
import { checkLinearizable, type Verdict } from '@ballast/checkers';
import type { ControllerCounters } from '@ballast/pegasus';
import type { Rack, RackReading } from '@ballast/rack';
import { FaultSchedule } from '@ballast/sim';
import type { PointRun } from './experiment.ts';
import { type LostWrites, lostWrites } from './lost-writes.ts';
import { NOT_A_KEY } from '@ballast/workload';

export const FAULTS = ['server', 'switch', 'controller'] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface FailureOptions {
  readonly fault: FaultKind;
  /** Which server a fault of one strikes. */
  readonly victim: number;
  readonly leadMs: number;
  /** From the fault until the process is started again. */
  readonly downMs: number;
  /** A server is there when it has replayed its log, so many bytes a second. */
  readonly replayBytesPerSecond: number;
  readonly afterMs: number;
  readonly windowMs: number;
}

export interface FailureWindow {
  /** Its end, from the fault. */
  readonly timeMs: number;
  readonly reading: RackReading;
}

/** Instants count from the fault. */
export interface FailureResult {
  readonly windows: readonly FailureWindow[];
  /** When the node took input again. */
  readonly backMs: number;
  /** When the controller took a server out of the live set, and when it took one in; null: it did not. */
  readonly expelledMs: number | null;
  readonly admittedMs: number | null;
  readonly writes: LostWrites;
  readonly verdict: Verdict['verdict'];
}

/** How often the controller is looked at. */
const LOOK_MS = 0.25;
/** Reads under way when all written keys are read at the end. */
const READ_BACK_AT_ONCE = 64;
/** For what is under way to end, and for each batch of these reads. */
const REST_NS = seconds(20);

/** Precondition: the rack is under its load and keeps its history, which is finished afterwards. */
export function runThroughFault(rack: Rack, options: FailureOptions, run: PointRun): FailureResult {
  const { fault, victim, downMs, replayBytesPerSecond, windowMs } = options;
  const leadWindows = Math.max(1, Math.floor(options.leadMs / windowMs));
  const faultNs = rack.kernel.now + ms(leadWindows * windowMs);
  const windows: FailureWindow[] = [];
  const watch = new MembershipWatch(rack, faultNs);
  rack.takeWindow();
  const measureTo = (timeMs: number): void => {
    watch.runUntil(faultNs + ms(timeMs));
    windows.push({ timeMs, reading: rack.takeWindow() });
  };
  for (let i = 1 - leadWindows; i <= 0; i++) measureTo(i * windowMs);
  const logBytes = fault === 'server' ? rack.servers[victim]!.core.logBytes : 0;
  const backMs = downMs + (logBytes / replayBytesPerSecond) * 1000;
  const node = { server: `server${victim}`, switch: 'tor', controller: 'controller' }[fault];
  new FaultSchedule([{ kind: 'crash', node, atNs: faultNs, forNs: ms(backMs) }]).install(rack.kernel);
  const count = Math.ceil((backMs + options.afterMs) / windowMs);
  for (let i = 1; i <= count; i++) {
    measureTo(i * windowMs);
    run.progress((leadWindows + i) / (leadWindows + count));
  }
  rack.stopLoad();
  rest(rack);
  const readBackNs = readBack(rack);
  const history = rack.history!;
  history.finish();
  return {
    windows,
    backMs,
    expelledMs: watch.expelledMs,
    admittedMs: watch.admittedMs,
    writes: lostWrites(history.operations(), readBackNs),
    verdict: checkLinearizable(history.operations()).verdict,
  };
}

/** Lets time pass and notes when the live set changes after the fault. */
class MembershipWatch {
  expelledMs: number | null = null;
  admittedMs: number | null = null;
  readonly #rack: Rack;
  readonly #faultNs: Nanos;
  readonly #before: ControllerCounters;

  constructor(rack: Rack, faultNs: Nanos) {
    this.#rack = rack;
    this.#faultNs = faultNs;
    this.#before = { ...rack.controllerCounters };
  }

  runUntil(untilNs: Nanos): void {
    const { kernel, controller } = this.#rack;
    while (kernel.now < untilNs) {
      kernel.runUntil(Math.min(untilNs, kernel.now + ms(LOOK_MS)));
      if (!controller.isUp) continue;
      const { expelled, admitted } = this.#rack.controllerCounters;
      const sinceMs = (kernel.now - this.#faultNs) / 1e6;
      if (expelled > this.#before.expelled) this.expelledMs ??= sinceMs;
      if (admitted > this.#before.admitted) this.admittedMs ??= sinceMs;
    }
  }
}

/** Every operation ends, and every server is live again. */
function rest(rack: Rack): void {
  const isBusy = (): boolean =>
    rack.clients.some(({ core }) => core.client.outstanding + core.backlog > 0) ||
    !rack.controller.core.controller.isSettled;
  rack.kernel.runWhile(isBusy, rack.kernel.now + REST_NS);
}

/** Reads every key that was written; returns when the first of these reads began. */
function readBack(rack: Rack): Nanos {
  const keys = new Set<number>();
  for (const { operation, key, process } of rack.history!.operations()) {
    if (operation !== 'put' || process < 0) continue;
    const index = rack.keyNames.indexOf(key);
    if (index !== NOT_A_KEY) keys.add(index);
  }
  const [reader] = rack.clients;
  // Strictly later than everything before.
  rack.kernel.runUntil(rack.kernel.now + 1);
  const beganNs = rack.kernel.now;
  const left = [...keys];
  while (left.length > 0) {
    const batch = left.splice(-READ_BACK_AT_ONCE);
    reader!.command((core, now) => batch.forEach((key) => core.perform(now, 'get', key)));
    rest(rack);
  }
  return beganNs;
}
