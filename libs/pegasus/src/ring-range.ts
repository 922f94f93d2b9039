import { RING_BITS } from '@ballast/wire';

const POSITION_SHIFT = 32 - RING_BITS;

/** Positions [first, first + count) of the hash ring. */
export interface RingRange {
  readonly first: number;
  readonly count: number;
}

/** The position of a key on the ring, by the high half of its hash. */
export function ringPositionOf(hashHi: number): number {
  return hashHi >>> POSITION_SHIFT;
}

export function isWithin({ first, count }: RingRange, hashHi: number): boolean {
  const position = ringPositionOf(hashHi);
  return position >= first && position < first + count;
}

/** What a position of the ring is to a server that its requests reach. */
export const Ownership = {
  Kept: 0,
  /** On its way to another server: items stand still. */
  Yielding: 1,
  Gone: 2,
} as const;
export type Ownership = (typeof Ownership)[keyof typeof Ownership];
