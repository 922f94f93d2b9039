/** Words of a configuration before its bits. */
const HEADER_WORDS = 2;

/** What a step of the budget copies. */
const WORDS_PER_STEP = 8;

/** Stands for the register's value when no read will return it before it changes. */
export const UNREAD = 0xffff_ffff;

/**
 * A set of configurations: the ways in which the operations so far may have been linearized.
 *
 * A configuration is a row of 32-bit words:
 *
 *     value | covered | bits …
 *
 * - value: what the register holds, or UNREAD.
 * - covered: the writes below this number (operations are numbered as invoked) may have taken effect unseen.
 * - a bit for each slot. Set for a read in progress that is served, and for a write in progress that was
 *   seen. Clear for a slot that nobody has.
 *
 * A new row is drafted behind the others, changed there, and committed. A row that another one dominates is
 * left out: whatever may follow it may follow the other.
 */
export class Frontier {
  readonly #stride: number;
  readonly #rowsMax: number;
  readonly #copySteps: number;
  #rows: Uint32Array;
  #count = 0;
  #truncated = false;

  /** @param rowsMax more configurations than this are not kept; `truncated` tells. */
  constructor(slotCount: number, rowsMax: number) {
    this.#stride = rowWords(slotCount);
    this.#rowsMax = rowsMax;
    this.#copySteps = Math.ceil(this.#stride / WORDS_PER_STEP);
    this.#rows = new Uint32Array(2 * this.#stride);
  }

  get count(): number {
    return this.#count;
  }

  /** Whether a row was ever left out for want of room. */
  get truncated(): boolean {
    return this.#truncated;
  }

  valueAt(row: number): number {
    return this.#rows[row * this.#stride]!;
  }

  coveredAt(row: number): number {
    return this.#rows[row * this.#stride + 1]!;
  }

  isSet(row: number, slot: number): boolean {
    return ((this.#rows[row * this.#stride + HEADER_WORDS + (slot >>> 5)]! >>> (slot & 31)) & 1) === 1;
  }

  set(row: number, slot: number): void {
    this.#rows[row * this.#stride + HEADER_WORDS + (slot >>> 5)]! |= 1 << (slot & 31);
  }

  unset(row: number, slot: number): void {
    this.#rows[row * this.#stride + HEADER_WORDS + (slot >>> 5)]! &= ~(1 << (slot & 31));
  }

  clear(): void {
    this.#count = 0;
  }

  /** Drafts an all-zero row. */
  draft(): number {
    this.#makeRoom();
    const at = this.#count * this.#stride;
    this.#rows.fill(0, at, at + this.#stride);
    return this.#count;
  }

  /** Drafts a copy of a row of another frontier with as many slots. Returns its number. */
  draftCopy(from: Frontier, row: number): number {
    this.#makeRoom();
    const source = from.#rows;
    const sourceAt = row * this.#stride;
    const at = this.#count * this.#stride;
    for (let i = 0; i < this.#stride; i++) this.#rows[at + i] = source[sourceAt + i]!;
    return this.#count;
  }

  /** Moves the register of the draft to `value`, which covers all writes invoked so far. */
  switchDraft(value: number, invoked: number): void {
    const at = this.#count * this.#stride;
    this.#rows[at] = value;
    this.#rows[at + 1] = invoked;
  }

  /**
   * Keeps the draft unless a row dominates it, and removes the rows that it dominates.
   *
   * @param covered the same cover as the draft has, by a number that rows with equal covers have in common.
   * @param readSlots bit mask of the slots that reads have.
   * @returns the work in steps: one for each row it was compared with, more when rows are long.
   */
  commit(covered: number, readSlots: Uint32Array): number {
    const stride = this.#stride;
    const rows = this.#rows;
    const draftAt = this.#count * stride;
    rows[draftAt + 1] = covered;
    let row = 0;
    while (row < this.#count) {
      const at = row * stride;
      if (this.#dominates(at, draftAt, readSlots)) return row + this.#copySteps;
      else if (this.#dominates(draftAt, at, readSlots)) this.#replaceByLast(row);
      else row++;
    }
    // Rows went away while the draft stayed where it was.
    if (row * stride !== draftAt) rows.copyWithin(row * stride, draftAt, draftAt + stride);
    if (this.#count === this.#rowsMax) this.#truncated = true;
    else this.#count++;
    return row + this.#copySteps;
  }

  /**
   * More reads served, more writes covered and fewer writes spent can do no harm.
   *
   * An unread value may change at any time, so that its cover does not count: what it covers may be seen
   * instead.
   */
  #dominates(a: number, b: number, readSlots: Uint32Array): boolean {
    const rows = this.#rows;
    if (rows[b] !== UNREAD && (rows[a] !== rows[b] || rows[a + 1]! < rows[b + 1]!)) return false;
    for (let i = HEADER_WORDS; i < this.#stride; i++) {
      const reads = readSlots[i - HEADER_WORDS]!;
      const bitsA = rows[a + i]!;
      const bitsB = rows[b + i]!;
      if (((bitsB & ~bitsA & reads) | (bitsA & ~bitsB & ~reads)) !== 0) return false;
    }
    return true;
  }

  #replaceByLast(row: number): void {
    const stride = this.#stride;
    this.#count--;
    this.#rows.copyWithin(row * stride, this.#count * stride, (this.#count + 1) * stride);
  }

  #makeRoom(): void {
    const words = (this.#count + 1) * this.#stride;
    if (words <= this.#rows.length) return;
    // Room for rowsMax and a draft at most.
    const larger = new Uint32Array(Math.min(2 * this.#rows.length, (this.#rowsMax + 1) * this.#stride));
    larger.set(this.#rows);
    this.#rows = larger;
  }
}

/** The size of a configuration in 32-bit words. */
export function rowWords(slotCount: number): number {
  return HEADER_WORDS + ((slotCount + 31) >>> 5);
}
