import { assert, type Nanos, NEVER } from '@ballast/base';

/** There is no such slot: the wheel is empty, or nothing is due. */
export const NO_SLOT = -1;

const ABSENT = -2;

const LEVELS = 5;
const BUCKETS = 1024;
const WORDS = BUCKETS / 32;
/** Width of a bucket of level 0. A power of two, so that finding a bucket rounds nothing. */
const WIDTH_NS = 64;
/** End of the outermost level; all instants that are exact to a nanosecond lie before it. */
const HORIZON_NS = WIDTH_NS * BUCKETS ** LEVELS;

// Chosen by measurement on a busy 2-core machine, ns per take and insertion, against an indexed 4-ary heap:
// 64 pending events of a rack 44 : 62, 4096 pending 90 : 125, 16 pending 40 : 42. In the whole kernel
// (bench/echo-rack.ts), ns per event: 4 servers 135 : 130, 28 servers 135 : 157, 200 servers 191 : 272.
// A plain calendar queue is faster still (33) where its bucket width fits, and ten times slower where it
// does not.

/**
 * Numbered slots in order of (time, insertion): a hierarchical timing wheel (Varghese and Lauck, 1987).
 *
 * Level 0 has 1024 buckets of 64 ns, level 1 has 1024 of the length of level 0, and so on. A slot goes into
 * the innermost level whose window reaches its time. When the inner levels have run empty, the next bucket
 * of the outer level becomes their window. Buckets are doubly linked lists: sorted in level 0, where a slot
 * goes behind all of its time, in order of insertion further out. So nothing needs a sequence number.
 *
 * Insertion, removal and `take` cost the same however many slots are pending, as long as few of them with
 * different times fall into one 64 ns bucket.
 *
 * Invariant: nothing is inserted before the time of the slot taken last, nor before the last limit at
 * which `take` found nothing due. Windows rely on it: they never go back.
 */
export class TimingWheel {
  // By slot.
  #times = new Float64Array(0);
  #next = new Int32Array(0);
  #previous = new Int32Array(0);

  // By bucket, level after level.
  readonly #heads = new Int32Array(LEVELS * BUCKETS).fill(NO_SLOT);
  readonly #tails = new Int32Array(LEVELS * BUCKETS).fill(NO_SLOT);
  /** Which buckets are not empty, and which words of that are not 0. */
  readonly #occupied = new Int32Array(LEVELS * WORDS);
  readonly #occupiedWords = new Int32Array(LEVELS);

