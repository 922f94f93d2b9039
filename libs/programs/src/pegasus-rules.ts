/** The rules of the Pegasus program by name: what its mutants replace. */
import {
  all,
  any,
  type Bits,
  choose,
  type Condition,
  type HeaderRef,
  type ProgramBuilder,
} from '@ballast/pipeline';
import { bits, type pegasusHeader, PegasusOp, RING_BITS } from '@ballast/wire';

export type Pegasus = HeaderRef<typeof pegasusHeader>;

/**
 * A write of a hot key goes to writers[hash of its request]; the control plane deals the live servers over
 * these. There are two banks, for even and odd epochs: that of the next epoch is filled before the epoch
 * begins, so that no request meets a half-filled one.
 */
export const WRITER_POSITIONS = 256;
export const WRITER_BANKS = 2;

/** One entry of the directory while a reply is weighed against it. */
export interface EntryCell {
  readonly generation: Bits & { set(value: Bits | number): void };
  readonly completed: Bits & { set(value: Bits): void };
  readonly replicas: Bits & { set(value: Bits): void };
}

/** The place of a rack in a chain, as read for a packet. A rack that is alone has neither. */
export interface ChainCells {
  /** 1: writes come from another rack, under the versions that it gave them. */
  readonly hasHead: Bits;
  /** 1: another rack answers what is written here, and all reads. */
  readonly hasTail: Bits;
  /** 1: the other rack has sent this write. */
  readonly forwarded: Bits;
}

/**
 * The protocol's rules by name, each one a step of the program. The mutants of the tests replace one at a
 * time, so that every rule is shown to be needed.
 */
export interface PegasusRules {
  /** Whether a request takes a version. */
  stamps(pegasus: Pegasus): Condition;
  /** Whether a message tells the directory what its sender holds. */
  moves(pegasus: Pegasus): Condition;
  /** Weighs what a reply shows against the entry: newer resets, equal adds, older changes nothing. */
  weigh(p: ProgramBuilder, cell: EntryCell, reply: { pegasus: Pegasus; sender: Bits; home: Bits }): void;
  /** The home server's position on the ring. */
  ringPosition(pegasus: Pegasus): Bits;
  /** Which of the live servers executes a write of a hot key, below WRITER_POSITIONS. */
  writerPosition(p: ProgramBuilder, pegasus: Pegasus): Bits;
  /** Whether a request is of another live-set epoch, by the epoch of its first transmission. */
  isForeignEpoch(pegasus: Pegasus, epoch: Bits): Condition;
  /** Whether the server with this bit is live. */
  isLive(live: Bits, server: Bits): Condition;
  /** Whether a message is of the start of its sender that counts as live. */
  isIncarnation(pegasus: Pegasus, incarnation: Bits): Condition;
  /** The servers that a read may go to. */
  holders(replicas: Bits, live: Bits): Bits;
  /** Of a chain: whether a write keeps the version that it comes with. */
  keepsVersion(chain: ChainCells): Condition;
  /** Of a chain: whether a request from outside is for the other rack. */
  isForOtherRack(pegasus: Pegasus, chain: ChainCells): Condition;
  /** Of a chain: whether a write that another rack has forwarded is taken in. */
  takesForwards(chain: ChainCells): Condition;
  /** The server of a read whose client has named one. */
  namedHolder(p: ProgramBuilder, pegasus: Pegasus, known: { holders: Bits; home: Bits }): Bits;
}

/** The top bits of the key hash. */
export function ringPosition(pegasus: Pegasus): Bits {
  return pegasus.keyHash.slice(63, 64 - RING_BITS);
}

export const pegasusRules: PegasusRules = {
  stamps: (pegasus) => pegasus.op.isOneOf([PegasusOp.Put, PegasusOp.Delete]),

  // A write that goes on to the tail stands here as one that is answered.
  moves: (pegasus) =>
    pegasus.op.isOneOf([
      PegasusOp.GetReply,
      PegasusOp.WriteReply,
      PegasusOp.ReplicateAck,
      PegasusOp.ChainForward,
    ]),

  weigh: (p, cell, { pegasus, sender, home }) => {
    p.when(
      pegasus.version.gt(cell.completed),
      () => {
        cell.completed.set(pegasus.version);
        cell.replicas.set(choose(pegasus.generation.eq(cell.generation), sender, home));
      },
      () => {
        p.when(pegasus.version.eq(cell.completed).and(pegasus.generation.eq(cell.generation)), () =>
          cell.replicas.set(cell.replicas.or(sender)),
        );
      },
    );
  },

  ringPosition,

  // The same server for every transmission of a request: its table of executed requests finds repeats.
  writerPosition: (p, pegasus) =>
    p.hash('crc32', [pegasus.clientId, pegasus.requestId], { modulus: WRITER_POSITIONS }),

  isForeignEpoch: (pegasus, epoch) => pegasus.epoch.ne(epoch),

  isLive: (live, server) => live.and(server).ne(0),

  isIncarnation: (pegasus, incarnation) => pegasus.serverIncarnation.eq(incarnation),

  // A dead server stays in the sets: when it comes back with all that it held, it is a holder again.
  holders: (replicas, live) => replicas.and(live),

  // Two racks must agree which of two writes is the newer one.
  keepsVersion: ({ hasHead }) => hasHead.eq(1),

  // The head holds writes that nobody has acknowledged; the tail has no say in the order of writes.
  isForOtherRack: (pegasus, { hasHead, hasTail, forwarded }) => {
    const isRead = pegasus.op.eq(PegasusOp.Get);
    return any(all(isRead, hasTail.eq(1)), all(isRead.not(), hasHead.eq(1), forwarded.eq(0)));
  },

  // Its own writes supersede all of the head's: a forward that comes later would be acknowledged and lost.
  takesForwards: ({ hasHead }) => hasHead.eq(1),

  // Home executes the writes: it holds the newest version whatever the set says.
  namedHolder: (p, pegasus, { holders, home }) => {
    const named = pegasus.target.slice(4, 0);
    return choose(p.constant(1, bits(32)).shl(named).and(holders).ne(0), named, home);
  },
};
