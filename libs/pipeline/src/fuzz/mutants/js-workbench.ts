/**
 * Loads a program on the js back end with something altered on the way: the lowered program, the generated
 * source, or the functions that it calls. Puts together what js-target.ts does, so that the back end itself
 * needs no hook for bugs.
 */
import type { Frame, Nanos, PortNumber } from '@ballast/base';
import type { ControlPlane } from '../../control.ts';
import { ProgramControl } from '../../control-plane.ts';
import type { Program } from '../../ir.ts';
import { checkCapability } from '../../js/capability.ts';
import { type PrintedProgram, printProgram } from '../../js/program-printer.ts';
import { Runtime } from '../../js/runtime.ts';
import { JsState } from '../../js/state/js-state.ts';
import { lowerChecksums, type LoweredProgram } from '../../lower/checksum.ts';
import type { Instance, LoadOptions, Outcome, StateDump } from '../../target.ts';
import type { Mutant } from './mutant.ts';

/** What is altered; null stands for "nothing here to alter". */
export interface Alteration {
  readonly lowered?: (program: LoweredProgram) => LoweredProgram | null;
  readonly source?: (source: string) => string | null;
  /** Replaces functions of the runtime; counts as an alteration where the source calls one of them. */
  readonly runtime?: Partial<Runtime>;
  /** Changes the state's classes in place, before the first entry comes. False: nothing to change. */
  readonly state?: (state: JsState, program: Program) => boolean;
}

/** A bug of the js back end; on any other target nothing is planted. */
export function jsMutant(name: string, bug: string, alteration: Alteration): Mutant {
  return {
    name,
    bug,
    plant(target, program) {
      if (target.name !== 'js') return null;
      const isStateAltered = alteration.state?.(new JsState(program, 1, 'directMapped'), program) ?? false;
      if (!isStateAltered) {
        const { isAltered, printed } = print(program, alteration, {});
        if (!isAltered) return null;
        compile(printed.source); // An alteration that is no JavaScript is a mistake of the mutant's author.
      }
      return {
        name: target.name,
        load: (loaded, options = {}) => new AlteredInstance(loaded, alteration, options),
      };
    },
  };
}

/** Prints the program with the alterations made. */
function print(
  program: Program,
  { lowered: lower, source: rewrite, runtime = {} }: Alteration,
  { cacheMode = 'directMapped' }: LoadOptions,
): { readonly printed: PrintedProgram; readonly isAltered: boolean } {
  checkCapability(program);
  const lowered = lowerChecksums(program);
  const changed = lower?.(lowered) ?? null;
  const printed = printProgram(changed ?? lowered, cacheMode);
  const source = rewrite?.(printed.source) ?? null;
  const isCalled = Object.keys(runtime).some((name) => printed.source.includes(`${name}(`));
  return {
    printed: { ...printed, source: source ?? printed.source },
    isAltered: changed !== null || source !== null || isCalled,
  };
}

function compile(source: string): (...of: unknown[]) => Parts {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- as js-target.ts does
  return new Function('state', 'runtime', 'packet', source) as (...of: unknown[]) => Parts;
}

interface Parts {
  readonly ingress: (frame: Frame, ingressPort: PortNumber, now: Nanos) => Outcome;
  readonly egress: ((frame: Frame, egressPort: PortNumber, replica: number, now: Nanos) => boolean) | null;
}

class AlteredInstance implements Instance {
  readonly program: Program;
  readonly control: ControlPlane;
  readonly #state: JsState;
  readonly #packet = { destination: 0, reason: 0 };
  readonly #parts: Parts;

  constructor(program: Program, alteration: Alteration, options: LoadOptions) {
    const { seed = 1, cacheMode = 'directMapped' } = options;
    const { source, layout } = print(program, alteration, options).printed;
    this.program = program;
    this.#state = new JsState(program, seed, cacheMode);
    alteration.state?.(this.#state, program);
    this.control = new ProgramControl(program, this.#state);
    const bound = Object.fromEntries(layout.bindings.map(({ name, of }) => [name, of(this.#state)]));
    this.#parts = compile(source)(bound, Object.assign(new Runtime(), alteration.runtime), this.#packet);
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
    return this.#parts.ingress(frame, ingressPort, now);
  }
  processEgress(frame: Frame, egressPort: PortNumber, replica: number, now: Nanos): boolean {
    const { egress } = this.#parts;
    return egress === null || egress(frame, egressPort, replica, now);
  }
  dump(): StateDump {
    return this.#state.dump();
  }
}
