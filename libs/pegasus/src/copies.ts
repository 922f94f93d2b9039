/** How many servers are to hold a hot key beside the one that wrote it last. */
import type { DirectoryEntry } from './directory-entry.ts';

/** Reads that a write must stand against before a further copy pays: a copy costs a server about as much. */
const READS_PER_COPY = 2;
/**
 * Copies for as many reads as a server has requests of hot keys on average: the reads of a key that come to
 * one server are then no longer what makes it busier than others. Measured: docs/figures/pegasus-writes.md.
 */
const COPIES_PER_MEAN_LOAD = 1.5;

/**
 * As many copies as the reads between two writes are worth; everywhere when there are no writes.
 *
 * @param servers that can hold the key
 */
export function copiesWorth(reads: number, writes: number, servers: number): number {
  const others = Math.max(0, servers - 1);
  return writes === 0 ? others : Math.min(others, Math.floor(reads / writes / READS_PER_COPY));
}

/** Sets the number of copies of all hot keys by their requests; gives those that must be told of it. */
export function tuneCopies(hot: readonly DirectoryEntry[], servers: number): DirectoryEntry[] {
  const load = hot.reduce((sum, { reads, writes }) => sum + reads + writes, 0);
  const readsPerCopy = load / servers / COPIES_PER_MEAN_LOAD;
  return hot.filter((entry) => {
    const { reads, writes, copies, exchange } = entry;
    const isWritten = writes >= 1;
    const worth = copiesWorth(reads, isWritten ? writes : 0, servers);
    const wanted = isWritten ? Math.min(worth, Math.ceil(reads / readsPerCopy)) : worth;
    // Only on a real change: every change costs a message to each server.
    const isNear = wanted === copies || (copies > 2 && Math.abs(wanted - copies) <= copies / 4);
    if (isNear || exchange !== null) return false;
    entry.copies = wanted;
    return true;
  });
}
