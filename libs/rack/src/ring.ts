/**
 * Consistent hashing as the published artifact has it: equal arcs, 16 for each server, dealt round robin.
 * A random ring would be imbalanced by half by itself and hide what skew does.
 */
import { RING_BITS, RING_POSITIONS } from '@ballast/wire';

export const ARCS_PER_SERVER = 16;
const POSITION_SHIFT = 32 - RING_BITS;

/** The server of each position of the ring. */
export function dealRing(servers: number): Uint8Array {
  const arcs = servers * ARCS_PER_SERVER;
  return Uint8Array.from(
    { length: RING_POSITIONS },
    (_, p) => Math.floor((p * arcs) / RING_POSITIONS) % servers,
  );
}

/** The home of a key by the high half of its hash; the same rule as the switch's. */
export function homeOnRing(ring: Uint8Array, hashHi: number): number {
  return ring[hashHi >>> POSITION_SHIFT]!;
}
