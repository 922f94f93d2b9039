/** What a running rack shows: to the live view, and as JSON to whoever asks its control address. */
import type { Rack, RackReading, System } from '@ballast/rack';

/** What the owner of a rack knows about it. */
export interface RackDescription {
  /** Name of what is being run: 'skewed, pegasus'. */
  readonly phase: string;
  /** 'uniform', 'Zipf 1.2', or a trace's file name. */
  readonly workload: string;
  /** Load that clients are to offer, operations a second. */
  readonly offeredPerSecond: number;
  /** Analytic bound of this system under this workload, operations a second; null: not known. */
  readonly boundPerSecond: number | null;
}

export interface ServerFigures {
  readonly id: number;
  /** Share of its CPU time in use. */
  readonly utilisation: number;
  /** Requests that wait or are in service. */
  readonly queue: number;
}

export interface HotKeyFigures {
  readonly key: string;
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
  /** Servers that hold its newest version. */
  readonly replicas: readonly number[];
}

/** The last whole second of a rack. Rates are operations a second of the rack's time. */
export interface RackFigures extends RackDescription {
  readonly system: System;
  readonly seed: number;
  /** Rack time since it started. */
  readonly elapsedSeconds: number;
  /** Operations answered. */
  readonly throughputPerSecond: number;
  /** What came: the offered load as it was drawn. */
  readonly arrivedPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Operations that ended without an answer or were never sent. */
  readonly lost: number;
  /** Operations that wait at the clients for a place. */
  readonly backlog: number;
  /** What all servers can do, operations a second. */
  readonly capacityPerSecond: number;
  readonly servers: readonly ServerFigures[];
  /** The directory, hottest first. */
  readonly hotKeys: readonly HotKeyFigures[];
  /** Client ids of the hosts that are attached. */
  readonly hosts: readonly number[];
  /** How far the rack's time was behind the clock at most. */
  readonly lagMs: number;
}

/** What the rack's servers can do together, operations a second. */
export function capacityOf({ options }: Rack): number {
  return (options.servers * options.serverCores * 1e9) / options.service.meanNs;
}

/** What one window of a rack looks like. */
export function figuresOf(
  rack: Rack,
  description: RackDescription,
  window: RackReading,
  outside: { readonly hosts: readonly number[]; readonly lagMs: number },
): RackFigures {
  return {
    ...description,
    ...outside,
    system: rack.options.system,
    seed: rack.options.seed,
    elapsedSeconds: rack.kernel.now / 1e9,
    throughputPerSecond: window.throughputPerSecond,
    arrivedPerSecond: window.offeredPerSecond,
    p50Us: window.p50Us,
    p99Us: window.p99Us,
    lost: window.lost,
    backlog: rack.clients.reduce((sum, node) => sum + node.core.backlog, 0),
    capacityPerSecond: capacityOf(rack),
    servers: rack.servers.map((node, id) => ({
      id,
      utilisation: window.utilisation[id] ?? 0,
      queue: node.queueLength,
    })),
    hotKeys: rack.hotKeys(),
  };
}
