import { assert, type Nanos } from '@ballast/base';
import { PRELOAD_PROCESS, type Operation, type OperationKind, type Outcome } from './history.ts';
import { HistoryColumns } from './history-columns.ts';

/** Names an operation in progress. */
export type OperationToken = number;

export interface HistoryRecorderOptions {
  /**
   * What the store held before the run, null for a key that it did not hold. Asked once for each key that an
   * operation touches, and recorded as a put of PRELOAD_PROCESS at time 0: a store of ten million objects
   * costs nothing when clients touch a thousand. Default: the store was empty.
   */
  readonly initial?: (key: string) => string | null;
}

/**
 * Collects a history while the clients run.
 *
 * An operation counts as 'unknown' from its invocation until it is completed, so `operations` is a history
 * that may be judged at any time.
 */
export class HistoryRecorder {
  readonly #columns = new HistoryColumns();
  readonly #initial: (key: string) => string | null;
  #finished = false;

  constructor(options: HistoryRecorderOptions = {}) {
    this.#initial = options.initial ?? ((): null => null);
  }

  /** @param value what a put writes; null for a get and a delete. */
  invoke(
    process: number,
    kind: OperationKind,
    key: string,
    value: string | null,
    now: Nanos,
  ): OperationToken {
    assert(!this.#finished, 'a finished recorder records nothing');
    assert(process >= 0, `process ${process} is a client's`);
    const keysBefore = this.#columns.keyCount;
    if (this.#columns.internKey(key) === keysBefore) this.#preload(key);
    return this.#columns.open(process, now, kind, key, value);
  }

  /**
   * Records what the client learned. With 'unknown' the operation stays open, and may be completed later: a
   * reply that comes after the client gave up is still knowledge.
   *
   * @param value what a get with outcome 'ok' read; ignored in all other cases.
   */
  complete(token: OperationToken, now: Nanos, outcome: Outcome, value: string | null = null): void {
    assert(!this.#finished, 'a finished recorder records nothing');
    assert(this.#columns.isOpen(token), `operation ${token} is in progress`);
    if (outcome === 'unknown') return;
    this.#columns.close(token, now, outcome, outcome === 'ok' ? value : null);
  }

  /** Ends the recording. What is in progress stays 'unknown', with a return of null. */
  finish(): void {
    this.#finished = true;
  }

  /** The history so far, in the order of invocation. A live view, which the checker reads without a copy. */
  operations(): Iterable<Operation> {
    return this.#columns;
  }

  /** Operations recorded, preloads included. */
  get length(): number {
    return this.#columns.length;
  }

  #preload(key: string): void {
    const value = this.#initial(key);
    if (value === null) return;
    const outcome = 'ok';
    const operation = 'put';
    this.#columns.append({ process: PRELOAD_PROCESS, invoke: 0, return: 0, operation, key, value, outcome });
  }
}