  // By level.
  readonly #bucketsPerNs = Float64Array.from(
    { length: LEVELS },
    (_, level) => 1 / (WIDTH_NS * BUCKETS ** level),
  );
  readonly #windowEndNs = Float64Array.from(
    { length: LEVELS },
    (_, level) => WIDTH_NS * BUCKETS ** (level + 1),
  );

  /** Makes room for slots 0 ... capacity - 1. */
  grow(capacity: number): void {
    const old = this.#times.length;
    this.#times = enlarge(this.#times, new Float64Array(capacity));
    this.#next = enlarge(this.#next, new Int32Array(capacity)).fill(ABSENT, old);
    this.#previous = enlarge(this.#previous, new Int32Array(capacity));
  }

  /** Precondition: the slot is not in the wheel. */
  insert(slot: number, timeNs: Nanos): void {
    this.#times[slot] = timeNs;
    if (timeNs < this.#windowEndNs[0]!) this.#insertSorted(slot, timeNs);
    else this.#append(slot, timeNs);
  }

  /** Takes the slot out, if it is in the wheel. */
  remove(slot: number): void {
    const after = this.#next[slot]!;
    if (after === ABSENT) return;
    const before = this.#previous[slot]!;
    const level = this.#levelOf(this.#times[slot]!);
    const bucket = this.#bucketOf(level, this.#times[slot]!);
    if (before === NO_SLOT) this.#heads[bucket] = after;
    else this.#next[before] = after;
    if (after === NO_SLOT) this.#tails[bucket] = before;
    else this.#previous[after] = before;
    if (before === after) this.#markEmpty(level, bucket);
    this.#next[slot] = ABSENT;
  }

  has(slot: number): boolean {
    return this.#next[slot] !== ABSENT;
  }

  /** Time for which the slot was inserted last; still known after `take`. */
  timeOf(slot: number): Nanos {
    return this.#times[slot]!;
  }

  /** Removes the first slot if its time is not after `limitNs`; NO_SLOT otherwise. */
  take(limitNs: Nanos): number {
    for (;;) {
      let level = 0;
      let bucket = this.#firstOccupied(0);
      while (bucket === NO_SLOT) {
        if (++level === LEVELS) return NO_SLOT;
        bucket = this.#firstOccupied(level);
      }
      const slot = this.#heads[bucket]!;
      const after = this.#next[slot]!;
      // A bucket further out is not sorted, so it is opened first; one slot alone needs no sorting.
      if (level === 0 || after === NO_SLOT) {
        if (this.#times[slot]! > limitNs) return NO_SLOT;
        this.#unlinkHead(level, bucket, after);
        this.#next[slot] = ABSENT;
        return slot;
      }
      if (this.#startOf(level, slot) > limitNs) return NO_SLOT;
      this.#openBucket(level, bucket);
    }
  }

  /** Time of the first slot; NEVER when there is none. */
  get nextNs(): Nanos {
    for (let level = 0; level < LEVELS; level++) {
      const bucket = this.#firstOccupied(level);
      if (bucket === NO_SLOT) continue;
      let nextNs = NEVER;
      for (let slot = this.#heads[bucket]!; slot !== NO_SLOT; slot = this.#next[slot]!) {
        nextNs = Math.min(nextNs, this.#times[slot]!);
      }
      return nextNs;
    }
    return NEVER;
  }

  /** Into level 0, behind every slot that is not later. */
  #insertSorted(slot: number, timeNs: Nanos): void {
    const bucket = this.#bucketOf(0, timeNs);
    let before = this.#tails[bucket]!;
    let after = NO_SLOT;
    while (before !== NO_SLOT && this.#times[before]! > timeNs) {
      after = before;
      before = this.#previous[before]!;
    }
    this.#next[slot] = after;
    this.#previous[slot] = before;
    if (after === NO_SLOT) this.#tails[bucket] = slot;
    else this.#previous[after] = slot;
    if (before !== NO_SLOT) {
      this.#next[before] = slot;
      return;
    }
    this.#heads[bucket] = slot;
    this.#markOccupied(0, bucket);
  }

  /** Into a level further out, behind all. */
  #append(slot: number, timeNs: Nanos): void {
    assert(timeNs < HORIZON_NS, 'an event lies before the horizon');
    const level = this.#levelOf(timeNs);
    const bucket = this.#bucketOf(level, timeNs);
    const tail = this.#tails[bucket]!;
    this.#next[slot] = NO_SLOT;
    this.#previous[slot] = tail;
    this.#tails[bucket] = slot;
    if (tail !== NO_SLOT) {
      this.#next[tail] = slot;
      return;
    }
    this.#heads[bucket] = slot;
    this.#markOccupied(level, bucket);
  }

  /** The bucket becomes the window of the levels inside, and its slots go there, in order. */
  #openBucket(level: number, bucket: number): void {
    let slot = this.#heads[bucket]!;
    const startNs = this.#startOf(level, slot);
    for (let inner = 0; inner < level; inner++) {
      this.#windowEndNs[inner] = startNs + BUCKETS / this.#bucketsPerNs[inner]!;
    }
    this.#heads[bucket] = NO_SLOT;
    this.#tails[bucket] = NO_SLOT;
    this.#markEmpty(level, bucket);
    while (slot !== NO_SLOT) {
      const after = this.#next[slot]!;
      this.insert(slot, this.#times[slot]!);
      slot = after;
    }
  }

  #unlinkHead(level: number, bucket: number, after: number): void {
    this.#heads[bucket] = after;
    if (after !== NO_SLOT) {
      this.#previous[after] = NO_SLOT;
      return;
    }
    this.#tails[bucket] = NO_SLOT;
    this.#markEmpty(level, bucket);
  }

  #levelOf(timeNs: Nanos): number {
    let level = 0;
    while (timeNs >= this.#windowEndNs[level]!) level++;
    return level;
  }

  #bucketOf(level: number, timeNs: Nanos): number {
    return level * BUCKETS + (((timeNs * this.#bucketsPerNs[level]!) | 0) & (BUCKETS - 1));
  }

  /** Start of the bucket of that level in which the slot lies. */
  #startOf(level: number, slot: number): Nanos {
    const bucketsPerNs = this.#bucketsPerNs[level]!;
    return Math.floor(this.#times[slot]! * bucketsPerNs) / bucketsPerNs;
  }

  /** First occupied bucket of the level; NO_SLOT when it is empty. Windows are aligned: none wraps round. */
  #firstOccupied(level: number): number {
    const words = this.#occupiedWords[level]!;
    if (words === 0) return NO_SLOT;
    const word = level * WORDS + lowestBit(words);
    return (word << 5) + lowestBit(this.#occupied[word]!);
  }

  #markOccupied(level: number, bucket: number): void {
    const word = bucket >> 5;
    this.#occupied[word]! |= 1 << (bucket & 31);
    this.#occupiedWords[level]! |= 1 << (word & (WORDS - 1));
  }

  #markEmpty(level: number, bucket: number): void {
    const word = bucket >> 5;
    this.#occupied[word]! &= ~(1 << (bucket & 31));
    if (this.#occupied[word] === 0) this.#occupiedWords[level]! &= ~(1 << (word & (WORDS - 1)));
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function enlarge<A extends Float64Array | Int32Array>(from: A, into: A): A {
  into.set(from);
  return into;
}
