/**
 * Makes a failing case small: fewer steps, shorter and plainer packets, fewer statements, simpler
 * expressions, less declared. Greedy: takes any step that still fails, until none does or tries run out.
 */
import { AssertionFailure } from '@ballast/base';
import { checkProgram } from '../check.ts';
import { ProgramError } from '../program-error.ts';
import type { Program } from '../ir.ts';
import type { FuzzCase, FuzzStep, PacketStep } from './execution.ts';
import type { Disagreement } from './run-case.ts';
import { simplerPrograms } from './shrink-program.ts';
import { withoutUnused } from './unused-state.ts';
import { assertWellTyped } from './well-typed.ts';

export interface ShrinkOptions {
  /** How a candidate fails; null when it does not. Throws the ProgramError of a target that refuses it. */
  readonly fails: (candidate: FuzzCase) => Disagreement | null;
  readonly triesMax: number;
}
export interface Shrunk {
  readonly case: FuzzCase;
  readonly disagreement: Disagreement;
  readonly tries: number;
}

/** The smallest case found that fails on the same target, in the same manner: an exception stays one. */
export function shrink(original: FuzzCase, disagreement: Disagreement, options: ShrinkOptions): Shrunk {
  const shrinking = new Shrinking(original, disagreement, options);
  // Each pass opens ways for the others; twice around finds nearly all there is.
  for (let before = -1; before !== shrinking.gains;) {
    before = shrinking.gains;
    shrinking.pass(fewerSteps);
    shrinking.pass((c) => programSteps(c));
    shrinking.pass(plainerSteps);
  }
  return shrinking.result;
}

class Shrinking {
  readonly #options: ShrinkOptions;
  #case: FuzzCase;
  #disagreement: Disagreement;
  #tries = 0;
  gains = 0;

  constructor(original: FuzzCase, disagreement: Disagreement, options: ShrinkOptions) {
    this.#case = original;
    this.#disagreement = disagreement;
    this.#options = options;
  }

  get result(): Shrunk {
    return { case: this.#case, disagreement: this.#disagreement, tries: this.#tries };
  }

  /** Tries candidates of one kind; after each gain goes on at the same place, with those of the new case. */
  pass(candidates: (c: FuzzCase) => Iterable<FuzzCase>): void {
    for (let skip = 0, gained = true; gained;) {
      gained = false;
      let position = 0;
      for (const candidate of candidates(this.#case)) {
        if (position++ < skip) continue;
        if (this.#tries >= this.#options.triesMax) return;
        if (!this.#take(candidate)) continue;
        skip = position - 1;
        gained = true;
        break;
      }
    }
  }

  #take(candidate: FuzzCase): boolean {
    if (!isSound(candidate.program)) return false;
    this.#tries++;
    const slim = withoutUnused(candidate);
    const disagreement = this.#failure(slim);
    if (disagreement === null || disagreement.target !== this.#disagreement.target) return false;
    if (mannerOf(disagreement) !== mannerOf(this.#disagreement)) return false;
    this.#case = slim;
    this.#disagreement = disagreement;
    this.gains++;
    return true;
  }

  #failure(candidate: FuzzCase): Disagreement | null {
    try {
      return this.#options.fails(candidate);
    } catch (error) {
      if (error instanceof ProgramError) return null;
      throw error;
    }
  }
}

/** What kind of failure it is: one exception is not taken for another, whatever numbers its message names. */
function mannerOf({ actual }: Disagreement): string {
  return actual.kind === 'threw' ? actual.message.replaceAll(/[a-z_]*\d+/g, '') : 'answers differ';
}

/** Whether the DSL could have built the program. */
export function isSound(program: Program): boolean {
  try {
    assertWellTyped(program);
    checkProgram(program);
    return true;
  } catch (error) {
    if (error instanceof ProgramError || error instanceof AssertionFailure) return false;
    throw error;
  }
}

/** Without a run of steps: halves first, then ever shorter runs, single steps last. */
function* fewerSteps(c: FuzzCase): Generator<FuzzCase> {
  const { steps } = c;
  for (
    let length = Math.ceil(steps.length / 2);
    length >= 1;
    length = length === 1 ? 0 : Math.ceil(length / 2)
  ) {
    for (let at = steps.length - length; at >= 0; at -= length) {
      yield { ...c, steps: steps.toSpliced(at, length) };
    }
  }
}

function* programSteps(c: FuzzCase): Generator<FuzzCase> {
  for (const program of simplerPrograms(c.program)) yield { ...c, program };
}

function* plainerSteps(c: FuzzCase): Generator<FuzzCase> {
  if (c.load.seed !== 1) yield { ...c, load: { ...c.load, seed: 1 } };
  if (c.load.cacheMode !== 'directMapped') yield { ...c, load: { ...c.load, cacheMode: 'directMapped' } };
  for (const [at, step] of c.steps.entries()) {
    for (const plainer of plainerStep(step)) yield { ...c, steps: c.steps.with(at, plainer) };
  }
}

function* plainerStep(step: FuzzStep): Generator<FuzzStep> {
  switch (step.kind) {
    case 'packet':
      yield* plainerPacket(step);
      return;
    case 'write':
      for (const left of step.updates)
        yield { ...step, updates: step.updates.filter((each) => each !== left) };
      return;
    case 'read':
  }
}

function* plainerPacket(step: PacketStep): Generator<PacketStep> {
  const { bytes, copies } = step;
  if (step.now !== 0) yield { ...step, now: 0 };
  if (step.ingressPort !== 0) yield { ...step, ingressPort: 0 };
  for (const left of copies) yield { ...step, copies: copies.filter((each) => each !== left) };
  for (let cut = bytes.length >>> 1; cut > 0; cut >>>= 1) yield { ...step, bytes: bytes.slice(0, -cut) };
  for (let length = 8; length >= 1; length >>>= 1) {
    for (let at = 0; at + length <= bytes.length; at += length) {
      const part = bytes.subarray(at, at + length);
      if (part.every((byte) => byte === 0)) continue;
      const changed = bytes.slice();
      changed.fill(0, at, at + length);
      yield { ...step, bytes: changed };
    }
  }
}
