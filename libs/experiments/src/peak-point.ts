/** A point of a figure of throughput at the latency objective: one rack, one search. */
import { oneServerPeak } from './bounds.ts';
import type { LoadedRack, Point, PointRun, Row } from './experiment.ts';
import type { Parameters } from './parameters.ts';
import { findPeak, probesOf, WARM_UP_SHARE } from './peak.ts';
import type { SEARCH, Setting } from './rack-parameters.ts';
import { learn, learningWork, makeStorageRack, type StorageRack } from './storage-rack.ts';

export type PeakSetting = Setting & Parameters<typeof SEARCH>;

/** Loading a key into the store takes as long as simulating so many requests. */
const WORK_PER_KEY = 0.2;

export interface PeakColumns {
  /** Columns that tell this point from the others, such as { system, zipf }; they name it too. */
  readonly head: Row;
  /** The same for people, without the system: 'Zipf 1.2'. */
  readonly words: string;
  /** More columns, of the rack at the end. */
  readonly tail?: (made: StorageRack) => Row;
}

export function peakPoint(setting: PeakSetting, { head, words, tail }: PeakColumns): Point {
  return {
    name: nameOf(head),
    label: `${setting.system}, ${words}`,
    work: peakWork(setting),
    measure: (run) => {
      const made = makeStorageRack(setting, run);
      learn(made);
      const figures = measurePeak(made, setting, run);
      return { rows: [{ ...head, ...figures, ...tail?.(made) }], rack: made.rack };
    },
  };
}

/** 'pegasus-zipf-1.2' of { system: 'pegasus', zipf: 1.2 }: what a run is called in histories and verdicts. */
export function nameOf(head: Row): string {
  const parts = Object.entries(head).map(([column, value]) =>
    typeof value === 'string' ? value : `${column}-${String(value)}`,
  );
  return parts.join('-');
}

/** Columns of a rack's peak. `capacity` is what its servers could do with equal parts of the load. */
export function measurePeak(
  made: Pick<StorageRack, 'boundOptions' | 'bound'> & { readonly rack: LoadedRack },
  setting: Parameters<typeof SEARCH> & Pick<Setting, 'slo-us'>,
  run: PointRun,
  { bound = made.bound, capacity = equalCapacity(made) } = {},
) {
  const { operations, precision, 'slo-us': sloUs } = setting;
  let probes = 0;
  const peak = findPeak(made.rack, {
    sloUs,
    operations,
    precision,
    guessPerSecond: bound,
    onProbe: () => run.progress(++probes / (probesOf(setting) + 1)),
  });
  const throughput = peak?.throughputPerSecond ?? 0;
  return {
    throughputAtSlo: Math.round(throughput),
    p99Us: round(peak?.reading.p99Us ?? 0, 2),
    bound: Math.round(bound),
    capacityShare: round(throughput / capacity, 4),
  };
}

/** In simulated requests. */
export function peakWork(setting: PeakSetting): number {
  const probes = probesOf(setting) * setting.operations * (1 + WARM_UP_SHARE);
  return probes + learningWork(setting) + loadingWork(setting);
}

export function loadingWork({ keys }: Pick<Setting, 'keys'>): number {
  return keys * WORK_PER_KEY;
}

/** What equal servers could do under the objective, each with its own queue and an equal part of the load. */
export function equalCapacity({ boundOptions }: Pick<StorageRack, 'boundOptions'>): number {
  return boundOptions.servers * oneServerPeak(boundOptions);
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
