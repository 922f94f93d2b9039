import { assert, type Nanos, NEVER } from '@ballast/base';
import type { Operation, OperationKind, Outcome } from './history.ts';

const OPERATIONS_AT_FIRST = 1024;

export const KINDS = ['get', 'put', 'delete'] as const satisfies readonly OperationKind[];
export const OUTCOMES = ['ok', 'fail', 'unknown'] as const satisfies readonly Outcome[];

/** The id of the value null: the key is not there. */
export const ABSENT = 0;

/**
 * A history as columns: 30 bytes an operation in typed arrays, each key and each value stored once.
 *
 * A million operations as objects would cost several times as much and the garbage collector's attention.
 * Iterating makes the objects again, one at a time.
 */
export class HistoryColumns implements Iterable<Operation> {
  #length = 0;
  #process = new Int32Array(OPERATIONS_AT_FIRST);
  #invoke = new Float64Array(OPERATIONS_AT_FIRST);
  #return = new Float64Array(OPERATIONS_AT_FIRST); // NEVER: in progress, or given up.
  #keyId = new Int32Array(OPERATIONS_AT_FIRST);
  #valueId = new Int32Array(OPERATIONS_AT_FIRST);
  #kind = new Uint8Array(OPERATIONS_AT_FIRST);
  #outcome = new Uint8Array(OPERATIONS_AT_FIRST);
  readonly #keys: string[] = [];
  readonly #keyIds = new Map<string, number>();
  readonly #values: (string | null)[] = [null];
  readonly #valueIds = new Map<string, number>();

  /** The history itself when it is in columns already, else a copy. */
  static from(history: Iterable<Operation>): HistoryColumns {
    if (history instanceof HistoryColumns) return history;
    const columns = new HistoryColumns();
    for (const operation of history) columns.append(operation);
    return columns;
  }

  get length(): number {
    return this.#length;
  }

  get keyCount(): number {
    return this.#keys.length;
  }

  get valueCount(): number {
    return this.#values.length;
  }

  /** Adds one operation that came to its end. */
  append(operation: Operation): void {
    const { process, invoke, return: returned, operation: kind, key, value, outcome } = operation;
    assert(
      (returned === null) === (outcome === 'unknown'),
      'an operation is unknown if and only if it is open',
    );
    const index = this.open(process, invoke, kind, key, value);
    if (returned !== null) this.close(index, returned, outcome, value);
  }

  /** Adds an operation in progress and returns its index. Until it is closed its outcome is 'unknown'. */
  open(process: number, now: Nanos, kind: OperationKind, key: string, value: string | null): number {
    assert(
      kind === 'get' || (value !== null) === (kind === 'put'),
      'a put has a value and a delete has none',
    );
    assert(process === (process | 0), `process ${process} is an integer of 32 bits`);
    const index = this.#length;
    if (index === this.#process.length) this.#grow();
    this.#length++;
    this.#process[index] = process;
    this.#invoke[index] = now;
    this.#return[index] = NEVER;
    this.#keyId[index] = this.internKey(key);
    this.#valueId[index] = this.#internValue(value);
    this.#kind[index] = KINDS.indexOf(kind);
    this.#outcome[index] = OUTCOMES.indexOf('unknown');
    return index;
  }

  /** Ends an operation in progress, with 'ok' or 'fail'. `value`: what a get read. */
  close(index: number, now: Nanos, outcome: Outcome, value: string | null): void {
    assert(this.isOpen(index), `operation ${index} is in progress`);
    assert(now >= this.#invoke[index]! && now < NEVER, `operation ${index} returns after it is invoked`);
    this.#return[index] = now;
    this.#outcome[index] = OUTCOMES.indexOf(outcome);
    if (this.kindOf(index) === 'get') this.#valueId[index] = this.#internValue(value);
  }

  isOpen(index: number): boolean {
    return index >= 0 && index < this.#length && this.#return[index] === NEVER;
  }

  /** The operation at `index`, in the order of appending. */
  at(index: number): Operation {
    assert(index >= 0 && index < this.#length, `operation ${index} is one of ${this.#length}`);
    return {
      process: this.#process[index]!,
      invoke: this.#invoke[index]!,
      return: this.isOpen(index) ? null : this.#return[index]!,
      operation: this.kindOf(index),
      key: this.keyText(this.#keyId[index]!),
      value: this.#values[this.#valueId[index]!]!,
      outcome: this.outcomeOf(index),
    };
  }

  *[Symbol.iterator](): Generator<Operation, void, undefined> {
    for (let index = 0; index < this.#length; index++) yield this.at(index);
  }

  processOf(index: number): number {
    return this.#process[index]!;
  }

  invokeOf(index: number): Nanos {
    return this.#invoke[index]!;
  }

  /** NEVER for an operation that is still in progress or was given up. */
  returnOf(index: number): Nanos {
    return this.#return[index]!;
  }

  kindOf(index: number): OperationKind {
    return KINDS[this.#kind[index]!]!;
  }

  outcomeOf(index: number): Outcome {
    return OUTCOMES[this.#outcome[index]!]!;
  }

  /** 0 ... keyCount - 1, in the order of first appearance. */
  keyIdOf(index: number): number {
    return this.#keyId[index]!;
  }

  /** ABSENT, or 1 ... valueCount - 1. Equal values have equal ids. */
  valueIdOf(index: number): number {
    return this.#valueId[index]!;
  }

  keyText(keyId: number): string {
    return this.#keys[keyId]!;
  }

  /** The id of a key, a new one if the history has not seen it. */
  internKey(key: string): number {
    const known = this.#keyIds.get(key);
    if (known !== undefined) return known;
    const keyId = this.#keys.push(key) - 1;
    this.#keyIds.set(key, keyId);
    return keyId;
  }

  #internValue(value: string | null): number {
    if (value === null) return ABSENT;
    const known = this.#valueIds.get(value);
    if (known !== undefined) return known;
    const valueId = this.#values.push(value) - 1;
    this.#valueIds.set(value, valueId);
    return valueId;
  }

  #grow(): void {
    this.#process = doubled(this.#process, Int32Array);
    this.#invoke = doubled(this.#invoke, Float64Array);
    this.#return = doubled(this.#return, Float64Array);
    this.#keyId = doubled(this.#keyId, Int32Array);
    this.#valueId = doubled(this.#valueId, Int32Array);
    this.#kind = doubled(this.#kind, Uint8Array);
    this.#outcome = doubled(this.#outcome, Uint8Array);
  }
}

interface Column<T> {
  readonly length: number;
  set(source: T): void;
}

function doubled<T extends Column<T>>(column: T, Type: new (length: number) => T): T {
  const larger = new Type(2 * column.length);
  larger.set(column);
  return larger;
}
