/**
 * A load generator: draws operations from a workload, sends them through a Pegasus client, and measures
 * each from the instant at which it was meant to be sent, so that a slow rack cannot hide its own delays.
 */
import {
  assert,
  type Core,
  type Frame,
  type Nanos,
  NEVER,
  type PortNumber,
  type Prng,
  type Sink,
} from '@ballast/base';
import type { HistoryRecorder } from '@ballast/checkers';
import {
  type ClientConfig,
  type Completion,
  PegasusClient,
  SubmitRefusal,
  WINDOW_MAX,
} from '@ballast/pegasus';
import { type ArrivalProcess, Histogram, type KeyNames, Operation, PoissonArrivals } from '@ballast/workload';

/** Bytes at the start of every value: who wrote it, and which of its writes it was. */
export const VALUE_MARK_BYTES = 8;
/** Operations that wait for a place; more are shed and counted. */
export const BACKLOG_MAX = 65_536;

/** What is asked for: a Workload, or the lines of a trace. Clients may share one. */
export interface OperationSource {
  /** Draws the next operation into `out`. */
  next(prng: Prng, out: Operation): void;
  /** The insert of `key` was answered or given up. */
  settle(key: number): void;
}

export interface LoadClientConfig {
  readonly client: Omit<ClientConfig, 'onComplete'>;
  /** Number in histories. */
  readonly process: number;
  readonly workload: OperationSource;
  readonly keyNames: KeyNames;
  /** When operations start; null: after each completion the next one (see `users`). */
  readonly arrivals: ArrivalProcess | null;
  /** Closed loop: operations kept in progress. */
  readonly users: number;
  /** Open loop: operations in progress at most. Those that come meanwhile wait, and their latency counts. */
  readonly outstandingMax: number;
  /** No operation starts at or after this instant. */
  readonly stopNs: Nanos;
  readonly history: HistoryRecorder | null;
  readonly prng: Prng;
}

export interface LoadCounters {
  started: number;
  ok: number;
  failed: number;
  unknown: number;
  /** Never sent: the backlog was full. */
  shed: number;
}

const KINDS = ['get', 'put', 'delete'] as const;
const PUT = 1;

export class LoadClient implements Core {
  readonly client: PegasusClient;
  /** Latencies in ns of the operations meant to be sent from `measureFrom` on. */
  readonly latencies = latencyHistogram();
  /** The same of the writes alone. */
  readonly writeLatencies = latencyHistogram();
  readonly windowWriteLatencies = latencyHistogram();
  /** Of the operations that ended since `takeWindow`, whenever they were meant to be sent. */
  readonly windowLatencies = latencyHistogram();
  readonly counters: LoadCounters = { started: 0, ok: 0, failed: 0, unknown: 0, shed: 0 };
  readonly #config: LoadClientConfig;
  readonly #operation = new Operation();
  /** The operation was drawn but found no place: it is the next to be sent. */
  #isDrawn = false;
  readonly #key: Uint8Array;
  #value = new Uint8Array(4096);
  #valueView = new DataView(this.#value.buffer);
  #sequence = 0;
  #measureFromNs: Nanos = 0;
  #stopNs: Nanos;
  #closedLoopStarted = false;
  // Per token.
  readonly #intendedNs = new Float64Array(WINDOW_MAX);
  readonly #historyToken = new Float64Array(WINDOW_MAX);
  readonly #keyIndex = new Float64Array(WINDOW_MAX);
  /** Of a read that is to be followed by a write: the bytes to write; else -1. */
  readonly #thenWriteBytes = new Int32Array(WINDOW_MAX).fill(-1);
  readonly #isInsert = new Uint8Array(WINDOW_MAX);
  /** Intended instants of the operations that wait for a place, oldest first: a ring. */
  readonly #backlog = new Float64Array(BACKLOG_MAX);
  #backlogHead = 0;
  #backlogCount = 0;

  constructor(config: LoadClientConfig) {
    this.#config = config;
    this.#stopNs = config.stopNs;
    this.#key = new Uint8Array(config.keyNames.bytesMax);
    this.client = new PegasusClient({
      ...config.client,
      onComplete: (now, done) => this.#completed(now, done),
    });
  }

