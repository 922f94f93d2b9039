import { Hash64, halfSipHash64, type HalfSipKey } from '@ballast/wire';

/** The hash that places a key, as two unsigned 32-bit halves. Client and servers of a rack share one. */
export interface KeyHasher {
  /** Of the last `hash`. */
  readonly hi: number;
  readonly lo: number;
  hash(bytes: Uint8Array, start: number, end: number): void;
}

/** Any fixed key will do: it is no secret, it keeps the placement apart from other uses of the hash. */
const PLACEMENT_KEY: HalfSipKey = { k0: 0x42616c6c, k1: 0x61737421 };

/** HalfSipHash-2-4, 64 bits. */
export class SipKeyHasher implements KeyHasher {
  readonly #out = new Hash64();

  get hi(): number {
    return this.#out.hi;
  }
  get lo(): number {
    return this.#out.lo;
  }

  hash(bytes: Uint8Array, start: number, end: number): void {
    halfSipHash64(bytes, start, end, PLACEMENT_KEY, this.#out);
  }
}
