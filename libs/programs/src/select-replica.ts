/** Which of the servers that hold a hot key answers a read. */
import { type Bits, choose, type ProgramBuilder, type RegisterRef } from '@ballast/pipeline';
import { bits, type FieldSpec } from '@ballast/wire';

/** How reads choose among the holders of a key. */
export const SELECTIONS = ['leastQueueOfTwo', 'roundRobin', 'random', 'reportedLoad'] as const;
export type Selection = (typeof SELECTIONS)[number];

/** What the switch knows to choose by. */
interface SelectionState {
  /** By entry. */
  readonly cursors: RegisterRef<{ readonly last: FieldSpec }>;
  /** By server: as the switch estimates it, and as it was last reported. */
  readonly load: RegisterRef<{ readonly depth: FieldSpec }>;
  readonly reported: RegisterRef<{ readonly depth: FieldSpec }>;
}

/** A holder of the key. Precondition: the set is not empty. */
export function selectReplica(
  p: ProgramBuilder,
  state: SelectionState,
  selection: Selection,
  { entry, holders }: { entry: Bits; holders: Bits },
): Bits {
  if (selection === 'random') return nextHolder(p, holders, p.random(bits(5)));
  const first = p.variable('first_holder', bits(5));
  state.cursors.at(entry).update((cell) => {
    first.set(nextHolder(p, holders, cell.last));
    cell.last.set(first);
  });
  if (selection === 'roundRobin') return first;
  // The cursor moves by one holder a read: each pair of neighbours is compared in turn, and with equal
  // queues the choice is plain round robin.
  const second = nextHolder(p, holders, first);
  const depths = selection === 'reportedLoad' ? state.reported : state.load;
  const firstDepth = depths.at(first).read().depth;
  const secondDepth = depths.at(second).read().depth;
  return choose(secondDepth.lt(firstDepth), second, first);
}

/** The holder after `last` in the ring of server numbers: the lowest bit above it, else the lowest of all. */
function nextHolder(p: ProgramBuilder, holders: Bits, last: Bits): Bits {
  const above = holders.and(p.constant(0xffff_fffe, bits(32)).shl(last));
  return choose(above.ne(0), above, holders).trailingZeros().slice(4, 0);
}
