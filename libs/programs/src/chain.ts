/**
 * The part of the Pegasus program that makes its rack one of two in a chain (docs/pegasus-chain.md): writes
 * enter at the head, pass on to the tail with the versions that the head gave them, and are answered there.
 *
 * Only the switch knows the chain. It marks the writes that a server of the head is to pass on, gives them
 * the tail's address, and makes of what comes in at the tail a write as any other.
 */
import {
  all,
  type Assignable,
  type Bits,
  choose,
  type Condition,
  type ProgramBuilder,
} from '@ballast/pipeline';
import { bits, PegasusFlag, PegasusOp, PegasusStatus } from '@ballast/wire';
import type { ChainCells, Pegasus, PegasusRules } from './pegasus-rules.ts';

/** The chain as read for one packet. */
export interface ChainPlace extends ChainCells {
  /** The port that leads to the other rack. */
  readonly uplink: Bits;
  /** The tail's virtual address; 0 without a tail. */
  readonly nextVip: Bits;
  readonly forwarded: Assignable;
}

/** Declares the chain's state; the function returned reads it for a packet. */
export function declareChain(p: ProgramBuilder): () => ChainPlace {
  /** All zero: the rack is alone. */
  const chain = p.register(
    'chain',
    { hasHead: bits(1), hasTail: bits(1), uplink: bits(16), nextVip: bits(32) },
    1,
  );
  const forwarded = p.variable('forwarded', bits(1));
  return () => ({ ...chain.at(0).read(), forwarded });
}

/** Makes a write of this rack of what the head has sent, before anything else is decided. */
export function takeForward(
  p: ProgramBuilder,
  chain: ChainPlace,
  message: { readonly pegasus: Pegasus; readonly dst: Bits },
  rack: { readonly vip: Bits; readonly epoch: Bits },
  rules: PegasusRules,
): void {
  const { pegasus, dst } = message;
  const isForward = all(
    pegasus.isValid(),
    pegasus.op.eq(PegasusOp.ChainForward),
    p.ingressPort.eq(chain.uplink),
    dst.eq(rack.vip),
    rules.takesForwards(chain),
  );
  p.when(isForward, () => {
    const isDelete = pegasus.status.eq(PegasusStatus.NotFound);
    pegasus.op.set(choose(isDelete, p.constant(PegasusOp.Delete, bits(8)), PegasusOp.Put));
    pegasus.status.set(PegasusStatus.Ok);
    // A forward that comes twice, in two epochs, writes one version twice: that is one write.
    pegasus.epoch.set(rack.epoch);
    chain.forwarded.set(1);
  });
}

/** Whether a request is one for the other rack: its client has not heard of a change yet. */
export function isForOtherRack(
  chain: ChainPlace,
  pegasus: Pegasus,
  fromOutside: Condition,
  rules: PegasusRules,
): Condition {
  return all(fromOutside, rules.isForOtherRack(pegasus, chain));
}

/** Tells the server of a write to pass it on instead of answering it. */
export function markChained(p: ProgramBuilder, chain: ChainPlace, pegasus: Pegasus): void {
  p.when(all(chain.hasTail.eq(1), pegasus.op.ne(PegasusOp.Get)), () => {
    pegasus.flags.set(pegasus.flags.or(PegasusFlag.Chained));
  });
}

/**
 * Sends what a server of this rack has executed to the tail. Without a tail there is no way there: its client
 * sends the write again, and this rack answers it.
 */
export function passOn(p: ProgramBuilder, chain: ChainPlace, pegasus: Pegasus, dst: Assignable): void {
  p.when(pegasus.op.eq(PegasusOp.ChainForward), () => dst.set(chain.nextVip));
}
