/** The target `js`: programs as JavaScript functions, for simulator, embedded rack and soft switches. */
import type { Frame, Nanos, PortNumber } from '@ballast/base';
import type { ControlPlane } from '../control.ts';
import { ProgramControl } from '../control-plane.ts';
import type { Program } from '../ir.ts';
import { lowerChecksums } from '../lower/checksum.ts';
import type { CacheMode, Instance, LoadOptions, Outcome, StateDump, Target } from '../target.ts';
import { checkCapability } from './capability.ts';
import { type PrintedProgram, printProgram } from './program-printer.ts';
import { Runtime } from './runtime.ts';
import { JsState } from './state/js-state.ts';

export const jsTarget: Target = {
  name: 'js',
  load: (program, options) => new JsInstance(program, options),
};

/**
 * The source that a program runs as on this target.
 *
 * @throws ProgramError CAPABILITY
 */
export function compileJs(
  program: Program,
  cacheMode: CacheMode = 'directMapped',
): { readonly source: string } {
  return { source: print(program, cacheMode).source };
}

function print(program: Program, cacheMode: CacheMode): PrintedProgram {
  checkCapability(program);
  return printProgram(lowerChecksums(program), cacheMode);
}

/** What generated code leaves of a packet beside its outcome. */
class PacketResult {
  destination = 0;
  reason = 0;
}

/** What the generated source returns. */
interface Parts {
  readonly ingress: (frame: Frame, ingressPort: PortNumber, now: Nanos) => Outcome;
  readonly egress: ((frame: Frame, egressPort: PortNumber, replica: number, now: Nanos) => boolean) | null;
}

class JsInstance implements Instance {
  readonly program: Program;
  readonly control: ControlPlane;
  readonly #state: JsState;
  readonly #packet = new PacketResult();
  readonly #ingress: Parts['ingress'];
  readonly #egress: Parts['egress'];

  constructor(program: Program, { seed = 1, cacheMode = 'directMapped' }: LoadOptions = {}) {
    this.program = program;
    const { source, layout } = print(program, cacheMode);
    this.#state = new JsState(program, seed, cacheMode);
    this.control = new ProgramControl(program, this.#state);
    const bound = Object.fromEntries(layout.bindings.map(({ name, of }) => [name, of(this.#state)]));
    // Source made by printProgram from a checked program: names are identifiers and constants are numbers.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- a compiler compiles
    const define = new Function('state', 'runtime', 'packet', source) as (...of: unknown[]) => Parts;
    const { ingress, egress } = define(bound, new Runtime(), this.#packet);
    this.#ingress = ingress;
    this.#egress = egress;
  }

  get destination(): number {
    return this.#packet.destination;
  }

  get reason(): number {
    return this.#packet.reason;
  }

  get drops(): readonly number[] {
    return this.#state.drops;
  }

  process(frame: Frame, ingressPort: PortNumber, now: Nanos): Outcome {
    return this.#ingress(frame, ingressPort, now);
  }

  processEgress(frame: Frame, egressPort: PortNumber, replica: number, now: Nanos): boolean {
    return this.#egress === null || this.#egress(frame, egressPort, replica, now);
  }

  dump(): StateDump {
    return this.#state.dump();
  }
}
