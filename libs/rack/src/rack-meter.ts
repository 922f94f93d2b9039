/** What a rack does, measured at its clients and its servers' CPUs. */
import type { Nanos } from '@ballast/base';
import type { SimNode } from '@ballast/sim';
import type { Histogram } from '@ballast/workload';
import { latencyHistogram, type LoadClient } from './load-client.ts';
import type { StorageCore } from './storage-core.ts';

/** One window of measurement, over all clients. */
export interface RackReading {
  readonly throughputPerSecond: number;
  readonly offeredPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly meanUs: number;
  readonly operations: number;
  /** Operations that ended without an answer or were never sent. */
  readonly lost: number;
  /** Per server: share of its CPU time in use. */
  readonly utilisation: readonly number[];
}

/** Totals at an instant. */
interface Mark {
  readonly ns: Nanos;
  readonly ok: number;
  readonly started: number;
  readonly lost: number;
  /** By server. */
  readonly busyNs: readonly Nanos[];
}

export interface MeteredNodes {
  readonly clients: readonly SimNode<LoadClient>[];
  readonly servers: readonly SimNode<StorageCore>[];
  readonly serverCores: number;
  /** The rack's time. */
  readonly now: () => Nanos;
}

export class RackMeter {
  readonly #nodes: MeteredNodes;
  /** Where `reading` and `takeWindow` count from. */
  #measured: Mark;
  #window: Mark;

  constructor(nodes: MeteredNodes) {
    this.#nodes = nodes;
    this.#measured = this.#mark();
    this.#window = this.#measured;
  }

  /** Starts the measurement that `reading` reads. */
  measureFrom(): void {
    this.#measured = this.#mark();
    for (const node of this.#nodes.clients) node.command((core, now) => core.measureFrom(now));
  }

  /** What was measured since `measureFrom`. Latencies are of operations meant to be sent since then. */
  reading(): RackReading {
    return this.#since(this.#measured, merged(this.#nodes.clients.map((node) => node.core.latencies)));
  }

  /** What happened since the last call. Latencies are of operations that ended since then: for live views. */
  takeWindow(): RackReading {
    const histograms = this.#nodes.clients.map((node) => node.core.windowLatencies);
    const reading = this.#since(this.#window, merged(histograms));
    this.#window = this.#mark();
    for (const histogram of histograms) histogram.reset();
    return reading;
  }

  #since(since: Mark, latencies: Histogram): RackReading {
    const mark = this.#mark();
    const elapsedNs = Math.max(1, mark.ns - since.ns);
    return {
      throughputPerSecond: ((mark.ok - since.ok) / elapsedNs) * 1e9,
      offeredPerSecond: ((mark.started - since.started) / elapsedNs) * 1e9,
      p50Us: latencies.percentile(50) / 1000,
      p99Us: latencies.percentile(99) / 1000,
      meanUs: latencies.mean / 1000,
      operations: latencies.count,
      lost: mark.lost - since.lost,
      utilisation: mark.busyNs.map(
        (busyNs, id) => (busyNs - since.busyNs[id]!) / elapsedNs / this.#nodes.serverCores,
      ),
    };
  }

  #mark(): Mark {
    const { clients, servers, now } = this.#nodes;
    let ok = 0;
    let started = 0;
    let lost = 0;
    for (const { core } of clients) {
      ok += core.counters.ok;
      started += core.counters.started;
      lost += core.counters.failed + core.counters.unknown + core.counters.shed;
    }
    return { ns: now(), ok, started, lost, busyNs: servers.map((node) => node.stats.busyNs) };
  }
}

function merged(histograms: readonly Histogram[]): Histogram {
  const all = latencyHistogram();
  for (const histogram of histograms) all.merge(histogram);
  return all;
}