  get deadlineNs(): Nanos {
    return Math.min(this.client.deadlineNs, this.#nextStartNs());
  }

  /** Operations that have come but not been sent. */
  get backlog(): number {
    return this.#backlogCount;
  }

  /** Forgets what was measured; operations meant to be sent from `now` on count. */
  measureFrom(now: Nanos): void {
    this.#measureFromNs = now;
    this.latencies.reset();
    this.writeLatencies.reset();
  }

  /** No operation starts from `now` on. */
  stop(now: Nanos): void {
    this.#stopNs = now;
  }

  /** Starts one operation beside the load: for scripts. `valueBytes` counts for a put. */
  perform(now: Nanos, op: 'get' | 'put' | 'delete', key: number, valueBytes = VALUE_MARK_BYTES): void {
    const token = this.#submit(now, now, KINDS.indexOf(op), key, valueBytes);
    assert(token >= 0, 'a script has a few operations in progress');
  }

  setRate(ratePerSecond: number, now: Nanos): void {
    this.#config.arrivals?.setRate(ratePerSecond, now, this.#config.prng);
  }

  handle(now: Nanos, port: PortNumber, frame: Frame): void {
    this.client.handle(now, port, frame);
    this.#sendBacklog(now);
  }

  timeout(now: Nanos): void {
    this.client.timeout(now);
    this.#sendBacklog(now); // Requests that were given up have made room.
    const { arrivals, prng } = this.#config;
    if (arrivals === null) return this.#startClosedLoop(now);
    while (arrivals.nextNs <= now && arrivals.nextNs < this.#stopNs) {
      const intendedNs = arrivals.nextNs;
      arrivals.advance(prng);
      this.#arrive(now, intendedNs);
    }
  }

  drain(sink: Sink): void {
    this.client.drain(sink);
  }

  #nextStartNs(): Nanos {
    const { arrivals } = this.#config;
    if (arrivals === null) return this.#closedLoopStarted || this.#stopNs <= 0 ? NEVER : 0;
    return arrivals.nextNs < this.#stopNs ? arrivals.nextNs : NEVER;
  }

  #startClosedLoop(now: Nanos): void {
    if (this.#closedLoopStarted) return;
    this.#closedLoopStarted = true;
    for (let user = 0; user < this.#config.users; user++) this.#arrive(now, now);
  }

  /** An operation is to start; it waits when there is no place for it, or others wait already. */
  #arrive(now: Nanos, intendedNs: Nanos): void {
    this.counters.started++;
    if (this.#backlogCount === 0 && this.#start(now, intendedNs)) return;
    if (this.#backlogCount === BACKLOG_MAX) {
      this.counters.shed++;
      return;
    }
    this.#backlog[(this.#backlogHead + this.#backlogCount++) % BACKLOG_MAX] = intendedNs;
  }

  #sendBacklog(now: Nanos): void {
    while (this.#backlogCount > 0 && this.#start(now, this.#backlog[this.#backlogHead]!)) {
      this.#backlogHead = (this.#backlogHead + 1) % BACKLOG_MAX;
      this.#backlogCount--;
    }
  }

