/** What a new rack starts with; every later number is its controller's to give. */
import { type ChainPlace, type LedgerRecord, type Membership, runsOf } from '@ballast/pegasus';
import type { SwitchStart } from './directory-driver.ts';

/** The first numbers that a rack gives out. */
export interface Founding {
  /** 1 ... 65,535. */
  readonly epoch: number;
  /** Of the switch and all servers. */
  readonly incarnation: number;
}

export const FOUNDING: Founding = { epoch: 1, incarnation: 1 };

/** A server of the start is live in the first epoch: it was taken in before it. */
export function foundingMember({ epoch, incarnation }: Founding): Membership {
  return { incarnation, epoch: epoch - 1 };
}

/** The founding servers have the first ids. */
export function foundingStart(
  { epoch, incarnation }: Founding,
  founders: number,
  ring: Uint8Array,
  chain: ChainPlace = 'alone',
): SwitchStart {
  const live = Array.from({ length: founders }, (_, id) => ({ id, incarnation }));
  return { incarnation, epoch, live, ring, guards: [], chain };
}

/** What the controller of a new rack finds in its journal. */
export function foundingRecords(
  { epoch, incarnation }: Founding,
  founders: number,
  ring: Uint8Array,
  place: ChainPlace = 'alone',
): LedgerRecord[] {
  const first = { incarnation, epoch };
  const members = Array.from({ length: founders }, (_, server): LedgerRecord => {
    return { kind: 'member', server, status: 'live', ...first };
  });
  const chain: LedgerRecord = { kind: 'chain', place, incarnation };
  return [{ kind: 'switch', ...first }, chain, { kind: 'ring', runs: runsOf(ring) }, ...members];
}
