/** How good a rack's directory is while the popularity of its keys is known and shifts. */
import type { Nanos } from '@ballast/base';
import type { Rack } from '@ballast/rack';
import type { KeySpace, PopularityDistribution } from '@ballast/workload';

export interface DirectoryQuality {
  /** Of the keys that are held, the share that should be. */
  readonly precision: number;
  /** Of the keys that should be held, the share that are. */
  readonly recall: number;
  /** The same, each key weighed with its popularity. */
  readonly coverage: number;
  /** From a shift until a key that it made hot is held. */
  readonly findMs: number;
  /** Share of these keys that were not held before the next shift. */
  readonly missed: number;
}

/** Compares the directory with the popularity that the workload draws from. */
export class DirectoryWatch {
  readonly #rack: Rack;
  readonly #keySpace: KeySpace;
  readonly #popularity: PopularityDistribution;
  readonly #awaited = new Set<string>();
  #shiftedNs: Nanos = 0;
  #expected = 0;
  #found = 0;
  #findNs = 0;
  #compared = 0;
  #precision = 0;
  #recall = 0;
  #coverage = 0;

  constructor(rack: Rack, keySpace: KeySpace, popularity: PopularityDistribution) {
    this.#rack = rack;
    this.#keySpace = keySpace;
    this.#popularity = popularity;
  }

  /** From now on, how long until each of the hottest keys is in the directory? */
  awaitHottest(count: number): void {
    this.#awaited.clear();
    for (const key of this.#hottest(count)) this.#awaited.add(key);
    this.#shiftedNs = this.#rack.kernel.now;
    this.#expected += count;
  }

  look(): void {
    if (this.#awaited.size === 0) return;
    for (const { key } of this.#rack.hotKeys()) {
      if (!this.#awaited.delete(key)) continue;
      this.#found++;
      this.#findNs += this.#rack.kernel.now - this.#shiftedNs;
    }
  }

  /** How much of what should be in the directory is in it, now? */
  compare(): void {
    const { hotKeysMax } = this.#rack.options;
    const ranks = new Map(this.#hottest(hotKeysMax).map((key, rank) => [key, rank]));
    const held = this.#rack.hotKeys();
    const right = held.flatMap(({ key }) => ranks.get(key) ?? []);
    const sum = (of: Iterable<number>): number =>
      [...of].reduce((s, r) => s + this.#popularity.probability(r), 0);
    this.#compared++;
    this.#precision += held.length === 0 ? 1 : right.length / held.length;
    this.#recall += right.length / hotKeysMax;
    this.#coverage += sum(right) / sum(ranks.values());
  }

  /** Means over what was seen. A key that was not found until the next shift counts with the whole period. */
  result(periodNs: Nanos): DirectoryQuality {
    const missed = this.#expected - this.#found;
    return {
      precision: this.#precision / this.#compared,
      recall: this.#recall / this.#compared,
      coverage: this.#coverage / this.#compared,
      findMs: (this.#findNs + missed * periodNs) / this.#expected / 1e6,
      missed: missed / this.#expected,
    };
  }

  #hottest(count: number): string[] {
    return Array.from({ length: count }, (_, rank) => this.#rack.keyNames.format(this.#keySpace.keyOf(rank)));
  }
}
