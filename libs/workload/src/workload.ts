import { present, type Prng } from '@ballast/base';
import { type KeyDistribution, UniformKeys } from './key-distribution.ts';
import { KeySpace } from './key-space.ts';
import { LatestKeys } from './latest-keys.ts';
import { type Mix, type OperationKind, type YcsbName, ycsbMix } from './mix.ts';
import type { SizeDistribution } from './sizes.ts';
import { WorkloadError } from './workload-error.ts';
import { ZipfKeys } from './zipf.ts';

/** One operation of the load. A record to be filled again and again: it is valid until the next draw. */
export class Operation {
  kind: OperationKind = 'get';
  /** Key index; KeyText writes it out. */
  key = 0;
  /** Size of the value to write; 0 for a get and a delete. */
  valueBytes = 0;
}

export interface WorkloadOptions {
  readonly mix: Mix;
  /** Which key. */
  readonly keys: KeyDistribution;
  /** From the distribution's ranks to key indexes; without it a rank is the index. */
  readonly keySpace?: KeySpace;
  readonly valueBytes: SizeDistribution;
}

/**
 * What is asked for: a mix of operation kinds over a distribution of keys, with value sizes.
 *
 * When it is asked for is the matter of an ArrivalProcess or a ClosedLoop.
 */
export class Workload {
  readonly mix: Mix;
  readonly keys: KeyDistribution;
  readonly #keySpace: KeySpace | null;
  readonly #valueBytes: SizeDistribution;
  readonly #latest: LatestKeys | null;

  /** WorkloadError: INSERTS when the mix inserts but the keys cannot grow, PARAMETER when sizes differ. */
  constructor(options: WorkloadOptions) {
    const { mix, keys, keySpace = null } = options;
    this.mix = mix;
    this.keys = keys;
    this.#keySpace = keySpace;
    this.#valueBytes = options.valueBytes;
    this.#latest = keys instanceof LatestKeys ? keys : null;
    const inserts = mix.shares.insert;
    if (inserts > 0 && this.#latest === null) throw new WorkloadError({ code: 'INSERTS', share: inserts });
    if (keySpace !== null && (keySpace.n !== keys.n || this.#latest !== null)) {
      const expected =
        this.#latest !== null
          ? 'none: LatestKeys draws key indexes'
          : `${keys.n}, as in the key distribution`;
      throw new WorkloadError({
        code: 'PARAMETER',
        parameter: 'keys of the key space',
        value: keySpace.n,
        expected,
      });
    }
  }

  /** Draws the next operation into `out`. Allocates nothing. */
  next(prng: Prng, out: Operation): void {
    const kind = this.mix.next(prng);
    out.kind = kind;
    out.key = kind === 'insert' ? this.#newKey() : this.#drawKey(prng);
    out.valueBytes = kind === 'get' || kind === 'delete' ? 0 : this.#valueBytes.next(prng);
  }

  /** The insert of `key` was answered or given up. Until then no read asks for that key. */
  settle(key: number): void {
    this.#latest?.settle(key);
  }

  #newKey(): number {
    return present(this.#latest, 'a mix that inserts has keys that grow').insert();
  }

  #drawKey(prng: Prng): number {
    const drawn = this.keys.next(prng);
    return this.#keySpace === null ? drawn : this.#keySpace.keyOf(drawn);
  }
}

export interface YcsbOptions {
  /** Keys loaded before the run. */
  readonly n: number;
  /** Skew; 0 is uniform. YCSB's own default is 0.99. */
  readonly theta: number;
  readonly valueBytes: SizeDistribution;
  /** Maps ranks to keys; the default spreads them with seed 0. Not for D. */
  readonly keySpace?: KeySpace;
}

/** A YCSB core workload: scrambled Zipf keys for A, B, C and F, the latest ones for D. */
export function ycsbWorkload(name: YcsbName, options: YcsbOptions): Workload {
  const { n, theta, valueBytes } = options;
  const mix = ycsbMix(name);
  if (name === 'D') {
    const fixed = options.keySpace === undefined ? {} : { keySpace: options.keySpace };
    return new Workload({ mix, keys: new LatestKeys({ n, theta }), valueBytes, ...fixed });
  }
  const keys = theta === 0 ? new UniformKeys(n) : new ZipfKeys({ n, theta });
  const keySpace = options.keySpace ?? new KeySpace({ n, scrambleSeed: 0 });
  return new Workload({ mix, keys, keySpace, valueBytes });
}
