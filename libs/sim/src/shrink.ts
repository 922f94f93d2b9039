/**
 * Makes a failing run smaller: fewer and shorter faults, a shorter run, a smaller shape. The faults are
 * minimised by delta debugging (Zeller and Hildebrandt, IEEE TSE 28(2), 2002), numbers by bisection.
 *
 * Whether a candidate fails is the caller's to say, by running it. A smaller run is another run, not a part
 * of the one before, so nothing is monotone here: what comes out fails, and no step tried makes it smaller.
 */
import { type Nanos, us } from '@ballast/base';
import type { Fault } from './fault-schedule.ts';

/** What a run is made from, as plain data. */
export interface Candidate<Shape> {
  /** Over within the duration. */
  readonly faults: readonly Fault[];
  /** How big the run is, what load it has, and all else. */
  readonly shape: Shape;
  readonly durationNs: Nanos;
}

export interface ShrinkOptions<Shape> {
  /** Whether the candidate fails the way the start did. Deterministic. */
  readonly fails: (candidate: Candidate<Shape>) => boolean;
  /** Calls of `fails`, the first one included. */
  readonly runsMax: number;
  /** The numbers of the shape that may change, the most telling first. */
  readonly goals: readonly ShapeGoal<Shape>[];
  /** Simpler shapes in other ways, the simplest first. None when absent. */
  readonly simpler?: (shape: Shape) => readonly Shape[];
  /** Takes out what has no place any more: faults of nodes that are gone. */
  readonly adapt?: (candidate: Candidate<Shape>) => Candidate<Shape>;
  /** After each call of `fails`. */
  readonly onProgress?: (progress: ShrinkProgress<Shape>) => void;
}

export interface ShapeGoal<Shape> {
  readonly name: NumberIn<Shape>;
  /** Its value in the simplest run. */
  readonly goal: number;
  /** An integer that may stop on the way. Others are at their goal or as they were. */
  readonly isCount: boolean;
}

export interface ShrinkProgress<Shape> {
  readonly runs: number;
  /** The smallest that fails, so far. */
  readonly best: Candidate<Shape>;
}

export interface Shrunk<Shape> extends Candidate<Shape> {
  readonly runs: number;
  /** No step makes it smaller. False: the runs were used up. */
  readonly isSmallest: boolean;
}

/** Names of the fields that are numbers. */
type NumberIn<Shape> = {
  [Name in keyof Shape]-?: Shape[Name] extends number ? Name : never;
}[keyof Shape];

/** Durations are not told apart more finely: a run has little meaning below a round trip. */
const GRAIN_NS = us(10);

/** The smallest failing candidate found; null when the start does not fail. */
export function shrink<Shape>(start: Candidate<Shape>, options: ShrinkOptions<Shape>): Shrunk<Shape> | null {
  const search = new Search(start, options);
  if (!search.startFails()) return null;
  let before: Candidate<Shape>;
  do {
    before = search.best;
    search.dropFaults();
    search.simplifyShape();
    search.shortenRun();
    for (const goal of options.goals) search.simplify(goal);
    search.shortenFaults();
  } while (search.best !== before && !search.isSpent);
  return { ...search.best, runs: search.runs, isSmallest: !search.isSpent };
}

class Search<Shape> {
  best: Candidate<Shape>;
  runs = 0;
  readonly #options: ShrinkOptions<Shape>;
  /** Candidates that were run. They fail or do not, whenever they are asked for. */
  readonly #seen = new Set<string>();

  constructor(start: Candidate<Shape>, options: ShrinkOptions<Shape>) {
    this.best = start;
    this.#options = options;
  }

  get isSpent(): boolean {
    return this.runs >= this.#options.runsMax;
  }

  startFails(): boolean {
    return this.#accepts({});
  }

