/**
 * The reference interpreter: the definition of what programs mean, and the oracle of every equivalence
 * test. It runs programs as they were built, before any lowering, and shares no code with the back ends
 * but the hashes. Slow and obvious on purpose.
 */
import { assert, type Frame, type Nanos, type PortNumber } from '@ballast/base';
import { type ChecksumUse, checksumsOf } from '../checksum-rules.ts';
import type { ControlPlane } from '../control.ts';
import { ProgramControl } from '../control-plane.ts';
import { NOW_BITS, type Program, RECIRCULATION_LIMIT, RUNT_FRAME } from '../ir.ts';
import { faultsOf } from '../program-error.ts';
import { type Instance, type LoadOptions, Outcome, type StateDump, type Target } from '../target.ts';
import { Execution, type Intrinsics, isRunt, type PartOutcome } from './execute.ts';
import { Packet } from './packet.ts';
import { InterpreterState } from './state.ts';

export const interpretTarget: Target = {
  name: 'interpret',
  load: (program, options) => new Interpreter(program, options),
};

class Interpreter implements Instance {
  readonly program: Program;
  readonly control: ControlPlane;
  readonly drops: number[];
  destination = 0;
  reason = 0;
  readonly #state: InterpreterState;
  readonly #checksums: readonly ChecksumUse[];

  constructor(program: Program, { seed = 1, cacheMode = 'directMapped' }: LoadOptions = {}) {
    this.program = program;
    this.#state = new InterpreterState(program, seed, cacheMode);
    this.control = new ProgramControl(program, this.#state);
    this.drops = program.dropReasons.map(() => 0);
    this.#checksums = checksumsOf(program, faultsOf(program.name));
  }

  process(frame: Frame, ingressPort: PortNumber, now: Nanos): Outcome {
    for (let recirculations = 0; ; recirculations++) {
      if (isRunt(frame.length)) return this.#drop(RUNT_FRAME);
      const packet = new Packet(this.program, frame.contents());
      const intrinsics = intrinsicsOf(frame, now, { ingressPort, recirculations });
      const outcome = new Execution(this.program, this.#state, packet, intrinsics).run(this.program.ingress);
      if (outcome.kind === 'drop') return this.#drop(outcome.reason);
      if (outcome.kind === 'recirculate' && recirculations >= this.program.recirculationsMax) {
        return this.#drop(RECIRCULATION_LIMIT);
      }
      this.#deparse(packet, frame);
      if (outcome.kind !== 'recirculate') return this.#leave(outcome);
    }
  }

  processEgress(frame: Frame, egressPort: PortNumber, replica: number, now: Nanos): boolean {
    if (this.program.egress === null) return true;
    if (isRunt(frame.length)) return this.#drop(RUNT_FRAME) !== Outcome.Drop;
    const packet = new Packet(this.program, frame.contents());
    const intrinsics = intrinsicsOf(frame, now, { egressPort, replica });
    const outcome = new Execution(this.program, this.#state, packet, intrinsics).run(this.program.egress);
    if (outcome.kind === 'drop') {
      this.#drop(outcome.reason);
      return false;
    }
    this.#deparse(packet, frame);
    return true;
  }

  dump(): StateDump {
    return this.#state.dump(this.drops);
  }

  #leave(outcome: PartOutcome): Outcome {
    switch (outcome.kind) {
      case 'forward':
        this.destination = outcome.destination;
        return Outcome.Forward;
      case 'multicast':
        this.destination = outcome.destination;
        return Outcome.Multicast;
      case 'controller':
        this.reason = this.program.controllerReasons.indexOf(outcome.reason);
        return Outcome.Controller;
      default:
        return Outcome.Pass;
    }
  }

  #drop(reason: string): Outcome {
    this.reason = this.program.dropReasons.indexOf(reason);
    this.drops[this.reason] = (this.drops[this.reason] ?? 0) + 1;
    return Outcome.Drop;
  }

  /**
   * Writes the packet back. What was pushed goes in front, into the headroom, and what was popped frees it.
   */
  #deparse(packet: Packet, frame: Frame): void {
    packet.settleChecksums(this.#checksums);
    const bytes = packet.deparse();
    const growth = bytes.length - frame.length;
    assert(frame.start >= growth, 'a port leaves the headroom that programs need');
    frame.start -= growth;
    frame.bytes.set(bytes, frame.start);
    frame.length = bytes.length;
  }
}

function intrinsicsOf(
  frame: Frame,
  now: Nanos,
  given: { ingressPort?: number; recirculations?: number; egressPort?: number; replica?: number },
): Intrinsics {
  return {
    length: BigInt.asUintN(16, BigInt(frame.length)),
    now: BigInt.asUintN(NOW_BITS, BigInt(Math.floor(now))),
    ingressPort: BigInt(given.ingressPort ?? 0),
    recirculations: BigInt(given.recirculations ?? 0),
    egressPort: BigInt(given.egressPort ?? 0),
    replica: BigInt(given.replica ?? 0),
  };
}
