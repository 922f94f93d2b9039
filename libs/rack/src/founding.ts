/** What a rack starts with; every later number is the controller's to give. */
import type { LedgerRecord, Membership } from '@ballast/pegasus';

export const FIRST_EPOCH = 1;
export const FIRST_INCARNATION = 1;
/** A server of the start is live in the first epoch: it was taken in before it. */
export const FOUNDING_MEMBER: Membership = { incarnation: FIRST_INCARNATION, epoch: FIRST_EPOCH - 1 };

/** What the controller of a new rack finds in its journal. */
export function foundingRecords(servers: number): LedgerRecord[] {
  const first = { incarnation: FIRST_INCARNATION, epoch: FIRST_EPOCH };
  const members = Array.from({ length: servers }, (_, server): LedgerRecord => {
    return { kind: 'member', server, status: 'live', ...first };
  });
  return [{ kind: 'switch', ...first }, ...members];
}
