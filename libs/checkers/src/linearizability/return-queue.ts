import type { Nanos } from '@ballast/base';

/**
 * Operations in progress, the one that ends first on top: a binary heap.
 *
 * As long as clients are few it stays small, which makes merging invocations with returns cheaper than
 * sorting the returns.
 */
export class ReturnQueue {
  readonly #ends: Float64Array;
  readonly #last: Uint8Array;
  readonly #heap: number[] = [];

  /**
   * @param ends when each operation ends.
   * @param last of operations that end at the same time, those marked 1 come last.
   */
  constructor(ends: Float64Array, last: Uint8Array) {
    this.#ends = ends;
    this.#last = last;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** When the first operation ends. Precondition: not empty. */
  get firstEnd(): Nanos {
    return this.#ends[this.#heap[0]!]!;
  }

  push(operation: number): void {
    const heap = this.#heap;
    let hole = heap.push(operation) - 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#before(operation, heap[parent]!)) break;
      heap[hole] = heap[parent]!;
      hole = parent;
    }
    heap[hole] = operation;
  }

  /** Takes out the operation that ends first. Precondition: not empty. */
  pop(): number {
    const heap = this.#heap;
    const first = heap[0]!;
    const moved = heap.pop()!;
    if (heap.length === 0) return first;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#before(heap[child]!, moved)) break;
      heap[hole] = heap[child]!;
      hole = child;
    }
    heap[hole] = moved;
    return first;
  }

  #before(a: number, b: number): boolean {
    const endA = this.#ends[a]!;
    const endB = this.#ends[b]!;
    return endA < endB || (endA === endB && this.#last[a]! < this.#last[b]!);
  }
}
