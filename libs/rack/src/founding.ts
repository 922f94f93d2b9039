/** What a new rack starts with; every later number is its controller's to give. */
import { type ChainPlace, type LedgerRecord, type Membership, runsOf } from '@ballast/pegasus';
import type { SwitchStart } from './directory-driver.ts';

export const FIRST_EPOCH = 1;
const FIRST_INCARNATION = 1;

/** A server of the start is live in the first epoch: it was taken in before it. */
export const FOUNDING_MEMBER: Membership = { incarnation: FIRST_INCARNATION, epoch: FIRST_EPOCH - 1 };

/** The founding servers have the first ids. */
export function foundingStart(founders: number, ring: Uint8Array, chain: ChainPlace = 'alone'): SwitchStart {
  const live = Array.from({ length: founders }, (_, id) => ({ id, incarnation: FIRST_INCARNATION }));
  return { incarnation: FIRST_INCARNATION, epoch: FIRST_EPOCH, live, ring, guards: [], chain };
}

/** What the controller of a new rack finds in its journal. */
export function foundingRecords(
  founders: number,
  ring: Uint8Array,
  place: ChainPlace = 'alone',
): LedgerRecord[] {
  const first = { incarnation: FIRST_INCARNATION, epoch: FIRST_EPOCH };
  const members = Array.from({ length: founders }, (_, server): LedgerRecord => {
    return { kind: 'member', server, status: 'live', ...first };
  });
  const chain: LedgerRecord = { kind: 'chain', place, incarnation: FIRST_INCARNATION };
  return [{ kind: 'switch', ...first }, chain, { kind: 'ring', runs: runsOf(ring) }, ...members];
}
