import { assert, type Frame, type Nanos, type Prng } from '@ballast/base';

/**
 * Bursts of loss: a two-state Markov chain that steps once a frame (Gilbert 1960, Elliott 1963).
 *
 * The mean burst is 1 / `leaveRatio` frames long.
 */
export interface BurstLoss {
  /** Probability a frame of going from the good to the bad state. */
  readonly enterRatio: number;
  /** Probability a frame of going back. */
  readonly leaveRatio: number;
  /** Loss in the good state; 0 is Gilbert's model. */
  readonly goodLossRatio: number;
  /** Loss in the bad state. */
  readonly badLossRatio: number;
}

/** What goes wrong on a link, per frame and direction. Ratios are probabilities from 0 to 1. */
export interface LinkFaults {
  readonly lossRatio: number;
  /** Null: no bursts. Comes on top of `lossRatio`. */
  readonly burstLoss: BurstLoss | null;
  /** The network sends a second copy after the frame; the other faults strike each copy by itself. */
  readonly duplicateRatio: number;
  /** The frame is late by up to `reorderDelayNs` (uniform), and those behind it overtake it. */
  readonly reorderRatio: number;
  readonly reorderDelayNs: Nanos;
  /** One to `corruptBitsMax` random bits are flipped. Models damage that no frame check sequence sees. */
  readonly corruptRatio: number;
  readonly corruptBitsMax: number;
}

export const NO_FAULTS: LinkFaults = Object.freeze({
  lossRatio: 0,
  burstLoss: null,
  duplicateRatio: 0,
  reorderRatio: 0,
  reorderDelayNs: 10_000,
  corruptRatio: 0,
  corruptBitsMax: 3,
});

/** Stops on values that are no faults: ratios outside 0 to 1, a negative delay. */
export function checkFaults(faults: LinkFaults): void {
  const { lossRatio, duplicateRatio, reorderRatio, corruptRatio, burstLoss } = faults;
  const ratios = { lossRatio, duplicateRatio, reorderRatio, corruptRatio, ...burstLoss };
  for (const [name, value] of Object.entries(ratios)) {
    assert(value >= 0 && value <= 1, `${name} ${value} is a ratio from 0 to 1`);
  }
  assert(faults.reorderDelayNs >= 0, 'reorderDelayNs is a duration');
  assert(
    Number.isInteger(faults.corruptBitsMax) && faults.corruptBitsMax >= 1,
    'corruptBitsMax is 1 or more',
  );
}

/** Draws the faults of one link direction. Its own random stream: faults do not shift the jitter. */
export class FaultInjector {
  readonly #prng: Prng;
  #faults: LinkFaults = NO_FAULTS;
  #inBurst = false;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  get faults(): LinkFaults {
    return this.#faults;
  }

  /** Replaces the faults. A burst goes on if bursts do. */
  set(faults: LinkFaults): void {
    checkFaults(faults);
    this.#faults = faults;
    if (faults.burstLoss === null) this.#inBurst = false;
  }

  duplicates(): boolean {
    return this.#prng.chance(this.#faults.duplicateRatio);
  }

  loses(): boolean {
    return this.#prng.chance(this.#faults.lossRatio);
  }

  /** Steps the chain; true when this frame falls to it. */
  losesInBurst(): boolean {
    const burst = this.#faults.burstLoss;
    if (burst === null) return false;
    if (this.#prng.chance(this.#inBurst ? burst.leaveRatio : burst.enterRatio))
      this.#inBurst = !this.#inBurst;
    return this.#prng.chance(this.#inBurst ? burst.badLossRatio : burst.goodLossRatio);
  }

  /** Flips bits in the frame when its turn has come; true when it did. */
  corrupts(frame: Frame): boolean {
    if (frame.length === 0 || !this.#prng.chance(this.#faults.corruptRatio)) return false;
    const flips = 1 + this.#prng.below(this.#faults.corruptBitsMax);
    const first = this.#prng.below(8 * frame.length);
    for (let i = 0; i < flips; i++) {
      // Consecutive bits, as real bursts are; and two flips never undo each other.
      const bit = (first + i) % (8 * frame.length);
      const at = frame.start + (bit >>> 3);
      frame.bytes[at] = frame.bytes[at]! ^ (0x80 >>> (bit & 7));
    }
    return true;
  }

  /** How late this frame is made; 0: it keeps its place. */
  reorderNs(): Nanos {
    if (!this.#prng.chance(this.#faults.reorderRatio)) return 0;
    return this.#faults.reorderDelayNs * (1 - this.#prng.unit());
  }
}
