/**
 * Live-set epochs: 16 bits that go round, compared as serial numbers (RFC 1982). Two that are compared must
 * be less than 32,768 apart; see EPOCHS_KEPT.
 */

/**
 * Requests older than so many changes of the live set are late, and dropped. Far more than any request
 * outlives, and far less than half of all epochs.
 */
export const EPOCHS_KEPT = 1024;

/**
 * The epoch after this one. 0 is that of a switch that was not set up, and even and odd epochs take turns:
 * the switch deals their writers in two banks.
 */
export function nextEpoch(epoch: number): number {
  return epoch === 0xffff ? 2 : epoch + 1;
}

export function isLaterEpoch(one: number, other: number): boolean {
  return ((one - other) << 16) >> 16 > 0;
}

/** The later of two; either may be given modulo 65,536. */
export function laterEpoch(one: number, other: number): number {
  return (isLaterEpoch(other, one) ? other : one) & 0xffff;
}