  /** Delta debugging: a part of the faults alone, else all but a part, with parts that get smaller. */
  dropFaults(): void {
    if (this.best.faults.length > 0 && this.#accepts({ faults: [] })) return;
    let parts = 2;
    while (this.best.faults.length > 1 && !this.isSpent) {
      const { faults } = this.best;
      parts = Math.min(parts, faults.length);
      const chunks = split(faults, parts);
      const isReduced =
        chunks.some((chunk) => this.#accepts({ faults: chunk })) ||
        chunks.some((chunk) => this.#accepts({ faults: faults.filter((fault) => !chunk.includes(fault)) }));
      if (isReduced) parts = Math.max(2, parts - 1);
      else if (parts === faults.length) return;
      else parts *= 2;
    }
  }

  /** Down to the end of the last fault. */
  shortenRun(): void {
    const healNs = this.best.faults.reduce((latest, { atNs, forNs }) => Math.max(latest, atNs + forNs), 0);
    const goalNs = Math.ceil(healNs / GRAIN_NS + 1) * GRAIN_NS;
    if (goalNs >= this.best.durationNs) return;
    descend(this.best.durationNs, goalNs, GRAIN_NS, (durationNs) => this.#accepts({ durationNs }));
  }

  simplifyShape(): void {
    const { simpler = () => [] } = this.#options;
    while (simpler(this.best.shape).some((shape) => this.#accepts({ shape })));
  }

  simplify({ name, goal, isCount }: ShapeGoal<Shape>): void {
    const accept = (value: number): boolean =>
      this.#accepts({ shape: { ...this.best.shape, [name]: value } });
    descend(Number(this.best.shape[name]), goal, isCount ? 1 : Infinity, accept);
  }

  /** Each fault from its end, then from its beginning. */
  shortenFaults(): void {
    for (let index = 0; index < this.best.faults.length; index++) {
      const change = (changed: (fault: Fault) => Fault): boolean =>
        this.#accepts({ faults: this.best.faults.map((fault, i) => (i === index ? changed(fault) : fault)) });
      const { atNs, forNs } = this.best.faults[index]!;
      descend(forNs, Math.min(forNs, GRAIN_NS), GRAIN_NS, (shorterNs) =>
        change((fault) => ({ ...fault, forNs: shorterNs })),
      );
      const endNs = atNs + this.best.faults[index]!.forNs;
      descend(atNs, Math.max(atNs, endNs - GRAIN_NS), GRAIN_NS, (laterNs) =>
        change((fault) => ({ ...fault, atNs: laterNs, forNs: endNs - laterNs })),
      );
    }
  }

  /** Runs the best with these changes; it is the best when it fails. */
  #accepts(changes: Partial<Candidate<Shape>>): boolean {
    if (this.isSpent) return false;
    const { fails, adapt, onProgress } = this.#options;
    const changed = { ...this.best, ...changes };
    const candidate = adapt === undefined ? changed : adapt(changed);
    const text = JSON.stringify(candidate);
    if (this.#seen.has(text)) return false;
    this.#seen.add(text);
    this.runs++;
    const isFailing = fails(candidate);
    if (isFailing) this.best = candidate;
    onProgress?.({ runs: this.runs, best: this.best });
    return isFailing;
  }
}

/** Into so many parts of nearly equal length, in order. */
function split<T>(items: readonly T[], parts: number): (readonly T[])[] {
  const cut = (part: number): number => Math.round((part * items.length) / parts);
  return Array.from({ length: parts }, (_, part) => items.slice(cut(part), cut(part + 1)));
}

/**
 * Moves a number towards its goal: there at once, else in steps that halve when one is refused.
 *
 * @param grain smallest step; Infinity: only the goal itself is tried
 */
function descend(from: number, goal: number, grain: number, accept: (value: number) => boolean): void {
  if (from === goal || accept(goal)) return;
  let value = from;
  let step = (from - goal) / 2;
  while (Math.abs(step) >= grain) {
    const next = Math.round(value - step);
    if (accept(next)) {
      value = next;
      step = Math.sign(step) * Math.min(Math.abs(step), Math.abs(value - goal) / 2);
    } else {
      step /= 2;
    }
  }
}