  /** Sends the next operation; false when there is no place for one more. */
  #start(now: Nanos, intendedNs: Nanos): boolean {
    if (this.client.outstanding >= this.#config.outstandingMax) return false;
    const operation = this.#operation;
    if (!this.#isDrawn) this.#config.workload.next(this.#config.prng, operation);
    const { kind, key, valueBytes } = operation;
    const token = this.#submit(now, intendedNs, opOf(kind), key, valueBytes);
    this.#isDrawn = token === SubmitRefusal.WindowFull;
    if (token >= 0) {
      this.#thenWriteBytes[token] = kind === 'readModifyWrite' ? valueBytes : -1;
      this.#isInsert[token] = kind === 'insert' ? 1 : 0;
    } else if (token === SubmitRefusal.TooLarge) {
      this.counters.failed++;
    }
    return !this.#isDrawn;
  }

  /** @param op index into KINDS */
  #submit(now: Nanos, intendedNs: Nanos, op: number, key: number, valueBytes: number): number {
    const { keyNames, history, process } = this.#config;
    const keyBytes = keyNames.write(key, this.#key, 0);
    const bytes = op === PUT ? Math.max(valueBytes, VALUE_MARK_BYTES) : 0;
    if (op === PUT) this.#writeValue(bytes);
    const token = this.client.submit(now, KINDS[op]!, this.#key, keyBytes, this.#value, bytes);
    if (token < 0) return token;
    this.#intendedNs[token] = intendedNs;
    this.#keyIndex[token] = key;
    this.#thenWriteBytes[token] = -1;
    this.#isInsert[token] = 0;
    if (history !== null) {
      const written = op === PUT ? `${process}.${this.#sequence}` : null;
      this.#historyToken[token] = history.invoke(process, KINDS[op]!, keyNames.format(key), written, now);
    }
    return token;
  }

  #writeValue(bytes: number): void {
    if (bytes > this.#value.length) {
      this.#value = new Uint8Array(bytes * 2);
      this.#valueView = new DataView(this.#value.buffer);
    }
    this.#sequence++;
    this.#valueView.setUint32(0, this.#config.process);
    this.#valueView.setUint32(4, this.#sequence);
  }

  #completed(now: Nanos, done: Completion): void {
    const { token, outcome } = done;
    const intendedNs = this.#intendedNs[token]!;
    const { history, workload } = this.#config;
    if (outcome === 'ok') this.counters.ok++;
    else if (outcome === 'failed') this.counters.failed++;
    else this.counters.unknown++;
    if (history !== null) {
      const verdict = outcome === 'failed' ? 'fail' : outcome;
      history.complete(
        this.#historyToken[token]!,
        now,
        verdict,
        done.op === 'get' && done.found ? valueText(done) : null,
      );
    }
    if (this.#isInsert[token] === 1) workload.settle(this.#keyIndex[token]!);
    const thenWriteBytes = this.#thenWriteBytes[token]!;
    if (thenWriteBytes >= 0 && outcome === 'ok') {
      // The write of a read-modify-write belongs to the same operation: one latency for both.
      this.#submit(now, intendedNs, PUT, this.#keyIndex[token]!, thenWriteBytes);
      return;
    }
    this.#measure(now - intendedNs, intendedNs >= this.#measureFromNs, done.op !== 'get');
    if (this.#config.arrivals === null && now < this.#stopNs) this.#arrive(now, now);
  }

  #measure(latencyNs: Nanos, isMeasured: boolean, isWrite: boolean): void {
    this.windowLatencies.record(latencyNs);
    if (isMeasured) this.latencies.record(latencyNs);
    if (!isWrite) return;
    this.windowWriteLatencies.record(latencyNs);
    if (isMeasured) this.writeLatencies.record(latencyNs);
  }
}

/** Up to a hundred seconds, to a thousandth; all of one shape, so that clients' can be merged. */
export function latencyHistogram(): Histogram {
  return new Histogram({ unit: 16, highest: 100_000_000_000, digits: 3 });
}

function opOf(kind: Operation['kind']): number {
  if (kind === 'get' || kind === 'readModifyWrite') return 0;
  return kind === 'delete' ? 2 : PUT;
}

/** What a history says of a value: the mark of its writer. */
export function valueText({ bytes, valueStart, valueBytes }: Completion): string {
  if (valueBytes < VALUE_MARK_BYTES) return `short:${valueBytes}`;
  const view = new DataView(bytes.buffer, bytes.byteOffset + valueStart, VALUE_MARK_BYTES);
  return `${view.getUint32(0)}.${view.getUint32(4)}`;
}

/** Arrivals of an open loop, from the start of time. */
export function poissonArrivals(ratePerSecond: number, prng: Prng): ArrivalProcess {
  return new PoissonArrivals({ ratePerSecond, startNs: 0 }, prng);
}

/** Users of a closed loop, dealt over the clients. */
export function usersOf(users: number, clients: number, index: number): number {
  return Math.floor(users / clients) + (index < users % clients ? 1 : 0);
}
