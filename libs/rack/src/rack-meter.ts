/** What the clients of a rack, or of a chain of racks, get, and what its servers spend on it. */
import type { Nanos } from '@ballast/base';
import type { Kernel, SimNode } from '@ballast/sim';
import type { Histogram } from '@ballast/workload';
import { latencyHistogram, type LoadClient } from './load-client.ts';

/** One window of measurement, over all clients. */
export interface RackReading {
  readonly throughputPerSecond: number;
  readonly offeredPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly meanUs: number;
  /** Of the writes alone; 0 when there were none. */
  readonly writeP50Us: number;
  readonly writeP99Us: number;
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

export interface Metered {
  readonly kernel: Kernel;
  readonly clients: readonly SimNode<LoadClient>[];
  readonly servers: readonly SimNode[];
  readonly serverCores: number;
}

export class RackMeter {
  readonly #metered: Metered;
  /** Where `reading` and `takeWindow` count from. */
  #measured: Mark;
  #window: Mark;

  constructor(metered: Metered) {
    this.#metered = metered;
    this.#measured = this.#mark();
    this.#window = this.#measured;
  }

  /** Starts the measurement that `reading` reads. */
  measureFrom(): void {
    this.#measured = this.#mark();
    for (const node of this.#metered.clients) node.command((core, now) => core.measureFrom(now));
  }

  /** What was measured since `measureFrom`. Latencies are of operations meant to be sent since then. */
  reading(): RackReading {
    const cores = this.#metered.clients.map((node) => node.core);
    const latencies = merged(cores.map((core) => core.latencies));
    const writes = merged(cores.map((core) => core.writeLatencies));
    return this.#readingSince(this.#measured, latencies, writes);
  }

  /** What happened since the last call. Latencies are of operations that ended since then: for live views. */
  takeWindow(): RackReading {
    const cores = this.#metered.clients.map((node) => node.core);
    const histograms = cores.map((core) => core.windowLatencies);
    const writes = cores.map((core) => core.windowWriteLatencies);
    const reading = this.#readingSince(this.#window, merged(histograms), merged(writes));
    this.#window = this.#mark();
    for (const histogram of [...histograms, ...writes]) histogram.reset();
    return reading;
  }

  #readingSince(since: Mark, latencies: Histogram, writes: Histogram): RackReading {
    const mark = this.#mark();
    const elapsedNs = Math.max(1, mark.ns - since.ns);
    return {
      throughputPerSecond: ((mark.ok - since.ok) / elapsedNs) * 1e9,
      offeredPerSecond: ((mark.started - since.started) / elapsedNs) * 1e9,
      p50Us: latencies.percentile(50) / 1000,
      p99Us: latencies.percentile(99) / 1000,
      meanUs: latencies.mean / 1000,
      writeP50Us: writes.percentile(50) / 1000,
      writeP99Us: writes.percentile(99) / 1000,
      operations: latencies.count,
      lost: mark.lost - since.lost,
      utilisation: mark.busyNs.map(
        (busyNs, id) => (busyNs - since.busyNs[id]!) / elapsedNs / this.#metered.serverCores,
      ),
    };
  }

  #mark(): Mark {
    const { kernel, clients, servers } = this.#metered;
    let ok = 0;
    let started = 0;
    let lost = 0;
    for (const { core } of clients) {
      ok += core.counters.ok;
      started += core.counters.started;
      lost += core.counters.failed + core.counters.unknown + core.counters.shed;
    }
    return { ns: kernel.now, ok, started, lost, busyNs: servers.map((node) => node.stats.busyNs) };
  }
}

function merged(histograms: readonly Histogram[]): Histogram {
  const all = latencyHistogram();
  for (const histogram of histograms) all.merge(histogram);
  return all;
}
