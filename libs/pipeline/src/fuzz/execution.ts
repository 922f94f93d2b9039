/** One case run on one target, step by step, with all that can be seen from outside written down. */
import { Frame, type PortNumber, present } from '@ballast/base';
import { ControlError, type ReadRequest, type Update } from '../control.ts';
import type { Program } from '../ir.ts';
import {
  type Instance,
  type LoadOptions,
  Outcome,
  OUTCOME_NAMES,
  type StateDump,
  type Target,
} from '../target.ts';
import { ProgramError } from '../program-error.ts';
import { textOf } from './plain-data.ts';

/** Longest packet of a case, so that frames of one size do. */
export const PACKET_BYTES_MAX = 1024;
const FRAME_BYTES = 1536;

/** Where a copy of a packet leaves. */
export interface Copy {
  readonly port: PortNumber;
  readonly replica: number;
}
export interface PacketStep {
  readonly kind: 'packet';
  readonly bytes: Uint8Array;
  readonly ingressPort: PortNumber;
  readonly now: number;
  /** The copies of a multicast, as the switch's group has them. A forwarded packet is one by itself. */
  readonly copies: readonly Copy[];
}
export interface WriteStep {
  readonly kind: 'write';
  readonly updates: readonly Update[];
}
export interface ReadStep {
  readonly kind: 'read';
  readonly request: ReadRequest;
}
export type FuzzStep = PacketStep | WriteStep | ReadStep;

/** A program, how it is loaded, and what happens to it. */
export interface FuzzCase {
  readonly program: Program;
  readonly load: LoadOptions;
  readonly steps: readonly FuzzStep[];
}

export interface CopyObservation extends Copy {
  /** Null: the egress part dropped the copy. */
  readonly bytes: Uint8Array | null;
  readonly reason: string | null;
}
export interface PacketObservation {
  readonly kind: 'packet';
  readonly outcome: string;
  /** Of a forward or multicast. */
  readonly destination: number | null;
  /** Of a drop or packet-in. */
  readonly reason: string | null;
  /** As it left the ingress part; null after a drop. */
  readonly bytes: Uint8Array | null;
  readonly copies: readonly CopyObservation[];
}
export type Observation =
  | PacketObservation
  | { readonly kind: 'write'; readonly refused: string | null }
  | { readonly kind: 'read'; readonly entities: readonly unknown[]; readonly refused: string | null }
  | { readonly kind: 'state'; readonly dump: StateDump }
  /** A bug wherever it shows. */
  | { readonly kind: 'threw'; readonly message: string };

/** A case being run on a target. */
export class Execution {
  /** Null: loading failed, which is the answer to everything. */
  readonly #instance: Instance | null;
  readonly #loading: Observation | null;
  readonly #frame = new Frame(FRAME_BYTES);
  readonly #copy = new Frame(FRAME_BYTES);
  readonly #surroundings: number;

  /**
   * @param surroundings byte around every packet: a target that reads beyond one's end answers by it
   * @throws ProgramError CAPABILITY when the target refuses the program, as it may
   */
  constructor(target: Target, program: Program, load: LoadOptions, surroundings: number) {
    this.#surroundings = surroundings;
    const loaded = loadedOn(target, program, load);
    this.#instance = 'instance' in loaded ? loaded.instance : null;
    this.#loading = 'instance' in loaded ? null : loaded.failure;
  }

  step(step: FuzzStep): Observation {
    return this.#attempt((instance) => {
      switch (step.kind) {
        case 'packet':
          return this.#packet(instance, step);
        case 'write':
          return { kind: 'write', refused: refusalOf(() => instance.control.write(step.updates)) };
        case 'read':
          return readOf(instance, step.request);
      }
    });
  }

  /** The whole state. */
  state(): Observation {
    return this.#attempt((instance) => ({ kind: 'state', dump: instance.dump() }));
  }

  #attempt(of: (instance: Instance) => Observation): Observation {
    if (this.#instance === null) return present(this.#loading, 'loading gave an instance or failed');
    try {
      return of(this.#instance);
    } catch (error) {
      return thrown(error);
    }
  }

  #packet(instance: Instance, step: PacketStep): PacketObservation {
    const frame = this.#frame;
    frame.bytes.fill(this.#surroundings);
    frame.fill(step.bytes);
    const outcome = instance.process(frame, step.ingressPort, step.now);
    const common = {
      kind: 'packet',
      outcome: OUTCOME_NAMES[outcome],
      destination: null,
      reason: null,
    } as const;
    switch (outcome) {
      case Outcome.Drop:
        return {
          ...common,
          reason: reasonText(instance.program.dropReasons, instance.reason),
          bytes: null,
          copies: [],
        };
      case Outcome.Controller: {
        const reason = reasonText(instance.program.controllerReasons, instance.reason);
        return { ...common, reason, bytes: frame.contents().slice(), copies: [] };
      }
      case Outcome.Pass:
        return { ...common, bytes: frame.contents().slice(), copies: [] };
      default: {
        const { destination } = instance;
        const bytes = frame.contents().slice();
        const copies = outcome === Outcome.Forward ? [{ port: destination, replica: 0 }] : step.copies;
        return {
          ...common,
          destination,
          bytes,
          copies: copies.map((copy) => this.#egress(instance, copy, step.now)),
        };
      }
    }
  }

  #egress(instance: Instance, { port, replica }: Copy, now: number): CopyObservation {
    const copy = this.#copy;
    copy.bytes.fill(this.#surroundings);
    copy.copyFrom(this.#frame);
    if (instance.processEgress(copy, port, replica, now)) {
      return { port, replica, bytes: copy.contents().slice(), reason: null };
    }
    return { port, replica, bytes: null, reason: reasonText(instance.program.dropReasons, instance.reason) };
  }
}

function loadedOn(
  target: Target,
  program: Program,
  load: LoadOptions,
): { readonly instance: Instance } | { readonly failure: Observation } {
  try {
    return { instance: target.load(program, load) };
  } catch (error) {
    if (error instanceof ProgramError && error.code === 'CAPABILITY') throw error;
    return { failure: thrown(error) };
  }
}

function readOf(instance: Instance, request: ReadRequest): Observation {
  let entities: unknown[] = [];
  const refused = refusalOf(() => {
    entities = instance.control.read(request);
  });
  // The order of entities is nobody's promise.
  return { kind: 'read', entities: entities.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1)), refused };
}

/** How a control-plane call was refused: its code and position; null when it was not. */
function refusalOf(call: () => void): string | null {
  try {
    call();
    return null;
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    return `${error.code} at update ${error.detail.update}`;
  }
}

function thrown(error: unknown): Observation {
  return {
    kind: 'threw',
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  };
}

function reasonText(reasons: readonly string[], position: number): string {
  return reasons[position] ?? `no reason ${position}`;
}
