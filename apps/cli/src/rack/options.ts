import { basename } from 'node:path';
import type { Durability, System } from '@ballast/rack';
import type { TraceFormat, WorkloadDescription } from '@ballast/workload';

/** What `rack up` compares. */
export type LiveSystem = Extract<System, 'hashing' | 'pegasus'>;
const LIVE_SYSTEMS: readonly LiveSystem[] = ['hashing', 'pegasus'];

/** What `ballast rack up` was asked for, every value within its range. */
export interface RackUpOptions {
  readonly servers: number;
  readonly serviceUs: number;
  /** Operations a second; null: OFFERED_SHARE of the capacity. */
  readonly rate: number | null;
  readonly zipf: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly writeRatio: number;
  readonly seed: number;
  /** Of all phases together. */
  readonly seconds: number;
  readonly system: LiveSystem | 'both';
  /** Further servers, without a part of the ring at first. */
  readonly standby: number;
  /** Folder in which the rack survives this process; null: nowhere. */
  readonly data: string | null;
  readonly durability: Durability;
  readonly keep: boolean;
  /** Path of a trace that takes the place of the uniform and the skewed workload. */
  readonly workload: string | null;
  /** In place of the uniform and the skewed workload; `zipf`, `writeRatio` and `valueBytes` are its. */
  readonly preset: WorkloadDescription | null;
  /** Of the trace; null: whichever its first lines have. */
  readonly workloadFormat: TraceFormat | null;
  /** Pass writes of the trace that fit no packet over. */
  readonly skipOversized: boolean;
  readonly host: string;
  readonly port: number;
  readonly json: boolean;
  readonly check: boolean;
  readonly history: string | null;
}

/** What a phase runs. */
export type WorkloadKind = 'uniform' | 'skewed' | 'preset' | 'trace';

/** Share of the capacity that clients offer when no rate is given. */
export const OFFERED_SHARE = 0.7;
/** Load generators; together they offer the load. */
export const CLIENTS = 8;
/** Operations that a client has in progress at most, as a connection pool has a size. */
export const OUTSTANDING_MAX = 64;
/** Keys that the directory holds, and that change when the hot set shifts. */
export const HOT_KEYS = 64;

/** The systems that are compared, in the order in which they run. */
export function systemsOf({ system }: Pick<RackUpOptions, 'system'>): readonly LiveSystem[] {
  return system === 'both' ? LIVE_SYSTEMS : [system];
}

/** For people: 'uniform', 'Zipf 1.2', or the name of the preset or of the trace's file. */
export function labelOf(workload: WorkloadKind, options: RackUpOptions): string {
  if (options.workload !== null) return basename(options.workload);
  if (options.preset !== null) return options.preset.name;
  return workload === 'uniform' ? 'uniform' : `Zipf ${options.zipf}`;
}
