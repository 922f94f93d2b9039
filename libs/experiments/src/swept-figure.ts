/** Figures that vary one thing of a rack and find each system's throughput at the objective. */
import type { System } from '@ballast/rack';
import type { Point } from './experiment.ts';
import { type PeakColumns, peakPoint, type PeakSetting } from './peak-point.ts';
import { RACK, SEARCH, SYSTEMS_COMPARED } from './rack-parameters.ts';
import { requireFeasible } from './storage-rack.ts';

/** Parameters of such figures; each makes one of them, or more, a list. */
export const SWEPT = { ...RACK, ...SEARCH, systems: SYSTEMS_COMPARED } as const;

/** One point for each value and system. @throws ParameterError where no request can meet the objective */
export function sweep(
  systems: readonly System[],
  values: readonly number[],
  settingOf: (value: number) => Omit<PeakSetting, 'system'>,
  columnsOf: (value: number, system: System) => PeakColumns,
): Point[] {
  return values.flatMap((value) => {
    const setting = settingOf(value);
    requireFeasible(setting);
    return systems.map((system) => peakPoint({ ...setting, system }, columnsOf(value, system)));
  });
}
