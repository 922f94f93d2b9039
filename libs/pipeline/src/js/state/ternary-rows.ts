/**
 * Ternary entries in the order in which they win. A look-up goes through them until one matches: 1 ns a row,
 * which is right for up to some hundred rows and wrong for thousands.
 */
export interface TernaryKey {
  readonly value: Int32Array;
  /** Bits that are 0 do not matter. */
  readonly mask: Int32Array;
}

export class TernaryRows {
  count = 0;
  /** By word of the key, then by row. */
  readonly values: readonly Int32Array[];
  readonly masks: readonly Int32Array[];
  /** By row. */
  readonly entries: Int32Array;
  readonly #priorities: Float64Array;

  constructor(words: number, size: number) {
    this.values = Array.from({ length: words }, () => new Int32Array(size));
    this.masks = Array.from({ length: words }, () => new Int32Array(size));
    this.entries = new Int32Array(size);
    this.#priorities = new Float64Array(size);
  }

  /** Behind those of equal priority, which were there first. Precondition: there is room. */
  insert({ value, mask }: TernaryKey, priority: number, entry: number): void {
    let row = this.count;
    while (row > 0 && this.#priorities[row - 1]! < priority) row--;
    for (const column of this.#columns()) column.copyWithin(row + 1, row, this.count);
    this.values.forEach((column, word) => (column[row] = value[word]!));
    this.masks.forEach((column, word) => (column[row] = mask[word]!));
    this.entries[row] = entry;
    this.#priorities[row] = priority;
    this.count++;
  }

  /** Precondition: the entry is there. */
  remove(entry: number): void {
    const row = this.entries.subarray(0, this.count).indexOf(entry);
    for (const column of this.#columns()) column.copyWithin(row, row + 1, this.count);
    this.count--;
  }

  #columns(): (Int32Array | Float64Array)[] {
    return [...this.values, ...this.masks, this.entries, this.#priorities];
  }
}
