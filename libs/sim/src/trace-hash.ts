import type { Frame, Nanos } from '@ballast/base';

/**
 * A running hash of everything that happened, in order: equal seeds must give equal hashes.
 *
 * 64 bits in two lanes. Each step is a bijection of each lane, so no state is ever forgotten. The mixing
 * constants are those of MurmurHash3 and of Fibonacci hashing; this is not a hash against an adversary.
 */
export class TraceHash {
  #low = 0x2545f491;
  #high = 0x6a09e667;

  /** Adds one event. Times count to 1/1024 ns; the product stays below 2^63 for 104 days. */
  mix(nowNs: Nanos, tag: number, length: number): void {
    const low = Math.imul((this.#low ^ ((nowNs * 1024) | 0)) + tag, 0x9e3779b1);
    this.#low = low ^ (low >>> 15);
    const high = (Math.imul((this.#high ^ length) + ((nowNs / 0x40_0000) | 0), 0x85ebca6b) + low) | 0;
    this.#high = high ^ (high >>> 13);
  }

  /** Adds the bytes of a frame: the strict variant, which also sees a wrong byte that changes no timing. */
  mixFrame(frame: Frame): void {
    let low = this.#low;
    const end = frame.start + frame.length;
    for (let i = frame.start; i < end; i++) low = Math.imul(low ^ frame.bytes[i]!, 0x01000193);
    this.#low = low ^ (low >>> 15);
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return word(this.#high) + word(this.#low);
  }
}

function word(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
