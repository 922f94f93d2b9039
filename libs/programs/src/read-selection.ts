/** Which of the holders of a hot key a read goes to: the policies of the Pegasus program. */
import { type Bits, choose, type ProgramBuilder, type RegisterRef } from '@ballast/pipeline';
import { bits } from '@ballast/wire';

type Cells<N extends string> = { readonly [K in N]: ReturnType<typeof bits> };

/** What the policies go by. */
export interface SelectionState {
  /** By entry: the holder chosen last. */
  readonly cursors: RegisterRef<Cells<'last'>>;
  /** By server: requests sent and not answered; and what it last reported. */
  readonly load: RegisterRef<Cells<'depth'>>;
  readonly reported: RegisterRef<Cells<'depth'>>;
  /** The live servers, dealt evenly over its positions. */
  readonly writers: RegisterRef<Cells<'server'>>;
}

/** How reads choose among the holders of a key. */
export const SELECTIONS = ['leastQueueOfTwo', 'roundRobin', 'random', 'reportedLoad'] as const;
export type Selection = (typeof SELECTIONS)[number];

/**
 * A holder of the key. Precondition: the set is not empty.
 *
 * @param randomWriter a random position of the writers of this epoch
 */
export function selectReplica(
  p: ProgramBuilder,
  state: SelectionState,
  selection: Selection,
  entry: Bits,
  replicas: Bits,
  randomWriter: () => Bits,
): Bits {
  // Of random numbers of five bits those above the last server would all fall to the first one.
  if (selection === 'random') return nextHolder(p, replicas, state.writers.at(randomWriter()).read().server);
  const first = p.variable('first_holder', bits(5));
  state.cursors.at(entry).update((cell) => {
    first.set(nextHolder(p, replicas, cell.last));
    cell.last.set(first);
  });
  if (selection === 'roundRobin') return first;
  // The cursor moves by one holder a read: each pair of neighbours is compared in turn, and with equal
  // queues the choice is plain round robin.
  const second = nextHolder(p, replicas, first);
  const depths = selection === 'reportedLoad' ? state.reported : state.load;
  const firstDepth = depths.at(first).read().depth;
  const secondDepth = depths.at(second).read().depth;
  return choose(secondDepth.lt(firstDepth), second, first);
}

/** The holder after `last` in the ring of server numbers: the lowest bit above it, else the lowest of all. */
function nextHolder(p: ProgramBuilder, replicas: Bits, last: Bits): Bits {
  const above = replicas.and(p.constant(0xffff_fffe, bits(32)).shl(last));
  return choose(above.ne(0), above, replicas).trailingZeros().slice(4, 0);
}
