/** A case run on several targets at once; the first is the oracle, the others must answer as it does. */
import type { LoadOptions, Target } from '../target.ts';
import type { Program } from '../ir.ts';
import { Execution, type FuzzCase, type FuzzStep, type Observation } from './execution.ts';
import { type Difference, differenceOf } from './plain-data.ts';

/** Which target differed from the oracle where. */
export interface Disagreement {
  readonly target: string;
  /** The step; the number of steps when the final state differs. */
  readonly step: number;
  readonly difference: Difference;
  readonly expected: Observation;
  readonly actual: Observation;
}

/** A program loaded on every target; steps go to all of them. */
export class SideBySide {
  readonly #names: readonly string[];
  readonly #executions: readonly Execution[];
  #steps = 0;

  /** @param oracleProgram the same program, for the oracle: one whose nodes tell when they are executed */
  constructor(targets: readonly Target[], program: Program, load: LoadOptions, oracleProgram = program) {
    this.#names = targets.map((target) => target.name);
    this.#executions = targets.map(
      (target, i) => new Execution(target, i === 0 ? oracleProgram : program, load, surroundingsOf(i)),
    );
  }

  /** What the oracle answers, and the first disagreement. */
  step(step: FuzzStep): { expected: Observation; disagreement: Disagreement | null } {
    const at = this.#steps++;
    return this.#compare(at, (execution) => execution.step(step));
  }

  /** Compares the final state. */
  finish(): { expected: Observation; disagreement: Disagreement | null } {
    return this.#compare(this.#steps, (execution) => execution.state());
  }

  #compare(
    step: number,
    of: (execution: Execution) => Observation,
  ): {
    expected: Observation;
    disagreement: Disagreement | null;
  } {
    const [expected, ...others] = this.#executions.map(of) as [Observation, ...Observation[]];
    if (expected.kind === 'threw') {
      const difference = { path: 'threw', expected: 'an answer', actual: expected.message };
      return {
        expected,
        disagreement: { target: this.#names[0]!, step, difference, expected, actual: expected },
      };
    }
    for (const [i, actual] of others.entries()) {
      const difference = differenceOf(expected, actual);
      if (difference !== null) {
        return {
          expected,
          disagreement: { target: this.#names[i + 1]!, step, difference, expected, actual },
        };
      }
    }
    return { expected, disagreement: null };
  }
}

/** Runs a whole case; null when all targets agree. Throws what a target throws that refuses the program. */
export function runCase(targets: readonly Target[], { program, load, steps }: FuzzCase): Disagreement | null {
  const run = new SideBySide(targets, program, load);
  for (const step of steps) {
    const { disagreement } = run.step(step);
    if (disagreement !== null) return disagreement;
  }
  return run.finish().disagreement;
}

/** A different byte around the packets of each target. */
function surroundingsOf(position: number): number {
  return (0xa5 + 0x3b * position) & 0xff;
}
