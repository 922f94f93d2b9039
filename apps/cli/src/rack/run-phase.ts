/** Runs one phase on the wall clock and says what came of it. */
import type { Nanos } from '@ballast/base';
import { checkLinearizable, type Verdict } from '@ballast/checkers';
import type { DataFolder, EmbeddedRack, LiveRack, RackFigures } from '@ballast/fabric';
import type { HistoryFile } from '../history-file.ts';
import { boundsOfShares, type RackModel, shiftedKeys } from './model.ts';
import { HOT_KEYS, type RackUpOptions } from './options.ts';
import { loadOf, type Phase, type PhaseLoad, rackOptionsOf } from './phases.ts';
import { runStoppable } from './stop.ts';
import type { TraceSource } from './trace-source.ts';
import { formatCount } from '../terminal/units.ts';

/** What was measured between the warm-up and the end of a phase, in the rack's time. */
export interface PhaseResult {
  readonly phase: Phase;
  readonly offeredPerSecond: number;
  readonly answeredPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** The median of the seconds' 99th percentiles: without the moments after a shift. */
  readonly p99TypicalUs: number;
  readonly lost: number;
  /** Of whichever server was the fullest in a second: the mean of all seconds. */
  readonly fullestUtilisation: number;
  readonly boundPerSecond: number | null;
  readonly hotKeys: number;
  readonly lagMsMax: number;
  /** Null: not asked for. */
  readonly verdict: Verdict | null;
}

export interface PhaseContext {
  readonly options: RackUpOptions;
  readonly model: RackModel;
  readonly embedded: EmbeddedRack;
  readonly historyFile: HistoryFile | null;
  /** Of the rack that is kept up. */
  readonly data: DataFolder | null;
  /** After each second of the rack. */
  readonly onFigures: (figures: RackFigures) => void;
  /** Before work during which nothing is shown. */
  readonly onNote: (text: string) => void;
}

/** Not measured: the directory learns, queues fill. */
const WARM_UP_SECONDS = 2;
const WARM_UP_SHARE = 0.4;
/** A history that takes longer is given up: unknown. */
const CHECK_SECONDS_MAX = 120;

/** Puts the rack of a phase up; the load can be read from then on. */
export function installPhase(phase: Phase, load: PhaseLoad, context: PhaseContext): LiveRack {
  const { options, model, embedded, data, onFigures } = context;
  return embedded.install({
    rack: rackOptionsOf(phase, load, options, model),
    description: {
      phase:
        phase.seconds === null ? `${phase.label}, ${phase.system}, kept` : `${phase.label}, ${phase.system}`,
      workload: phase.label,
      offeredPerSecond: model.offeredPerSecond,
      boundPerSecond: boundOf(phase, model),
    },
    ...(data === null ? {} : { data }),
    onFigures,
  });
}

/** @throws Stopped when the user ends it, UsageError at a bad line of a trace */
export async function runPhase(
  phase: Phase & { readonly seconds: number },
  context: PhaseContext,
): Promise<PhaseResult> {
  const load = loadOf(phase, context.options);
  try {
    const warmUpSeconds = Math.min(WARM_UP_SECONDS, phase.seconds * WARM_UP_SHARE);
    const seconds: RackFigures[] = [];
    const onFigures = (figures: RackFigures): void => {
      if (figures.elapsedSeconds >= warmUpSeconds + 1) seconds.push(figures);
      context.onFigures(figures);
    };
    const live = installPhase(phase, load, { ...context, onFigures });
    schedule(live, load, { warmUpSeconds, seconds: phase.seconds });
    await runStoppable(live, phase.seconds);
    if (load.trace !== null) context.onNote(traceText(load.trace));
    const verdict = judge(phase, live, context);
    return {
      ...measured(live, seconds),
      phase,
      boundPerSecond: finalBound(phase, live, load, context),
      verdict,
    };
  } finally {
    load.trace?.close();
  }
}

/** The start of the measurement, and the shift in its middle. */
function schedule(
  { rack }: LiveRack,
  { keySpace }: PhaseLoad,
  { warmUpSeconds, seconds }: { readonly warmUpSeconds: number; readonly seconds: number },
): void {
  const at = (second: number): Nanos => rack.kernel.now + second * 1e9;
  rack.kernel.at(at(warmUpSeconds), () => rack.measureFrom());
  // Uniform keys are as hot as one another: a shift would change nothing.
  if (keySpace === null) return;
  rack.kernel.at(at((warmUpSeconds + seconds) / 2), () => keySpace.hotIn(shiftedKeys(keySpace.n)));
}

function measured(
  { rack }: LiveRack,
  seconds: readonly RackFigures[],
): Omit<PhaseResult, 'phase' | 'boundPerSecond' | 'verdict'> {
  const reading = rack.reading();
  const fullest = seconds.map(({ servers }) => Math.max(...servers.map(({ utilisation }) => utilisation)));
  return {
    offeredPerSecond: reading.offeredPerSecond,
    answeredPerSecond: reading.throughputPerSecond,
    p50Us: reading.p50Us,
    p99Us: reading.p99Us,
    p99TypicalUs: median(seconds.map(({ p99Us }) => p99Us).filter((us) => us > 0)) ?? reading.p99Us,
    lost: reading.lost,
    fullestUtilisation: mean(fullest) ?? Math.max(...reading.utilisation),
    hotKeys: rack.hotKeys().length,
    lagMsMax: Math.max(0, ...seconds.map(({ lagMs }) => lagMs)),
  };
}

function boundOf({ workload, system }: Phase, { bounds }: RackModel): number | null {
  return bounds[workload]?.[system] ?? null;
}

/** A trace's bound comes from what was read of it. */
function finalBound(
  phase: Phase,
  { rack }: LiveRack,
  { trace }: PhaseLoad,
  { options, model }: PhaseContext,
): number | null {
  if (trace === null || trace.operations === 0) return boundOf(phase, model);
  const { servers } = options;
  const homeOf = (key: number): number => rack.homeOfIndex(key);
  const all = trace.shares(servers, homeOf, 0);
  const replicated = trace.shares(servers, homeOf, HOT_KEYS);
  return boundsOfShares(servers, model.serverPerSecond, { all, replicated })[phase.system];
}

function judge(phase: Phase, { rack }: LiveRack, context: PhaseContext): Verdict | null {
  const { history } = rack;
  const { options, historyFile, onNote } = context;
  if (history === null) return null;
  history.finish();
  historyFile?.append(`${phase.workload}-${phase.system}`, history.operations());
  if (!options.check) return null;
  onNote(`judging ${history.length} operations …`);
  const startedMs = performance.now();
  return checkLinearizable(history.operations(), {
    elapsedNs: () => (performance.now() - startedMs) * 1e6,
    elapsedNsMax: CHECK_SECONDS_MAX * 1e9,
  });
}

/** How much of a trace a phase came through, and what of it the rack was not asked for. */
function traceText({ operations, readThrough, oversized, skipped }: TraceSource): string {
  const times = readThrough === 0 ? 'not yet to its end' : `to its end ${formatCount(readThrough)} times`;
  const tooLarge =
    oversized === 0 ? '' : `; ${formatCount(oversized)} writes in it are too large for a packet`;
  const names = Object.entries(skipped).map(([name, count]) => `${name} ${formatCount(count)}`);
  const noEqual = names.length === 0 ? '' : `; without an equal here, and passed over: ${names.join(', ')}`;
  return `${formatCount(operations)} operations of the trace, ${times}${tooLarge}${noEqual}`;
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
